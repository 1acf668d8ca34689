// Words for error kinds, and the end of a program whose own rule is broken.
#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace dynamod::base {

std::string_view to_string(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::kInternal: return "internal";
    case Error::Kind::kInvalid: return "validation";
    case Error::Kind::kBadRequest: return "bad_request";
    case Error::Kind::kUnauthorized: return "unauthorized";
    case Error::Kind::kForbidden: return "forbidden";
    case Error::Kind::kNotFound: return "not_found";
    case Error::Kind::kAlreadyExists: return "already_exists";
    case Error::Kind::kConflict: return "conflict";
    case Error::Kind::kGone: return "gone";
    case Error::Kind::kTooLarge: return "too_large";
    case Error::Kind::kRateLimited: return "rate_limited";
    case Error::Kind::kServerTimeout: return "server_timeout";
    case Error::Kind::kUnavailable: return "unavailable";
    case Error::Kind::kTimeout: return "timeout";
    case Error::Kind::kMayHaveArrived: return "may_have_arrived";
    case Error::Kind::kCancelled: return "cancelled";
  }
  return "internal";
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace dynamod::base
