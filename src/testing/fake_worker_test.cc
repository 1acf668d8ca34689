// FakeWorker answers what stock workers answered (runs of ai-dynamo-runtime and vLLM).
#include "testing/fake_worker.h"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/sim_loop.h"

namespace dynamod::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FakeWorkerTest : public ::testing::Test {
 protected:
  ~FakeWorkerTest() override { loop.await(worker.stop()); }

  static Task<std::string> ask(FakeWorker* worker, std::string method, std::string target,
                               std::string body) {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!body.empty()) {
      request.headers.set("Content-Type", "application/json");
      request.body = http::text_body(std::move(body));
    }
    Result<http::Response> response = co_await worker->handle(std::move(request));
    if (!response) co_return response.error().message;
    const int status = response->status;
    Result<std::string> text = co_await http::read_all(std::move(response->body), 1 << 20);
    co_return std::to_string(status) + " " + *text;
  }

  static Async<> ask_into(FakeWorker* worker, std::string method, std::string target,
                          std::string body, std::vector<std::string>* answers) {
    std::string answer =
        co_await ask(worker, std::move(method), std::move(target), std::move(body));
    answers->push_back(std::move(answer));
    co_return Result<>{};
  }

  std::string get(std::string target) {
    return loop.await(ask(&worker, "GET", std::move(target), ""));
  }

  std::string post(const std::string& name, const std::string& uri) {
    return loop.await(ask(&worker, "POST", "/v1/loras", worker::encode_load_request({name, uri})));
  }

  std::string del(const std::string& name) {
    return loop.await(ask(&worker, "DELETE", worker::unload_target(name), ""));
  }

  SimLoop loop;
  FakeWorker worker{loop.executor(), loop};
};

TEST_F(FakeWorkerTest, LoadsListsAndUnloads) {
  EXPECT_EQ(get("/v1/loras"), R"(200 {"status":"success","loras":{},"count":0})");
  EXPECT_EQ(
      post("alpha", "file:///a"),
      R"(200 {"status":"success","message":"LoRA adapter 'alpha' loaded successfully","lora_name":"alpha","lora_id":2086691810})");
  EXPECT_EQ(get("/v1/loras"), R"(200 {"status":"success","loras":{"alpha":2086691810},"count":1})");
  EXPECT_EQ(
      post("alpha", "file:///other"),
      R"(200 {"status":"success","message":"LoRA adapter 'alpha' already loaded","lora_name":"alpha","lora_id":2086691810})");
  EXPECT_EQ(worker.adapters().at("alpha"), "file:///a") << "no stock worker compares the URI";
  EXPECT_EQ(
      del("ghost"),
      R"(500 {"status":"error","message":"LoRA adapter 'ghost' not found. Available LoRAs: ['alpha']"})");
  EXPECT_EQ(
      del("alpha"),
      R"(200 {"status":"success","message":"LoRA adapter 'alpha' unloaded successfully","lora_name":"alpha","lora_id":2086691810})");
  EXPECT_TRUE(worker.adapters().empty());
  EXPECT_EQ(worker.count("POST"), 2U);
  EXPECT_EQ(worker.count("DELETE", "ghost"), 1U);
  EXPECT_EQ(worker.calls().size(), 6U);
}

TEST_F(FakeWorkerTest, RefusesBodiesAsTheFrameworkDoes) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"lora_name":"x"})",
       "422 Failed to deserialize the JSON body into the target type: missing field `source` at "
       "line 1 column 17"},
      {R"({"lora_name":"x","source":{}})",
       "422 Failed to deserialize the JSON body into the target type: source: missing field `uri` "
       "at line 1 column 28"},
      {"null",
       "422 Failed to deserialize the JSON body into the target type: invalid type: null, expected "
       "struct "
       "LoadLoraRequest at line 1 column 4"},
      {"{bad",
       "400 Failed to parse the request body as JSON: key must be a string at line 1 column 2"},
      {"", "415 Expected request with `Content-Type: application/json`"},
      {R"({"lora_name":"","source":{"uri":"file:///a"}})",
       R"(500 {"status":"error","message":"'lora_name' is required and must be a string"})"},
  };
  for (const auto& [body, answer] : cases)
    EXPECT_EQ(loop.await(ask(&worker, "POST", "/v1/loras", body)), answer);
  EXPECT_EQ(loop.await(ask(&worker, "PUT", "/v1/loras", "{}")), "405 ");
  EXPECT_EQ(get("/v1/loras/x"), "405 ");
  EXPECT_EQ(get("/nope"), "404 Route not found");
  EXPECT_EQ(loop.await(ask(&worker, "DELETE", "/v1/loras/", "")), "404 Route not found");
}

TEST_F(FakeWorkerTest, QuotesNamesAsPythonDoes) {
  worker.put("it's", "u");
  worker.put("b\\c", "u");
  EXPECT_THAT(del("x"), HasSubstr(R"(Available LoRAs: ['b\\\\c', \"it's\"])"));
}

