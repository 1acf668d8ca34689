// Every refusal an API server or a proxy gives, and its kind.
#include "kube/api_error.h"

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

using Kind = Error::Kind;

constexpr std::string_view kCall = "patch dynamomodels.nvidia.com ns/m";

std::string status_text(std::string_view reason, int code) {
  return fmt::format(
      R"({{"kind":"Status","apiVersion":"v1","status":"Failure","message":"words","reason":"{}",)"
      R"("code":{}}})",
      reason, code);
}

TEST(ApiError, FollowsTheReasonAndThenTheCode) {
  const struct {
    std::string_view reason;
    int code;
    Kind kind;
  } cases[] = {
      {"AlreadyExists", 409, Kind::kAlreadyExists},
      {"Conflict", 409, Kind::kConflict},
      {"", 409, Kind::kConflict},
      {"NotFound", 404, Kind::kNotFound},
      {"Forbidden", 403, Kind::kForbidden},
      {"Unauthorized", 401, Kind::kUnauthorized},
      {"Invalid", 422, Kind::kInvalid},
      {"BadRequest", 400, Kind::kBadRequest},
      {"MethodNotAllowed", 405, Kind::kBadRequest},
      {"Gone", 410, Kind::kGone},
      {"Expired", 410, Kind::kGone},
      {"RequestEntityTooLarge", 413, Kind::kTooLarge},
      {"TooManyRequests", 429, Kind::kRateLimited},
      {"ServerTimeout", 500, Kind::kServerTimeout},
      {"Timeout", 504, Kind::kServerTimeout},
      {"InternalError", 500, Kind::kInternal},
      {"ServiceUnavailable", 503, Kind::kUnavailable},
      {"SomethingNew", 503, Kind::kUnavailable},
      {"SomethingNew", 418, Kind::kBadRequest},
      {"", 502, Kind::kUnavailable},
      {"", 599, Kind::kInternal},
      {"", 302, Kind::kInternal},
  };

  for (const auto& [reason, code, kind] : cases) {
    const std::string body = status_text(reason, code);
    EXPECT_EQ(api_error(kCall, {.http_status = code, .body = body, .retry_after = ""}),
              (Error{kind, fmt::format("{}: words (HTTP {})", kCall, code)}))
        << reason << " " << code;
  }
}

TEST(ApiError, ReadsAnswersThatAreNoStatus) {
  const std::string head = std::string(kCall) + ": HTTP 502, not from an API server: ";

  const struct {
    std::string body;
    std::string shown;
  } cases[] = {
      {"", "an empty answer"},
      {"<html>\n<head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body>",
       "502 Bad Gateway nginx"},
      {"upstream\x01 closed\r\n", "upstream closed"},
      {R"({"kind":"Status","mess)", R"({"kind":"Status","mess)"},
      {R"({"error":"x"})", R"({"error":"x"})"},
      {std::string(10'000, 'a'), std::string(kForeignTextMax, 'a')},
  };

  for (const auto& [body, shown] : cases) {
    const Error error = api_error(kCall, {.http_status = 502, .body = body, .retry_after = ""});
    EXPECT_EQ(error, (Error{Kind::kUnavailable, head + shown}));
  }
}

TEST(ApiError, CutsLongWords) {
  const json::value status = {{"kind", "Status"}, {"message", std::string(10'000, 'a')}};
  EXPECT_EQ(status_error("get x", status).message,
            "get x: " + std::string(kStatusTextMax, 'a') + " (HTTP 500)");
}

TEST(ApiError, SaysTheReasonWhenThereAreNoWords) {
  const auto message = [](std::string_view body) {
    return api_error("get x", {.http_status = 403, .body = body, .retry_after = ""}).message;
  };
  EXPECT_EQ(message(R"({"kind":"Status","reason":"Forbidden"})"), "get x: Forbidden (HTTP 403)");
  EXPECT_EQ(message(R"({"kind":"Status"})"), "get x: the server gave no reason (HTTP 403)");
}

TEST(ApiError, TakesTheTimeToWaitFromTheHeaderOrTheStatus) {
  const std::string details = R"({"kind":"Status","details":{"retryAfterSeconds":7}})";

  const struct {
    std::string_view header;
    std::string_view body;
    std::optional<Duration> wait;
  } cases[] = {
      {"3", "", std::chrono::seconds(3)},
      {"", details, std::chrono::seconds(7)},
      {"3", details, std::chrono::seconds(3)},
      {"99999999999", "", kRetryAfterMax},
      {"-1", "", std::nullopt},
      {"0", "", std::nullopt},
      {"3s", "", std::nullopt},
      {"Wed, 21 Oct 2026 07:28:00 GMT", "", std::nullopt},
      {"", "", std::nullopt},
  };

  for (const auto& [header, body, wait] : cases)
    EXPECT_EQ(
        api_error("get x", {.http_status = 429, .body = body, .retry_after = header}).retry_after,
        wait)
        << header;
}

TEST(StatusError, ReadsTheObjectOfAWatchError) {
  const auto expired = decode_json(status_text("Expired", 410)).value();
  EXPECT_EQ(status_error("watch pods", expired),
            (Error{Kind::kGone, "watch pods: words (HTTP 410)"}));
  const auto nonsense = decode_json(R"({"code":"x"})").value();
  EXPECT_EQ(status_error("watch pods", nonsense),
            (Error{Kind::kInternal, "watch pods: the server gave no reason (HTTP 500)"}));
}

TEST(ErrorStatus, IsReadBackAsTheSameKind) {
  for (const Kind kind :
       {Kind::kInternal, Kind::kInvalid, Kind::kBadRequest, Kind::kUnauthorized, Kind::kForbidden,
        Kind::kNotFound, Kind::kAlreadyExists, Kind::kConflict, Kind::kGone, Kind::kTooLarge,
        Kind::kRateLimited, Kind::kServerTimeout, Kind::kUnavailable}) {
    const Error error{kind, "words", std::chrono::milliseconds(1500)};
    const Error read = status_error("get x", error_status(error));
    EXPECT_EQ(read.kind, kind) << to_string(kind);
    EXPECT_EQ(read.retry_after, std::chrono::seconds(2));
  }
}

TEST(HttpStatusOf, GivesEveryKindACode) {
  EXPECT_EQ(http_status_of(Kind::kNotFound), 404);
  EXPECT_EQ(http_status_of(Kind::kAlreadyExists), 409);
  EXPECT_EQ(http_status_of(Kind::kTimeout), 504);
  EXPECT_EQ(http_status_of(Kind::kMayHaveArrived), 504);
  EXPECT_EQ(http_status_of(Kind::kCancelled), 503);
}

}  // namespace

}  // namespace dynamod::kube
