// core/v1 Service and discovery.k8s.io/v1 EndpointSlice: how the workers of a base model are found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/metadata.h"

namespace dynamod::kube {

struct ServicePort {
  std::string name = {};
  std::string protocol = {};
  std::int32_t port = 0;
  json::value target_port = {};  // a number or a port's name

  static constexpr void fields(auto&& field) {
    field("name", &ServicePort::name);
    field("protocol", &ServicePort::protocol);
    field("port", &ServicePort::port, kRequired);
    field("targetPort", &ServicePort::target_port);
  }

  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

struct ServiceSpec {
  std::string cluster_ip = {};  // "None" for a headless Service
  bool publish_not_ready_addresses = false;
  Labels selector = {};
  std::vector<ServicePort> ports = {};

  static constexpr void fields(auto&& field) {
    field("clusterIP", &ServiceSpec::cluster_ip);
    field("publishNotReadyAddresses", &ServiceSpec::publish_not_ready_addresses);
    field("selector", &ServiceSpec::selector);
    field("ports", &ServiceSpec::ports);
  }

  friend bool operator==(const ServiceSpec&, const ServiceSpec&) = default;
};

struct Service {
  static constexpr ResourceType kType{"", "v1", "services", "Service"};

  ObjectMeta metadata = {};
  ServiceSpec spec = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &Service::metadata);
    field("spec", &Service::spec);
  }

  friend bool operator==(const Service&, const Service&) = default;
};

// The label of an EndpointSlice that names its Service.
inline constexpr std::string_view kServiceNameLabel = "kubernetes.io/service-name";

struct EndpointTarget {
  std::string kind = {};
  std::string ns = {};
  std::string name = {};
  std::string uid = {};

  static constexpr void fields(auto&& field) {
    field("kind", &EndpointTarget::kind);
    field("namespace", &EndpointTarget::ns);
    field("name", &EndpointTarget::name);
    field("uid", &EndpointTarget::uid);
  }

  friend bool operator==(const EndpointTarget&, const EndpointTarget&) = default;
};

struct EndpointConditions {
  std::optional<bool> ready = {};  // nothing means true
  std::optional<bool> terminating = {};

  static constexpr void fields(auto&& field) {
    field("ready", &EndpointConditions::ready);
    field("terminating", &EndpointConditions::terminating);
  }

  friend bool operator==(const EndpointConditions&, const EndpointConditions&) = default;
};

struct SliceEndpoint {
  std::vector<std::string> addresses = {};
  EndpointConditions conditions = {};
  std::optional<EndpointTarget> target_ref = {};

  static constexpr void fields(auto&& field) {
    field("addresses", &SliceEndpoint::addresses, kRequired);
    field("conditions", &SliceEndpoint::conditions);
    field("targetRef", &SliceEndpoint::target_ref);
  }

  friend bool operator==(const SliceEndpoint&, const SliceEndpoint&) = default;
};

struct EndpointSlice {
  static constexpr ResourceType kType{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"};

  ObjectMeta metadata = {};
  std::string address_type = {};  // "IPv4", "IPv6", "FQDN"
  std::vector<SliceEndpoint> endpoints = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &EndpointSlice::metadata);
    field("addressType", &EndpointSlice::address_type, kRequired);
    field("endpoints", &EndpointSlice::endpoints);
  }

  friend bool operator==(const EndpointSlice&, const EndpointSlice&) = default;
};

}  // namespace dynamod::kube
