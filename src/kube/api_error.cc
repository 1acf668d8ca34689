// One table of reasons, HTTP codes and kinds serves both directions.
#include "kube/api_error.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/utf8.h"

namespace dynamod::kube {

namespace {

using Kind = Error::Kind;

struct ReasonEntry {
  std::string_view reason;  // metav1.StatusReason
  int http_status;
  Kind kind;
};

// For a kind or a code that stands here more than once, the first entry is the one that is written.
constexpr ReasonEntry kReasons[] = {
    {"BadRequest", 400, Kind::kBadRequest},
    {"Unauthorized", 401, Kind::kUnauthorized},
    {"Forbidden", 403, Kind::kForbidden},
    {"NotFound", 404, Kind::kNotFound},
    {"MethodNotAllowed", 405, Kind::kBadRequest},
    {"NotAcceptable", 406, Kind::kBadRequest},
    {"Conflict", 409, Kind::kConflict},
    {"AlreadyExists", 409, Kind::kAlreadyExists},
    {"Expired", 410, Kind::kGone},
    {"Gone", 410, Kind::kGone},
    {"RequestEntityTooLarge", 413, Kind::kTooLarge},
    {"UnsupportedMediaType", 415, Kind::kBadRequest},
    {"Invalid", 422, Kind::kInvalid},
    {"TooManyRequests", 429, Kind::kRateLimited},
    {"InternalError", 500, Kind::kInternal},
    {"ServiceUnavailable", 503, Kind::kUnavailable},
    {"Timeout", 504, Kind::kServerTimeout},
    {"ServerTimeout", 500, Kind::kServerTimeout},
};

Kind kind_of(std::string_view reason, int http_status) {
  for (const auto& entry : kReasons)
    if (entry.reason == reason) return entry.kind;
  for (const auto& entry : kReasons)
    if (entry.http_status == http_status) return entry.kind;
  if (http_status == 502) return Kind::kUnavailable;
  if (http_status >= 400 && http_status < 500) return Kind::kBadRequest;
  return Kind::kInternal;
}

std::optional<Duration> seconds_to_wait(std::int64_t seconds) {
  if (seconds <= 0) return std::nullopt;
  const Duration limit = kRetryAfterMax;
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  return std::chrono::seconds(std::min<std::int64_t>(seconds, most));
}

// Kubernetes sends seconds; the other form, a date, is left to the caller's own back-off.
std::optional<Duration> parse_retry_after(std::string_view header) {
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (code != std::errc() || end != header.data() + header.size()) return std::nullopt;
  return seconds_to_wait(seconds);
}

std::int64_t int_at(const json::value& value, std::string_view path) {
  const json::value* found = find_json(value, path);
  const std::int64_t* number = found ? found->if_int64() : nullptr;
  return number ? *number : 0;
}

bool is_status(const json::value& value) {
  return value.is_object() && string_at(value, "kind") == "Status";
}

// One printable line, the tags of an HTML page left out, cut to kForeignTextMax.
std::string foreign_text(std::string_view body) {
  std::string text;
  bool in_tag = false;
  for (const char c : body) {
    if (text.size() >= kForeignTextMax) break;
    if (c == '<') in_tag = true;
    const bool blank =
        in_tag || static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F;
    if (!blank)
      text += c;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
    if (c == '>') in_tag = false;
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

Error make_error(std::string_view call, const json::value& status, int http_status) {
  std::string message = string_at(status, "message");
  const std::string reason = string_at(status, "reason");
  if (message.empty()) message = reason.empty() ? "the server gave no reason" : reason;
  return {.kind = kind_of(reason, http_status),
          .message =
              fmt::format("{}: {} (HTTP {})", call, cut_utf8(message, kStatusTextMax), http_status),
          .retry_after = seconds_to_wait(int_at(status, "details.retryAfterSeconds"))};
}

const ReasonEntry* entry_of(Kind kind) {
  const auto found = std::ranges::find(kReasons, kind, &ReasonEntry::kind);
  return found == std::ranges::end(kReasons) ? nullptr : &*found;
}

}  // namespace

Error api_error(std::string_view call, const ApiAnswer& answer) {
  Error error;
  const auto decoded = decode_json(answer.body);
  if (decoded && is_status(*decoded)) {
    error = make_error(call, *decoded, answer.http_status);
  } else {
    std::string text = foreign_text(answer.body);
    if (text.empty()) text = "an empty answer";
    error = {.kind = kind_of("", answer.http_status),
             .message = fmt::format("{}: HTTP {}, not from an API server: {}", call,
                                    answer.http_status, text)};
  }
  if (const auto wait = parse_retry_after(answer.retry_after)) error.retry_after = wait;
  return error;
}

Error status_error(std::string_view call, const json::value& status) {
  const auto code = std::clamp<std::int64_t>(int_at(status, "code"), 0, 999);
  return make_error(call, status, code == 0 ? 500 : static_cast<int>(code));
}

int http_status_of(Error::Kind kind) {
  switch (kind) {
    case Kind::kTimeout:
    case Kind::kMayHaveArrived:
      return 504;
    case Kind::kCancelled:
      return 503;
    default:
      break;
  }
  const ReasonEntry* entry = entry_of(kind);
  return entry ? entry->http_status : 500;
}

json::object error_status(const Error& error) {
  const ReasonEntry* entry = entry_of(error.kind);
  json::object status{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", json::object()},
                      {"status", "Failure"},
                      {"message", error.message},
                      {"reason", entry ? entry->reason : "InternalError"},
                      {"code", http_status_of(error.kind)}};
  if (error.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
    status["details"] = json::object{{"retryAfterSeconds", seconds}};
  }
  return status;
}

}  // namespace dynamod::kube
