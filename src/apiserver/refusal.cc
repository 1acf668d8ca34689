// The texts and details of each Status, as k8s.io/apimachinery/pkg/api/errors makes them.
#include "apiserver/refusal.h"

#include <utility>

#include <fmt/format.h>

#include "kube/api_error.h"

namespace dynamod::apiserver {

namespace {

constexpr int kUnsupportedMediaType = 415;

json::object details_of(const Resource& resource, std::string_view name) {
  json::object details{{"name", name}};
  if (!resource.group.empty()) details["group"] = resource.group;
  details["kind"] = resource.plural;
  return details;
}

json::object status_of(StatusParts parts) {
  json::object status{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::object()},
                      {"status", "Failure"},
                      {"message", parts.message}};
  if (!parts.reason.empty()) status["reason"] = parts.reason;
  if (!parts.details.empty()) status["details"] = std::move(parts.details);
  status["code"] = parts.code;
  return status;
}

}  // namespace

Refusal::Refusal(const Error& error) : status(kube::error_status(error)) {
  if (error.kind != Error::Kind::kRateLimited) return;
  const auto wait =
      std::chrono::ceil<std::chrono::seconds>(error.retry_after.value_or(std::chrono::seconds(1)));
  headers.emplace_back("Retry-After", std::to_string(wait.count()));
}

int Refusal::code() const {
  const json::value* code = status.if_contains("code");
  return code && code->is_int64() ? static_cast<int>(code->get_int64()) : 500;
}

Refused refuse(StatusParts parts) {
  return Refused(Refusal(status_of(std::move(parts))));
}

Refused bad_request(std::string message) {
  return refuse({.code = 400, .reason = "BadRequest", .message = std::move(message)});
}

Refused not_found(const Resource& resource, std::string_view name) {
  return refuse({.code = 404,
                 .reason = "NotFound",
                 .message = fmt::format("{} \"{}\" not found", resource.resource_name(), name),
                 .details = details_of(resource, name)});
}

Refused no_such_resource(std::string_view group, std::string_view plural) {
  json::object details;
  if (!group.empty()) details["group"] = group;
  if (!plural.empty()) details["kind"] = plural;
  return refuse({.code = 404,
                 .reason = "NotFound",
                 .message = "the server could not find the requested resource",
                 .details = std::move(details)});
}

Refused already_exists(const Resource& resource, std::string_view name) {
  return refuse({.code = 409,
                 .reason = "AlreadyExists",
                 .message = fmt::format("{} \"{}\" already exists", resource.resource_name(), name),
                 .details = details_of(resource, name)});
}

Refused conflict(const Resource& resource, std::string_view name, std::string_view why) {
  return refuse({.code = 409,
                 .reason = "Conflict",
                 .message = fmt::format("Operation cannot be fulfilled on {} \"{}\": {}",
                                        resource.resource_name(), name, why),
                 .details = details_of(resource, name)});
}

Refused insufficient_storage(std::string message) {
  return refuse({.code = 507, .reason = "InsufficientStorage", .message = std::move(message)});
}

Outcome<> named_refusal(const Result<>& said, const Resource& resource, std::string_view name) {
  if (said) return {};
  Refusal refusal(said.error());
  if (said.error().kind == Error::Kind::kForbidden)
    refusal.status["details"] = details_of(resource, name);
  return Refused(std::move(refusal));
}

Refused forbidden(const Resource& resource, std::string_view name, std::string_view why) {
  const std::string object =
      name.empty() ? resource.resource_name() + " is forbidden"
                   : fmt::format("{} \"{}\" is forbidden", resource.resource_name(), name);
  json::object details = details_of(resource, name);
  if (name.empty()) details.stable_erase("name");
  return refuse({.code = 403,
                 .reason = "Forbidden",
                 .message = fmt::format("{}: {}", object, why),
                 .details = std::move(details)});
}

Refused invalid(const kube::ResourceType& type, std::string_view name,
                const std::vector<kube::Problem>& problems) {
  return Refused(Refusal(kube::invalid_status(type, name, problems)));
}

Refused invalid_options(std::string_view kind, const std::vector<kube::Problem>& problems) {
  return invalid({.group = "meta.k8s.io", .version = "v1", .plural = "", .kind = kind}, "",
                 problems);
}

Refused method_not_allowed(std::string_view /*method*/) {
  return refuse({.code = 405,
                 .reason = "MethodNotAllowed",
                 .message = "the server does not allow this method on the requested resource"});
}

Refused not_acceptable(std::string_view accepted) {
  return refuse(
      {.code = 406,
       .reason = "NotAcceptable",
       .message = fmt::format("only the following media types are accepted: {}", accepted)});
}

Refused unsupported_media_type(std::string_view accepted) {
  return refuse({.code = kUnsupportedMediaType,
                 .reason = "UnsupportedMediaType",
                 .message = fmt::format("the body of the request was in an unknown format - "
                                        "accepted media types include: {}",
                                        accepted)});
}

Refused expired(std::string message, std::string_view fresh_continue) {
  Refused refused = refuse({.code = 410, .reason = "Expired", .message = std::move(message)});
  Refusal refusal = std::move(refused).error();
  if (!fresh_continue.empty())
    refusal.status["metadata"] = json::object{{"continue", fresh_continue}};
  return Refused(std::move(refusal));
}

Refused revision_too_large(std::uint64_t asked, std::uint64_t current) {
  json::array causes;
  causes.push_back(json::object{{"reason", "ResourceVersionTooLarge"},
                                {"message", "Too large resource version"}});
  return refuse(
      {.code = 504,
       .reason = "Timeout",
       .message = fmt::format("Too large resource version: {}, current: {}", asked, current),
       .details = {{"causes", std::move(causes)}, {"retryAfterSeconds", 1}}});
}

}  // namespace dynamod::apiserver
