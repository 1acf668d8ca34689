// The metadata every object has: the part of metav1.ObjectMeta we use. managedFields and the rest
// are not kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/fields.h"
#include "kube/resource.h"

namespace dynamod::kube {

// Labels or annotations.
using Labels = std::map<std::string, std::string, std::less<>>;

struct OwnerReference {
  std::string api_version = {};
  std::string kind = {};
  std::string name = {};
  std::string uid = {};
  std::optional<bool> controller = {};
  std::optional<bool> block_owner_deletion = {};

  static constexpr void fields(auto&& field) {
    field("apiVersion", &OwnerReference::api_version, kRequired);
    field("kind", &OwnerReference::kind, kRequired);
    field("name", &OwnerReference::name, kRequired);
    field("uid", &OwnerReference::uid, kRequired);
    field("controller", &OwnerReference::controller);
    field("blockOwnerDeletion", &OwnerReference::block_owner_deletion);
  }

  friend bool operator==(const OwnerReference&, const OwnerReference&) = default;
};

struct ObjectMeta {
  std::string name = {};
  std::string generate_name = {};
  std::string ns = {};
  std::string uid = {};
  std::string resource_version = {};  // opaque
  std::int64_t generation = 0;        // 0 for kinds without one
  std::optional<WallTime> creation_timestamp = {};
  std::optional<WallTime> deletion_timestamp = {};
  Labels labels = {};
  Labels annotations = {};
  std::vector<std::string> finalizers = {};
  std::vector<OwnerReference> owner_references = {};

  [[nodiscard]] ObjectKey key() const { return {ns, name}; }

  [[nodiscard]] bool deleting() const { return deletion_timestamp.has_value(); }

  // "" when there is none.
  [[nodiscard]] std::string_view label(std::string_view label_name) const;
  [[nodiscard]] std::string_view annotation(std::string_view annotation_name) const;
  [[nodiscard]] bool has_finalizer(std::string_view finalizer) const;
  // The owner that manages this object; null when there is none.
  [[nodiscard]] const OwnerReference* controller_owner() const;

  static constexpr void fields(auto&& field) {
    field("name", &ObjectMeta::name);
    field("generateName", &ObjectMeta::generate_name);
    field("namespace", &ObjectMeta::ns);
    field("uid", &ObjectMeta::uid);
    field("resourceVersion", &ObjectMeta::resource_version);
    field("generation", &ObjectMeta::generation);
    field("creationTimestamp", &ObjectMeta::creation_timestamp);
    field("deletionTimestamp", &ObjectMeta::deletion_timestamp);
    field("labels", &ObjectMeta::labels);
    field("annotations", &ObjectMeta::annotations);
    field("finalizers", &ObjectMeta::finalizers);
    field("ownerReferences", &ObjectMeta::owner_references);
  }

  friend bool operator==(const ObjectMeta&, const ObjectMeta&) = default;
};

}  // namespace dynamod::kube
