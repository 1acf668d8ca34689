// CustomResourceDefinition as an object: its defaults, what it must be, what may not change, and
// the status that says whether it is served.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/object_meta.h"
#include "base/clock.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

// Fills spec.conversion, names.singular, names.listKind, scope-independent defaults and empty
// printer-column priorities, as SetDefaults_CustomResourceDefinitionSpec. Before validation and on
// what is read from the store.
void default_crd(json::object& crd);

// A new CRD: status holds storedVersions and nothing else.
void prepare_crd_create(json::object& crd);
// An update keeps status, counts generation up when spec changed, and adds a new storage version to
// status.storedVersions.
void prepare_crd_update(json::object& crd, const json::object& old);
// A write of /status keeps spec and all metadata but managedFields.
void prepare_crd_status_update(json::object& crd, const json::object& old);

// Problems refuse the write. Warnings name what is taken but left out by this server, e.g. a CEL
// rule with an unknown function.
[[nodiscard]] kube::Verdict validate_crd(const json::object& crd);
[[nodiscard]] kube::Verdict validate_crd_update(const json::object& crd, const json::object& old);
[[nodiscard]] kube::Verdict validate_crd_status_update(const json::object& crd,
                                                       const json::object& old);

// Who else has a name: asked for plural, singular, kind, listKind and each short name.
struct NameClaim {
  enum class Field : std::uint8_t { kResource, kKind } field = Field::kResource;
  std::string_view name;
};

// True when a resource or kind of that name is accepted for another CRD or built-in of the group.
using NameTaken = std::function<bool(const NameClaim&)>;

// The status of a stored CRD once the server has looked at it: acceptedNames, and the conditions
// NamesAccepted, Established (only with the names accepted; never taken back), NonStructuralSchema
// and, of ours, UnusableRules (True when a CEL rule or pattern is left out). Times of conditions
// that do not change stay. Equal to crd's own status when there is nothing to write.
[[nodiscard]] json::object crd_status(const json::object& crd, const NameTaken& taken,
                                      WallTime now);

// status.conditions[type].status == "True".
[[nodiscard]] bool crd_condition_true(const json::object& crd, std::string_view type);

// What the finalizer of instances is called, and the condition while it works.
inline constexpr std::string_view kCrdFinalizer = "customresourcecleanup.apiextensions.k8s.io";
// Sets (or replaces) condition Terminating in crd.status.
void set_crd_terminating(json::object& crd, std::string_view reason, std::string_view message,
                         WallTime now);

}  // namespace dynamod::apiserver
