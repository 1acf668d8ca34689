// The kinds Kubernetes brings along, as facts: which resources there are and what fields they have.
// From a generated table (table.inc; tools/kinds makes it), so no kind is written down by hand.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kube/schema/schema.h"

namespace dynamod::kube {

// A set of verbs, e.g. kVerbGet | kVerbPatch.
using Verbs = std::uint16_t;
inline constexpr Verbs kVerbCreate = 1;
inline constexpr Verbs kVerbDelete = 2;
inline constexpr Verbs kVerbDeleteCollection = 4;
inline constexpr Verbs kVerbGet = 8;
inline constexpr Verbs kVerbList = 16;
inline constexpr Verbs kVerbPatch = 32;
inline constexpr Verbs kVerbUpdate = 64;
inline constexpr Verbs kVerbWatch = 128;

// One bit and its name; in alphabetical order, as discovery lists them.
struct VerbName {
  Verbs verb;
  std::string_view name;
};

inline constexpr VerbName kVerbNames[] = {
    {kVerbCreate, "create"}, {kVerbDelete, "delete"}, {kVerbDeleteCollection, "deletecollection"},
    {kVerbGet, "get"},       {kVerbList, "list"},     {kVerbPatch, "patch"},
    {kVerbUpdate, "update"}, {kVerbWatch, "watch"},
};

// "pods/log", "deployments/scale". Its kind is often of another group: autoscaling/v1 Scale.
struct BuiltinSubresource {
  std::string_view name;     // "scale"
  std::string_view group;    // "autoscaling"
  std::string_view version;  // "v1"
  std::string_view kind;     // "Scale"
  Verbs verbs = 0;
};

// One row of discovery: a resource in one version.
struct BuiltinResource {
  std::string_view group;    // "" for core
  std::string_view version;  // "v1"
  std::string_view plural;   // "deployments"
  std::string_view singular;
  std::string_view kind;  // "Deployment"
  bool namespaced = false;
  Verbs verbs = 0;  // only kVerbCreate: a virtual kind (selfsubjectaccessreviews)
  std::span<const std::string_view> short_names = {};
  std::span<const std::string_view> categories = {};
  std::span<const BuiltinSubresource> subresources = {};
};

// The Kubernetes release the facts are of: "v1.36.3".
[[nodiscard]] std::string_view builtin_release();

// All resources served, in the order of discovery: by group as Kubernetes ranks them (core first),
// the preferred version of a group first, then by plural.
[[nodiscard]] std::span<const BuiltinResource> builtin_resources();

// Null when there is none.
[[nodiscard]] const BuiltinResource* find_builtin_resource(std::string_view group,
                                                           std::string_view version,
                                                           std::string_view plural);

// The schema of a kind by "apps/v1", "Deployment"; null when it is unknown. Any kind of k8s.io/api,
// CustomResourceDefinition and APIService are known, lists and kinds that are not served too.
// Built when first asked, then the same pointer for ever; may be called on any thread.
[[nodiscard]] const Schema* builtin_schema(std::string_view api_version, std::string_view kind);

// Of metav1.ObjectMeta: what is in `metadata` of every object, custom resources included.
[[nodiscard]] const Schema& object_meta_schema();

}  // namespace dynamod::kube
