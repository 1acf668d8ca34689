// What /healthz, /livez, /readyz and /metrics answer.
#include "http/observability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/sim_loop.h"

namespace dynamod::http {
namespace {

using ::testing::HasSubstr;
using testing::SimLoop;

class ObservabilityTest : public ::testing::Test {
 protected:
  ObservabilityTest() {
    handler_.add_live_check("loop", [this] { return alive_; });
    handler_.add_ready_check("cache", [this] { return synced_; });
  }

  std::pair<int, std::string> get(std::string target, std::string method = "GET") {
    Request request{.method = std::move(method), .target = std::move(target)};
    auto response = loop_.await(handler_.handle(std::move(request)));
    auto text = loop_.await(read_all(std::move(response->body), 1 << 20));
    return {response->status, *text};
  }

  using Answer = std::pair<int, std::string>;

  SimLoop loop_;
  Metrics metrics_;
  Observability handler_{metrics_};
  Result<> alive_;
  Result<> synced_;
};

TEST_F(ObservabilityTest, SaysOkWhenAllChecksPass) {
  for (const char* path : {"/healthz", "/livez", "/readyz", "/readyz/"})
    EXPECT_EQ(get(path), Answer(200, "ok")) << path;
}

TEST_F(ObservabilityTest, ListsTheChecksWhenAsked) {
  EXPECT_EQ(get("/readyz?verbose"),
            Answer(200, "[+]ping ok\n[+]loop ok\n[+]cache ok\nreadyz check passed\n"));
  EXPECT_EQ(get("/livez?verbose"), Answer(200, "[+]ping ok\n[+]loop ok\nlivez check passed\n"));
}

TEST_F(ObservabilityTest, FailsReadinessAloneWhenAReadyCheckFails) {
  synced_ = fail(Error::Kind::kUnavailable, "the first list has not ended");
  EXPECT_EQ(get("/readyz"),
            Answer(500,
                   "[+]ping ok\n[+]loop ok\n[-]cache failed: the first list has not ended\n"
                   "readyz check failed\n"));
  EXPECT_EQ(get("/healthz"), Answer(200, "ok"));
  EXPECT_EQ(get("/readyz?exclude=cache"), Answer(200, "ok"));
  EXPECT_EQ(get("/readyz?verbose&exclude=cache"),
            Answer(200, "[+]ping ok\n[+]loop ok\n[+]cache excluded: ok\nreadyz check passed\n"));
}

TEST_F(ObservabilityTest, FailsEverythingWhenALiveCheckFails) {
  alive_ = fail(Error::Kind::kInternal, "stuck");
  for (const char* path : {"/healthz", "/livez", "/readyz"})
    EXPECT_EQ(get(path).first, 500) << path;
}

TEST_F(ObservabilityTest, AnswersForOneCheck) {
  synced_ = fail(Error::Kind::kUnavailable, "no");
  EXPECT_EQ(get("/readyz/ping"), Answer(200, "ok"));
  EXPECT_EQ(get("/readyz/cache"), Answer(500, "cache failed: no\n"));
  EXPECT_EQ(get("/livez/cache").first, 404);
  EXPECT_EQ(get("/readyz/other").first, 404);
}

TEST_F(ObservabilityTest, ServesMetrics) {
  metrics_.counter("dynamod_test_total", "A test.").add(3);
  const auto [status, text] = get("/metrics");
  EXPECT_EQ(status, 200);
  EXPECT_THAT(text, HasSubstr("dynamod_test_total 3"));
}

TEST_F(ObservabilityTest, RefusesOtherPathsAndMethods) {
  EXPECT_EQ(get("/").first, 404);
  EXPECT_EQ(get("").first, 404);
  EXPECT_EQ(get("/health").first, 404);
  EXPECT_EQ(get("/readyz", "POST").first, 405);
}

}  // namespace
}  // namespace dynamod::http
