// Kinds as http/transport.h promises them, and texts for people.
#include "http/curl_error.h"

#include <cctype>
#include <system_error>

#include <fmt/format.h>

namespace dynamod::http {

namespace {

// "Connection refused" -> "connection refused": it follows a colon.
std::string os_text(int os_errno) {
  std::string text = std::generic_category().message(os_errno);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Error unavailable(std::string_view why) {
  return {Error::Kind::kUnavailable, fmt::format("connect: {}", why)};
}

Error not_sent(const CurlFailure& failure, const std::string& detail) {
  switch (failure.code) {
    case CURLE_OPERATION_TIMEDOUT: {
      const auto ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(failure.connect_limit).count();
      return {Error::Kind::kTimeout, fmt::format("connect: no connection within {} ms", ms)};
    }
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable(fmt::format("the name {} does not resolve", failure.host));
    case CURLE_COULDNT_RESOLVE_PROXY:
      return unavailable("the proxy's name does not resolve");
    case CURLE_COULDNT_CONNECT:
      return unavailable(failure.os_errno != 0 ? os_text(failure.os_errno) : detail);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
      return unavailable(fmt::format("TLS: {}", detail));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Error::Kind::kInvalid, fmt::format("the URL is not usable: {}", detail)};
    default:
      return unavailable(detail);
  }
}

}  // namespace

Error curl_error(const CurlFailure& failure) {
  const std::string detail =
      failure.detail.empty() ? curl_easy_strerror(failure.code) : failure.detail;
  if (!failure.sent) return not_sent(failure, detail);
  switch (failure.code) {
    case CURLE_ABORTED_BY_CALLBACK:  // a second sending, refused: the reused connection died
                                     // without a byte
    case CURLE_GOT_NOTHING:
      return {Error::Kind::kMayHaveArrived, "the connection closed before an answer came"};
    case CURLE_PARTIAL_FILE:
      return {Error::Kind::kMayHaveArrived, fmt::format("the answer was cut off: {}", detail)};
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, which is how libcurl calls any text that is not
                                      // HTTP
    case CURLE_WEIRD_SERVER_REPLY:
      return {Error::Kind::kMayHaveArrived, fmt::format("the answer is not HTTP: {}", detail)};
    default:
      return {Error::Kind::kMayHaveArrived, fmt::format("the connection broke: {}", detail)};
  }
}

}  // namespace dynamod::http
