// Codes, reasons and resource lists.
#include "testing/scripted_answers.h"

namespace dynamod::testing {

namespace {

http::Response status_of(int code, std::string_view reason, const std::string& message) {
  const json::value status = {
      {"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
      {"status", "Failure"}, {"message", message}, {"reason", reason},
      {"code", code}};
  return http::json_response(code, encode_json(status));
}

const char* reason_of(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 413:
      return "RequestEntityTooLarge";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return "InternalError";
  }
}

int code_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::kNotFound:
      return 404;
    case Error::Kind::kConflict:
      return 409;
    case Error::Kind::kGone:
      return 410;
    case Error::Kind::kInvalid:
      return 422;
    case Error::Kind::kTooLarge:
      return 413;
    default:
      return 400;
  }
}

}  // namespace

http::Response status_response(int code, const std::string& message) {
  return status_of(code, reason_of(code), message);
}

http::Response error_response(const Error& error) {
  if (error.kind == Error::Kind::kAlreadyExists)
    return status_of(409, "AlreadyExists", error.message);
  return status_response(code_of(error.kind), error.message);
}

std::optional<http::Response> discovery_response(std::string_view path,
                                                 const std::vector<ScriptedType>& types) {
  if (path == "/version" || path == "/readyz" || path == "/livez" || path == "/healthz") {
    return http::json_response(200,
                               R"({"major":"1","minor":"36","gitVersion":"v1.36.0-scripted"})");
  }
  std::string_view version;
  if (path.starts_with("/apis/")) version = path.substr(6);
  if (path.starts_with("/api/")) version = path.substr(5);
  json::array resources;
  for (const auto& type : types) {
    if (type.api_version() != version) continue;
    resources.push_back(
        {{"name", type.plural}, {"kind", type.kind}, {"namespaced", type.namespaced}});
  }
  if (resources.empty()) return std::nullopt;
  const json::value list = {{"kind", "APIResourceList"},
                            {"apiVersion", "v1"},
                            {"groupVersion", version},
                            {"resources", resources}};
  return http::json_response(200, encode_json(list));
}

}  // namespace dynamod::testing
