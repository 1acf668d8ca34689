// Why a request is refused: the metav1.Status that says so, in Kubernetes' words. Handlers return
// Outcome<T>; TRY and CO_TRY pass refusals (and plain Errors) up.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/registry/resource.h"
#include "base/async.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

struct Refusal {
  json::object status = {};  // kind Status, with code
  std::vector<std::pair<std::string, std::string>> headers = {};

  explicit Refusal(json::object made) : status(std::move(made)) {}

  // An Error of any layer: NOLINT because TRY passes errors up by this conversion.
  Refusal(const Error& error);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] int code() const;
};

template <class T = void>
using Outcome = std::expected<T, Refusal>;

using Refused = std::unexpected<Refusal>;

// What a Status is made of; empty parts are left out.
struct StatusParts {
  int code = 500;
  std::string_view reason = {};
  std::string message = {};
  json::object details = {};
};

[[nodiscard]] Refused refuse(StatusParts parts);

[[nodiscard]] Refused bad_request(std::string message);
// `configmaps "x" not found`
[[nodiscard]] Refused not_found(const Resource& resource, std::string_view name);
// "the server could not find the requested resource": a path that is no resource.
[[nodiscard]] Refused no_such_resource(std::string_view group, std::string_view plural);
[[nodiscard]] Refused already_exists(const Resource& resource, std::string_view name);
// `Operation cannot be fulfilled on configmaps "x": <why>`
[[nodiscard]] Refused conflict(const Resource& resource, std::string_view name,
                               std::string_view why);
// The `why` of a stale resourceVersion.
inline constexpr std::string_view kModified =
    "the object has been modified; please apply your changes to the latest version and try again";
// 507: the disk is full. Reads go on.
[[nodiscard]] Refused insufficient_storage(std::string message);
// What a strategy said of the object `name`: a Forbidden of it gets the details of one.
[[nodiscard]] Outcome<> named_refusal(const Result<>& said, const Resource& resource,
                                      std::string_view name);
[[nodiscard]] Refused forbidden(const Resource& resource, std::string_view name,
                                std::string_view why);
[[nodiscard]] Refused invalid(const kube::ResourceType& type, std::string_view name,
                              const std::vector<kube::Problem>& problems);
// Of the query: `PatchOptions.meta.k8s.io "" is invalid: ...`
[[nodiscard]] Refused invalid_options(std::string_view kind,
                                      const std::vector<kube::Problem>& problems);
[[nodiscard]] Refused method_not_allowed(std::string_view method);
[[nodiscard]] Refused not_acceptable(std::string_view accepted);
[[nodiscard]] Refused unsupported_media_type(std::string_view accepted);
// 410: history does not reach back. `fresh_continue` lets a pager go on, inconsistently.
[[nodiscard]] Refused expired(std::string message, std::string_view fresh_continue = "");
// 504: the client asks for a revision that is not there yet.
[[nodiscard]] Refused revision_too_large(std::uint64_t asked, std::uint64_t current);

}  // namespace dynamod::apiserver
