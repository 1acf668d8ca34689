// One served resource: a (group, version, plural) with its names, verbs, schema and behaviour. The
// same for built-in kinds (made from kube/builtin) and custom resources (made from their CRD).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/builtin/builtin.h"
#include "kube/json_path.h"
#include "kube/resource.h"
#include "kube/schema/schema.h"

namespace dynamod::apiserver {

class Strategy;

// A column of `kubectl get`.
struct TableColumn {
  std::string name = {};
  std::string type = {};    // "string", "integer", "date", ...
  std::string format = {};  // "name" for the first column
  std::string description = {};
  std::int32_t priority = 0;  // above 0: only with -o wide
  // ".spec.replicas", parsed; none when the strategy gives the cell.
  std::optional<kube::JsonPath> path = {};
};

// "deployments/scale". Its kind is often of another group: autoscaling/v1 Scale.
struct Subresource {
  std::string name = {};
  std::string group = {};
  std::string version = {};
  std::string kind = {};
  kube::Verbs verbs = 0;
};

// Where an object keeps what /scale shows: JSON paths with the leading dot. An empty one is absent.
struct ReplicaPaths {
  std::string spec = {};      // ".spec.replicas"
  std::string status = {};    // ".status.replicas"
  std::string selector = {};  // ".status.selector": a text, or a LabelSelector to be printed as one
};

// What an object of the resource is made of, and who cares for what.
enum class Origin : std::uint8_t {
  kBuiltin,  // typed: canonical form, strategic merge, protobuf bodies
  kCustom,   // from a CRD: pruning and defaults by its structural schema
};

// Immutable once registered.
struct Resource {
  std::string group = {};  // "" is core
  std::string version = {};
  std::string plural = {};
  std::string singular = {};
  std::string kind = {};
  std::string list_kind = {};
  bool namespaced = true;
  kube::Verbs verbs = 0;
  std::vector<std::string> short_names = {};
  std::vector<std::string> categories = {};
  std::vector<Subresource> subresources = {};

  Origin origin = Origin::kBuiltin;
  // Of the root. Null: any object is fine, nothing is pruned.
  const kube::Schema* schema = nullptr;
  // Columns of Table answers without the leading Name column, which every table has. Empty: Age.
  std::vector<TableColumn> columns = {};
  std::optional<ReplicaPaths> scale = std::nullopt;

  // Where objects are: the same for all versions of a resource, "deployments.apps", "pods".
  std::string collection = {};
  // "apps/v1": the version that bytes in the store have.
  std::string storage_api_version = {};
  // Another resource has its objects in the same collection (events of two groups): stored objects
  // always pass the strategy's from_storage and to_storage.
  bool shares_collection = false;
  // Text of the Warning header of every answer; "" for none.
  std::string deprecation_warning = {};

  std::shared_ptr<const Strategy> strategy = {};  // never null
  std::shared_ptr<const void> owner = {};         // keeps what `schema` points at

  // "v1", "apps/v1"
  [[nodiscard]] std::string api_version() const;
  // "pods", "deployments.apps"
  [[nodiscard]] std::string resource_name() const;
  // Null when there is none of that name.
  [[nodiscard]] const Subresource* subresource(std::string_view name) const;

  [[nodiscard]] bool has_status() const { return subresource("status") != nullptr; }

  [[nodiscard]] bool allows(kube::Verbs verb) const { return (verbs & verb) != 0; }

  // Only created, never stored: SelfSubjectAccessReview.
  [[nodiscard]] bool is_virtual() const { return verbs == kube::kVerbCreate; }

  // For texts of errors. Points into this.
  [[nodiscard]] kube::ResourceType type() const;
};

using ResourcePtr = std::shared_ptr<const Resource>;

// A Resource with everything `builtin` says; `strategy`, columns, scale, collection of shared
// stores (events) and storage version may be changed before it is registered. The storage version
// is this one, the collection "plural[.group]".
[[nodiscard]] Resource resource_from(const kube::BuiltinResource& builtin);

}  // namespace dynamod::apiserver
