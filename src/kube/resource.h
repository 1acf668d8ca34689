// Which resource and which object: the names that make an API path.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::kube {

// Namespace and name; the namespace of a cluster-scoped object is "".
struct ObjectKey {
  std::string ns = {};
  std::string name = {};

  // "ns/name", or "name" without a namespace.
  [[nodiscard]] std::string text() const;

  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

// Reverses ObjectKey::text(). Error kInvalid for an empty part or more than one slash.
[[nodiscard]] Result<ObjectKey> parse_object_key(std::string_view text);

// A resource of the API as a constant of the program: every kind we type has one, `T::kType`.
struct ResourceType {
  std::string_view group = {};  // "" is the core group
  std::string_view version = {};
  std::string_view plural = {};
  std::string_view kind = {};
  bool namespaced = true;

  // "v1", "nvidia.com/v1alpha1"
  [[nodiscard]] std::string api_version() const;
  // "pods", "dynamomodels.nvidia.com"
  [[nodiscard]] std::string resource_name() const;
  // "Pod", "DynamoModel.nvidia.com"
  [[nodiscard]] std::string kind_name() const;

  // "/api/v1/namespaces/x/pods"; with ns "" the objects of all namespaces.
  [[nodiscard]] std::string collection_path(std::string_view ns = "") const;
  // "/apis/nvidia.com/v1alpha1/namespaces/x/dynamomodels/y/status"; names are percent-encoded.
  [[nodiscard]] std::string object_path(const ObjectKey& key,
                                        std::string_view subresource = "") const;

  friend bool operator==(const ResourceType&, const ResourceType&) = default;
};

// How calls are named in errors and logs: `get dynamomodels.nvidia.com dynamo-system/my-lora`.
[[nodiscard]] std::string call_text(std::string_view verb, const ResourceType& type,
                                    const ObjectKey& key);

}  // namespace dynamod::kube

template <>
struct std::hash<dynamod::kube::ObjectKey> {
  std::size_t operator()(const dynamod::kube::ObjectKey& key) const noexcept;
};