TEST_F(FakeWorkerTest, ErrorsHaveTheVersionsCode) {
  worker.set_source("file:///no", {FakeSource::Kind::kMissing});
  worker.set_source("file:///big", {FakeSource::Kind::kGood, 64});
  EXPECT_EQ(
      post("n", "file:///no"),
      R"(500 {"status":"error","message":"Failed to download LoRA: Download failed: Local LoRA not found: file:///no"})");
  EXPECT_EQ(
      post("n", "http://h/x"),
      R"(500 {"status":"error","message":"Failed to download LoRA: Download failed: LoRA http://h/x not found in any source"})");
  EXPECT_THAT(post("n", "file:///big"),
              HasSubstr("500 {\"status\":\"error\",\"message\":\"Failed to add LoRA 'n': Call to"));
  worker.options().version = FakeVersion::k0_9;
  EXPECT_EQ(
      post("n", "file:///big"),
      R"(200 {"status":"error","message":"Call to add_lora method failed: LoRA rank 64 is greater than max_lora_rank 16."})");
  EXPECT_EQ(
      post("n", "hf://org/n"),
      R"(200 {"status":"error","message":"Failed to download LoRA: Download failed: LoRA hf://org/n not found in any source"})");
  EXPECT_TRUE(worker.adapters().empty());
}

TEST_F(FakeWorkerTest, StatesHaveTheirAnswers) {
  worker.set_state(FakeState::kStarting);
  loop.run_for(2500ms);
  EXPECT_EQ(
      get("/health"),
      R"(503 {"status":"notready","uptime":{"secs":2,"nanos":500000000},"endpoints":{"generate":"notready"}})");
  EXPECT_THAT(
      post("n", "file:///a"),
      HasSubstr(
          "500 {\"status\":\"error\",\"message\":\"LoRA management not available: no 'load_lora'"));
  EXPECT_THAT(del("n"), HasSubstr("no 'unload_lora' handler"));
  EXPECT_THAT(get("/v1/loras"), HasSubstr("no 'list_loras' handler"));
  worker.options().version = FakeVersion::k0_9;
  EXPECT_EQ(
      get("/v1/loras"),
      R"x(500 {"status":"error","message":"Endpoint 'list_loras' not found in local registry. Make sure it's registered with .register_local_engine()"})x");
  worker.set_state(FakeState::kNoRoutes);
  EXPECT_EQ(get("/v1/loras"), "404 Route not found");
  EXPECT_EQ(post("n", "file:///a"), "404 Route not found");
  EXPECT_EQ(del("n"), "404 Route not found");
  EXPECT_THAT(get("/health"), HasSubstr("load_lora"));
  worker.set_state(FakeState::kNoHandlers);
  EXPECT_THAT(get("/health"), ::testing::EndsWith(R"("endpoints":{"generate":"ready"}})"));
}

TEST_F(FakeWorkerTest, SlugTwinsDependOnTheVersion) {
  EXPECT_THAT(post("x/y", "file:///a"), HasSubstr("loaded successfully"));
  EXPECT_EQ(
      post("X.Y", "file:///b"),
      R"(500 {"status":"error","message":"Failed to register LoRA 'X.Y' in discovery registry: model update can only change runtime_config.taints","lora_name":"X.Y"})");
  EXPECT_THAT(post("\xC3\xBC", "file:///b"),
              HasSubstr("model update cannot change discovery identity"));
  EXPECT_THAT(post("tiny", "file:///b"),
              HasSubstr("a different model 'tiny' is already registered there"));
  worker.options().version = FakeVersion::k1_3;
  EXPECT_THAT(post("X.Y", "file:///b"), HasSubstr("loaded successfully"));
  EXPECT_TRUE(worker.is_published("x/y"));
  EXPECT_FALSE(worker.is_published("X.Y"));
  EXPECT_THAT(del("X.Y"), HasSubstr("unloaded successfully"));
  EXPECT_FALSE(worker.is_published("x/y"))
      << "the second's deletion takes the first from the frontend";
  EXPECT_TRUE(worker.adapters().contains("x/y"));
}

TEST_F(FakeWorkerTest, HasLimitsAndSwaps) {
  worker.options().adapters_max = 1;
  EXPECT_THAT(post("a", "file:///a"), HasSubstr("loaded successfully"));
  EXPECT_THAT(post("b", "file:///b"),
              HasSubstr("LoRA capacity exceeded: at most 1 adapter(s) may be loaded"));
  worker.options().repeated = FakeWorkerOptions::Repeated::kSwaps;
  EXPECT_THAT(post("a", "file:///other"), HasSubstr("hot-swapped successfully"));
  EXPECT_EQ(worker.adapters().at("a"), "file:///other");
}

TEST_F(FakeWorkerTest, ALoadGoesOnWhenItsCallerLeaves) {
  std::vector<std::string> answers;
  worker.options().load_latency = 30s;
  for (const auto abandoned :
       {FakeWorkerOptions::Abandoned::kStops, FakeWorkerOptions::Abandoned::kGoesOn}) {
    worker.options().abandoned = abandoned;
    TaskGroup callers(loop.executor());
    callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                   worker::encode_load_request({"n", "file:///a"}), &answers));
    loop.run_for(1s);
    EXPECT_EQ(worker.at_work(), 1U);
    loop.await(callers.stop());
    loop.run_for(1min);
    EXPECT_EQ(worker.adapters().contains("n"), abandoned == FakeWorkerOptions::Abandoned::kGoesOn);
    EXPECT_EQ(worker.at_work(), 0U);
  }
  EXPECT_TRUE(answers.empty());
}

TEST_F(FakeWorkerTest, CallsOfOneNameQueueAndOthersPass) {
  std::vector<std::string> answers;
  TaskGroup callers(loop.executor());
  worker.options().load_latency = 1s;
  for (int i = 0; i < 10; ++i) {
    callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                   worker::encode_load_request({"n", "file:///a"}), &answers));
  }
  callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                 worker::encode_load_request({"m", "file:///a"}), &answers));
  loop.run_for(1s);
  ASSERT_EQ(answers.size(), 11U);
  EXPECT_EQ(std::ranges::count_if(answers,
                                  [](auto& text) { return text.contains("loaded successfully"); }),
            2);
  EXPECT_EQ(
      std::ranges::count_if(answers, [](auto& text) { return text.contains("already loaded"); }),
      9);
}

