// Paths and bodies of the worker API, checked against runs of Dynamo's runtime 0.9.1, 1.3.1
// and 1.6.1.
#include "worker/lora_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::worker {
namespace {

using testing::ElementsAre;

TEST(EncodeLoadRequest, IsWhatDynamosOperatorSends) {
  EXPECT_EQ(encode_load_request({"org/x", "s3://b/p"}),
            R"({"lora_name":"org/x","source":{"uri":"s3://b/p"}})");
  EXPECT_EQ(encode_load_request({"a\"b", "u"}), R"({"lora_name":"a\"b","source":{"uri":"u"}})");
}

TEST(UnloadTarget, CarriesAnyNameThroughCleaningProxies) {
  const std::pair<std::string, std::string> cases[] = {
      {"alpha", "/v1/loras/alpha"},     {"org/x", "/v1/loras/org%2Fx"},
      {"a b", "/v1/loras/a%20b"},       {"a%2Fb", "/v1/loras/a%252Fb"},
      {"a?b#c", "/v1/loras/a%3Fb%23c"}, {"/lead", "/v1/loras/%2F%2Flead"},  // workers strip one
      {"trail/", "/v1/loras/trail%2F"}, {"a/../b", "/v1/loras/a%2F..%2Fb"},
      {"..", "/v1/loras/%2E%2E"},       {".", "/v1/loras/%2E"},
      {"...", "/v1/loras/..."},         {"\xC3\xBC", "/v1/loras/%C3%BC"},
  };
  for (const auto& [name, target] : cases) {
    EXPECT_EQ(unload_target(name), target);
    EXPECT_EQ(name_of_unload_target(target), name);
  }
}

TEST(NameOfUnloadTarget, ReadsPathsAsWorkersDo) {
  EXPECT_EQ(name_of_unload_target("/v1/loras/org/x"), "org/x");
  EXPECT_EQ(name_of_unload_target("/v1/loras//lead"), "lead");
  EXPECT_EQ(name_of_unload_target("/v1/loras/a?b"), "a");
  for (const char* other :
       {"/v1/loras/", "/v1/loras", "/v1/lorasx", "/health", "", "/v1/loras/%zz"}) {
    EXPECT_EQ(name_of_unload_target(other), std::nullopt) << other;
  }
}

TEST(ParseLoraAnswer, TakesEveryFormOfList) {
  const std::string forms[] = {
      R"({"status":"success","loras":{"alpha":2086691810,"org/x":1},"count":2})",
      R"({"status":"success","loras":["org/x","alpha"]})",
      R"({"status":"success","loras":[{"name":"alpha"},{"lora_name":"org/x","lora_id":1}]})",
      R"({"status":"success","loras":{"alpha":1,"alpha":1,"org/x":null}})",
  };
  for (const std::string& form : forms) {
    const auto answer = parse_lora_answer(form);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, "success");
    ASSERT_TRUE(answer->names) << form;
    EXPECT_THAT(*answer->names, ElementsAre("alpha", "org/x"));
  }
}

TEST(ParseLoraAnswer, NeverTakesHalfAListForAList) {
  for (const char* body : {R"({"status":"success"})", R"({"loras":null})", R"({"loras":"alpha"})",
                           R"({"loras":["alpha",3]})", R"({"loras":[{"id":1}]})"}) {
    const auto answer = parse_lora_answer(body);
    ASSERT_TRUE(answer) << body;
    EXPECT_FALSE(answer->names) << body;
  }
}

TEST(ParseLoraAnswer, ReadsTheFieldsOfALoad) {
  const auto answer = parse_lora_answer(
      R"({"status":"success","message":"m","lora_name":"alpha","lora_id":2086691810,"hot_swap":true})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message, "m");
  EXPECT_EQ(answer->lora_name, "alpha");
  EXPECT_EQ(answer->lora_id, 2086691810U);
}

TEST(ParseLoraAnswer, RefusesWhatIsNoObject) {
  for (const char* body : {"", "[]", "3", "<html>", "{", R"({"status":"success"}x)", "\xFF"}) {
    EXPECT_FALSE(parse_lora_answer(body)) << body;
  }
}

TEST(ParseLoraAnswer, TenThousandAdaptersFit) {
  std::string body = R"({"status":"success","loras":{)";
  for (int i = 0; i < 10'000; ++i) {
    if (i > 0) body += ',';
    body += "\"organisation/some-quite-long-adapter-name-as-people-choose-them-" +
            std::to_string(10'000 + i) + "\":2147483647";
  }
  body += R"(},"count":10000})";
  ASSERT_LE(body.size(), kAnswerSizeMax);
  const auto answer = parse_lora_answer(body);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->names->size(), 10'000U);
}

TEST(ParseHealth, ReadsReadyAndStarting) {
  const auto ready = parse_health(
      R"({"status":"ready","uptime":{"secs":106,"nanos":529274544},"endpoints":{"generate":"ready","load_lora":"ready"}})");
  ASSERT_TRUE(ready);
  EXPECT_TRUE(ready->ready);
  EXPECT_EQ(ready->uptime, std::chrono::nanoseconds(106'529'274'544));
  EXPECT_TRUE(ready->can_load());

  const auto starting = parse_health(
      R"({"status":"notready","uptime":{"secs":2,"nanos":1},"endpoints":{"generate":"notready"}})");
  ASSERT_TRUE(starting);
  EXPECT_FALSE(starting->ready);
  EXPECT_FALSE(starting->can_load());
}

TEST(ParseHealth, ToleratesWhatItDoesNotKnow) {
  for (const char* body :
       {R"({"status":"ready"})", R"({"status":"ready","uptime":3,"endpoints":[]})",
        R"({"status":"ready","uptime":{"secs":18446744073709551615}})"}) {
    const auto health = parse_health(body);
    ASSERT_TRUE(health) << body;
    EXPECT_TRUE(health->ready);
    EXPECT_EQ(health->uptime, std::nullopt);
  }
  for (const char* body : {"", "OK", "{}", R"({"status":1})"})
    EXPECT_FALSE(parse_health(body)) << body;
}

}  // namespace
}  // namespace dynamod::worker
