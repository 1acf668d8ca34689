// What went wrong, as a value: Error, Result<T>, and the statements that pass errors up (TRY, CHECK_OK).
// The names of `base` are the vocabulary of every layer, so they are visible unqualified in all of `dynamod`.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dynamod::base {

using Duration = std::chrono::nanoseconds;

// A kind exists only if some caller branches on it. `message` is a sentence for a person: what was tried, on which
// object, why it failed and, when that is known, what to do. It never holds a secret.
struct Error {
  enum class Kind : std::uint8_t {
    kInternal,         // a bug, or an answer that makes no sense
    kInvalid,          // the input is wrong and will stay wrong (HTTP 422)
    kBadRequest,       // HTTP 400
    kUnauthorized,     // HTTP 401
    kForbidden,        // HTTP 403
    kNotFound,         // HTTP 404
    kAlreadyExists,    // HTTP 409 AlreadyExists
    kConflict,         // HTTP 409 Conflict: read again and retry
    kGone,             // HTTP 410: the watch or list position is too old
    kTooLarge,         // a limit of ours or HTTP 413
    kRateLimited,      // HTTP 429; retry_after may be set
    kServerTimeout,    // HTTP 504
    kUnavailable,      // HTTP 503, or nothing was sent: refused, unresolved
    kTimeout,          // a deadline of ours passed; the request may have arrived
    kMayHaveArrived,   // the connection broke after the request was sent: only a read tells
    kCancelled,        // the caller stopped
  };

  Kind kind = Kind::kInternal;
  std::string message;
  std::optional<Duration> retry_after = std::nullopt;

  // "<what>: <message>", the same kind: how context is added on the way up.
  [[nodiscard]] Error within(std::string_view what) && {
    message.insert(0, ": ").insert(0, what);
    return std::move(*this);
  }

  friend bool operator==(const Error&, const Error&) = default;
};

// The word used in metrics and logs, e.g. "not_found".
[[nodiscard]] std::string_view to_string(Error::Kind kind);

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Error::Kind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

// States what must be true of our own code, in release too. Never on input.
#define DYN_ASSERT(condition)                                               \
  do {                                                                      \
    if (!(condition)) [[unlikely]]                                          \
      ::dynamod::base::assertion_failed(#condition, __FILE__, __LINE__);    \
  } while (false)
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

#define DYN_CONCAT_(a, b) a##b
#define DYN_CONCAT(a, b) DYN_CONCAT_(a, b)

// TRY(auto x, f());  CHECK_OK(f());   and in coroutines CO_TRY, CO_CHECK (base/async.h).
#define DYN_TRY_(return_, result, declaration, ...)                       \
  auto result = (__VA_ARGS__);                                            \
  if (!(result)) return_ std::unexpected(std::move(result).error());      \
  declaration = *std::move(result)
#define DYN_CHECK_(return_, result, ...)                                  \
  if (auto result = (__VA_ARGS__); !(result)) return_ std::unexpected(std::move(result).error())

#define TRY(declaration, ...) \
  DYN_TRY_(return, DYN_CONCAT(try_result_, __COUNTER__), declaration, __VA_ARGS__)
#define CHECK_OK(...) DYN_CHECK_(return, DYN_CONCAT(check_result_, __COUNTER__), __VA_ARGS__)

}  // namespace dynamod::base

namespace dynamod {
using namespace base;  // NOLINT(google-build-using-namespace): base is the vocabulary of every layer
}