TEST_F(FakeWorkerTest, AnUnloadDrainsAndALoadWaitsBehindIt) {
  std::vector<std::string> answers;
  TaskGroup callers(loop.executor());
  worker.put("n", "file:///old");
  worker.options().load_latency = 1s;  // so that the answers come one after the other
  worker.begin_request("n");
  worker.begin_request("n");
  callers.spawn("delete", ask_into(&worker, "DELETE", "/v1/loras/n", "", &answers));
  loop.run_for(1s);
  callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                 worker::encode_load_request({"n", "file:///new"}), &answers));
  loop.run_for(1h);
  EXPECT_TRUE(answers.empty());
  EXPECT_THAT(get("/v1/loras"), HasSubstr("\"n\""));
  worker.end_request("n");
  loop.run_for(1h);
  EXPECT_TRUE(answers.empty());
  worker.end_request("n");
  loop.run_for(2s);
  EXPECT_THAT(answers,
              ElementsAre(HasSubstr("unloaded successfully"), HasSubstr("loaded successfully")));
  EXPECT_EQ(worker.adapters().at("n"), "file:///new");

  worker.options().version = FakeVersion::k0_9;
  worker.begin_request("n");
  EXPECT_THAT(del("n"), HasSubstr("unloaded successfully")) << "0.9 does not wait";
}

TEST_F(FakeWorkerTest, RulesAnswerInsteadOfTheWorker) {
  worker.add_rule({"POST", "n", error_reply(FakeVersion::k1_6, "boom", "n"), 2});
  EXPECT_THAT(post("m", "file:///a"), HasSubstr("loaded"));
  EXPECT_THAT(post("n", "file:///a"), HasSubstr("boom"));
  EXPECT_THAT(post("n", "file:///a"), HasSubstr("boom"));
  EXPECT_THAT(post("n", "file:///a"), HasSubstr("loaded"));
  worker.add_rule({"GET", "", {200, "garbage", "text/html"}, std::nullopt});
  EXPECT_EQ(get("/v1/loras"), "200 garbage");
  EXPECT_EQ(get("/v1/loras"), "200 garbage");
  worker.clear_rules();
  EXPECT_THAT(get("/v1/loras"), HasSubstr("success"));
}

TEST_F(FakeWorkerTest, ARestartForgetsEverything) {
  std::vector<std::string> answers;
  TaskGroup callers(loop.executor());
  worker.put("old", "file:///a");
  worker.put("drained", "file:///a");
  worker.begin_request("drained");
  worker.options().load_latency = 10s;
  callers.spawn("delete", ask_into(&worker, "DELETE", "/v1/loras/drained", "", &answers));
  callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                 worker::encode_load_request({"n", "file:///a"}), &answers));
  callers.spawn("post", ask_into(&worker, "POST", "/v1/loras",
                                 worker::encode_load_request({"n", "file:///a"}), &answers));
  loop.run_for(1s);
  worker.restart();
  loop.run_for(1min);
  EXPECT_TRUE(worker.adapters().empty());
  EXPECT_EQ(answers, std::vector<std::string>(3, "the worker was restarted"));
  EXPECT_EQ(worker.at_work(), 0U);
  EXPECT_THAT(get("/health"), HasSubstr("\"secs\":60"));
  worker.options().load_latency = {};
  EXPECT_THAT(post("n", "file:///a"), HasSubstr("loaded successfully"));
}

TEST_F(FakeWorkerTest, TheLogIsBounded) {
  worker.options().calls_kept = 3;
  for (int i = 0; i < 10; ++i) get("/v1/loras");
  EXPECT_EQ(worker.calls().size(), 3U);
  EXPECT_EQ(worker.count("GET"), 10U);
  worker.clear_calls();
  EXPECT_EQ(worker.count("GET"), 0U);
}

}  // namespace
}  // namespace dynamod::testing
