// What one kind does differently from another: the steps of a write and what is shown of an object.
// The base class is the generic kind; built-in kinds and custom resources override.
//
// The pipeline (src/apiserver) does by itself: uid, creationTimestamp, generateName, namespace and
// name against the URL, resourceVersion, managedFields, no-op writes, finalizers, dry run.
// Every call is synchronous and made in one step of the loop together with the store's commit, so a
// strategy that reads Store::decided sees what will be true when its object is written.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apiserver/registry/resource.h"
#include "base/async.h"
#include "base/clock.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

// Who asks, as authentication found.
struct Caller {
  std::string name = {};
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::map<std::string, std::vector<std::string>> extra = {};
};

// What a step may know of its request.
struct WriteContext {
  const Resource& resource;
  const Caller& caller;
  WallTime now;
  std::string_view subresource = "";  // "status", "ephemeralcontainers", ...; "" is the main one
  bool dry_run = false;               // nothing outside the object may change
};

// A request for a virtual kind, or for a subresource whose kind is not the object's
// (serviceaccounts/token, pods/eviction, pods/binding). Never /status or /scale.
struct SpecialRequest {
  ResourcePtr resource = {};
  Caller caller = {};
  WallTime now = {};
  std::string method = {};       // "POST"
  std::string subresource = {};  // "" for a virtual kind
  kube::ObjectKey key = {};      // name "" for a virtual kind
  json::object body = {};        // decoded, in the kind of the subresource
  bool dry_run = false;
};

struct SpecialAnswer {
  int status = 201;
  json::object object = {};
};

// What field selectors read, e.g. {"spec.nodeName", "n1"}.
using FieldValues = std::vector<std::pair<std::string, std::string>>;

class Strategy {
 public:
  virtual ~Strategy() = default;

  // --- the steps of a write, in this order; objects are in the version of `resource` ---

  // Brings a decoded body into the form of its kind and returns the unknown fields ("spec.foo"),
  // which are gone then. Built-ins: canonicalize; custom: prune and coerce_metadata. Errors:
  // kBadRequest.
  [[nodiscard]] virtual Result<std::vector<std::string>> normalize(json::object& object,
                                                                   const Resource& resource) const;
  // On writes, and on what is read from the store in another version than it was written in.
  virtual void set_defaults(json::object& object, const Resource& resource) const;

  // Generic: drops status when there is a /status, and sets generation 1 if the kind counts it.
  // May allocate (a cluster IP): an Error refuses the write. Called again by each retry.
  [[nodiscard]] virtual Result<> prepare_create(json::object& object,
                                                const WriteContext& context) const;
  // Generic, main resource: keeps the old status when there is a /status, and counts generation up
  // when anything but metadata and status changed. /status: keeps all but status, and of metadata
  // only what the pipeline lets through (managedFields, and for custom resources labels and such
  // stay old). Any other subresource of the object's own kind: takes the object as it is.
  [[nodiscard]] virtual Result<> prepare_update(json::object& object, const json::object& old,
                                                const WriteContext& context) const;

  // All problems at once. Generic: metadata only. context.subresource says what was written.
  [[nodiscard]] virtual kube::Verdict validate_create(const json::object& object,
                                                      const WriteContext& context) const;
  [[nodiscard]] virtual kube::Verdict validate_update(const json::object& object,
                                                      const json::object& old,
                                                      const WriteContext& context) const;

  // --- rules ---

  // Whether metadata.generation is kept. Generic: a custom resource, or one with /status.
  [[nodiscard]] virtual bool counts_generation(const Resource& resource) const;

  // A PUT without resourceVersion overwrites. Generic: yes.
  [[nodiscard]] virtual bool allows_unconditional_update() const { return true; }

  // A PUT of an absent object makes it. Generic: no.
  [[nodiscard]] virtual bool allows_create_on_update() const { return false; }

  // --- deletion ---

  // Seconds this object may take to end when `requested` was asked for (nullopt: nothing was).
  // 0: it goes at once. Generic: 0. Pods: terminationGracePeriodSeconds, unless never scheduled.
  [[nodiscard]] virtual std::int64_t grace_seconds(const json::object& object,
                                                   std::optional<std::int64_t> requested) const;
  // A deletion begins that does not end at once: deletionTimestamp is set already. Namespaces set
  // status.phase.
  virtual void begin_delete(json::object& object, const WriteContext& context) const;
  // False: something besides metadata.finalizers keeps it (a namespace's spec.finalizers).
  [[nodiscard]] virtual bool may_remove(const json::object& object) const;
  // Refuses a deletion at all, e.g. of the namespace kube-system: kForbidden.
  [[nodiscard]] virtual Result<> check_delete(const json::object& object,
                                              const WriteContext& context) const;

  // --- what is shown and selected ---

  // Besides metadata.name and metadata.namespace, which the pipeline knows. For each supported
  // field one entry, also when it is empty. `object` is in the storage version.
  [[nodiscard]] virtual FieldValues fields(const json::object& object) const;
  // Names that `fieldSelector` may use for `resource`, besides those two; they must be those of
  // fields().
  [[nodiscard]] virtual std::vector<std::string> field_names(const Resource& resource) const;

  // One value for each of resource.columns; nullopt: by their paths. Never the Name cell.
  [[nodiscard]] virtual std::optional<json::array> cells(const json::object& object,
                                                         const Resource& resource,
                                                         WallTime now) const;
  // The conditions of its row. Generic: none. Pods that have ended are marked by one.
  [[nodiscard]] virtual json::array row_conditions(const json::object& object) const;

  // --- versions ---

  // From the storage version to the one of `resource`, and back. Generic: apiVersion is rewritten.
  [[nodiscard]] virtual Result<> from_storage(json::object& object, const Resource& resource) const;
  [[nodiscard]] virtual Result<> to_storage(json::object& object, const Resource& resource) const;

  // --- what is no object ---

  // Whether special() answers `method` on `subresource` ("" for a virtual kind). Generic: never.
  [[nodiscard]] virtual bool answers(std::string_view method, std::string_view subresource) const;
  [[nodiscard]] virtual Async<SpecialAnswer> special(SpecialRequest request) const;
};

// The base class as it is, shared by every kind that needs nothing else.
[[nodiscard]] std::shared_ptr<const Strategy> generic_strategy();

// --- what overrides use (and object.h) ---

// Counts metadata.generation up when anything but metadata and status differs.
void count_generation(json::object& object, const json::object& old);
// The generic /status rule: `object` becomes `old` with the status (and managedFields) of `object`.
void keep_all_but_status(json::object& object, const json::object& old);
// The /status rule of most built-in kinds: metadata may change too, but for its generation.
void keep_all_but_status_and_metadata(json::object& object, const json::object& old);

}  // namespace dynamod::apiserver
