// What an API server's refusal means: a metav1.Status, or whatever a proxy in between answered, as
// an Error that callers can branch on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

// An answer that is no success.
struct ApiAnswer {
  int http_status = 500;
  std::string_view body;  // a Status in JSON, or anything: an HTML page, half a body, nothing
  std::string_view retry_after;  // the header, or ""
};

// `call` says what was tried (call_text in resource.h): the message is "<call>: <the server's own
// words> (HTTP 409)". The kind follows the Status' reason (AlreadyExists is not Conflict, Expired
// is Gone), else the HTTP code. retry_after is set from the header or from
// details.retryAfterSeconds, at most kRetryAfterMax.
[[nodiscard]] Error api_error(std::string_view call, const ApiAnswer& answer);

// The same for a Status inside another document: the object of a watch's ERROR event.
[[nodiscard]] Error status_error(std::string_view call, const json::value& status);

// A server that asks for more than this is not believed: a wrong value must not stop the program
// for hours.
inline constexpr Duration kRetryAfterMax = std::chrono::minutes(10);
// What is kept of the server's own words: an object with many problems makes long ones, and
// messages end up in logs.
inline constexpr std::size_t kStatusTextMax = 4096;
// What is kept of an answer that is no Status; enough to know a proxy's page by.
inline constexpr std::size_t kForeignTextMax = 512;

// A metav1.Status that says `error`: how the webhook server and the embedded API server answer.
[[nodiscard]] json::object error_status(const Error& error);
// 404 for kNotFound, and so on; 500 for what is our fault.
[[nodiscard]] int http_status_of(Error::Kind kind);

}  // namespace dynamod::kube
