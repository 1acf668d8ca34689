// coordination.k8s.io/v1 Lease: who leads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/metadata.h"

namespace dynamod::kube {

struct LeaseSpec {
  std::optional<std::string> holder_identity = {};  // "" or nothing when it is released
  std::optional<std::int32_t> lease_duration_seconds = {};
  std::optional<MicroTime> acquire_time = {};
  std::optional<MicroTime> renew_time = {};
  std::int32_t lease_transitions = 0;

  static constexpr void fields(auto&& field) {
    field("holderIdentity", &LeaseSpec::holder_identity);
    field("leaseDurationSeconds", &LeaseSpec::lease_duration_seconds);
    field("acquireTime", &LeaseSpec::acquire_time);
    field("renewTime", &LeaseSpec::renew_time);
    field("leaseTransitions", &LeaseSpec::lease_transitions);
  }

  friend bool operator==(const LeaseSpec&, const LeaseSpec&) = default;
};

struct Lease {
  static constexpr ResourceType kType{"coordination.k8s.io", "v1", "leases", "Lease"};

  ObjectMeta metadata = {};
  LeaseSpec spec = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &Lease::metadata);
    field("spec", &Lease::spec);
  }

  friend bool operator==(const Lease&, const Lease&) = default;
};

}  // namespace dynamod::kube
