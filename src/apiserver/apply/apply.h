// Server-side apply, and the managedFields of every write: who last set which field. Pure functions
// over objects in the version of the request.
//
// A caller either merges first (a PUT, a patch), brings the object into its form with defaults, and
// calls track_update; or it calls apply, and brings what that returns into its form with defaults.
// Objects of built-in kinds must be in canonical form (kube/builtin/canonical.h): empty lists and
// zeros that Go leaves out would be seen as changes.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apiserver/apply/field_set.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::apiserver {

struct VersionedObject {
  json::object object = {};
  const kube::Schema* schema = nullptr;
};

// `object` (its apiVersion says from which) in `api_version`. nullopt: that version is not served
// any more, and what managers own in it is forgotten.
using ConvertVersion = std::function<Result<std::optional<VersionedObject>>(
    const json::object& object, std::string_view api_version)>;

// What the written object is. Everything is only read during a call.
struct ManagedKind {
  std::string api_version = {};  // of the request: "apps/v1"
  std::string kind = {};         // "Deployment"
  // Of the root. Null: nothing is known of the fields, lists are atomic.
  const kube::Schema* schema = nullptr;
  // Of metadata, where `schema` has none of its own (custom resources and resources embedded in
  // them): kube::object_meta_schema().
  const kube::Schema* object_meta = nullptr;
  // Fields (and all below) that this write never changes, so nobody gets to own them by it: status
  // of a write to the main resource, spec of one to /status. Null: none.
  const FieldSet* reset_fields = nullptr;
  // Null: other versions differ by their apiVersion alone and have the same schema.
  ConvertVersion convert = {};
  // The object before anybody wrote it. Built-ins: canonicalize of apiVersion and kind; custom
  // resources: only these two.
  json::object empty = {};
};

struct FieldOwner {
  std::string manager = {};      // "unknown" when it is empty
  std::string subresource = {};  // "status"; "" is the main resource
  WallTime now = {};
};

// Why an apply is refused. Kinds of `error`: kBadRequest; kConflict, then the message says with
// whom, and `causes` are those of the Status ({reason, message, field}); any other is an HTTP 500
// with this message and without a reason, as Kubernetes answers.
struct ApplyRefusal {
  Error error = {};
  json::array causes = {};

  ApplyRefusal(Error what) : error(std::move(what)) {}  // NOLINT(google-explicit-constructor)

  ApplyRefusal(Error what, json::array why) : error(std::move(what)), causes(std::move(why)) {}
};

enum class Force : std::uint8_t { kNo, kYes };

// `applied` (as the client sent it, not defaulted) merged into `live`, with the new managedFields;
// `live` is `kind.empty` for an object that is not there yet. Fields the manager applied before,
// leaves out now and nobody else owns are gone. When no field changes, `live` with managedFields
// that keep their times.
[[nodiscard]] std::expected<json::object, ApplyRefusal> apply(const json::object& live,
                                                              const json::object& applied,
                                                              const ManagedKind& kind,
                                                              const FieldOwner& owner, Force force);

// Sets the managedFields of `object`, which is about to replace `live` (null: it is created) by any
// write that is no apply. Managed fields in `object` are taken as the client's wish: an empty list
// resets them, unreadable ones are ignored, and with a subresource those of `live` are kept.
// Never fails: an object that does not fit its schema ends up without managedFields.
void track_update(const json::object* live, json::object& object, const ManagedKind& kind,
                  const FieldOwner& owner);

}  // namespace dynamod::apiserver
