// Row by row, the bodies that real workers answered with (vLLM and light workers 0.8.1 to 1.6.1),
// and what no worker says.
#include "worker/meaning.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "lora/worker_text.h"
#include "worker/meaning_table.h"

namespace dynamod::worker {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum lora::EndpointReason;
using Kind = Outcome::Kind;

constexpr char kJson[] = "application/json";
constexpr char kText[] = "text/plain; charset=utf-8";

Outcome ask(Call call, const std::string& name, int status, const std::string& body,
            const std::string& type = kJson) {
  return meaning_of_answer({call, name, "s3://b/" + name}, read_answer(status, type, body));
}

std::string error_body(const std::string& message) {
  return R"({"status":"error","message":)" + encode_json(json::value(message)) + "}";
}

TEST(MeaningOfAnswer, OfALoadThatWorked) {
  struct Row {
    std::string message;
    Kind kind;
  };

  const Row rows[] = {
      {"LoRA adapter 'alpha' loaded successfully", Kind::kDone},
      {"LoRA adapter 'alpha' already loaded", Kind::kAlreadyThere},
      {"LoRA adapter 'alpha' hot-swapped successfully", Kind::kDone},
      {"", Kind::kDone},
  };
  for (const Row& row : rows) {
    const std::string body = R"({"status":"success","message":")" + row.message +
                             R"(","lora_name":"alpha","lora_id":2086691810})";
    EXPECT_EQ(ask(Call::kLoad, "alpha", 200, body).kind, row.kind) << row.message;
  }
}

TEST(MeaningOfAnswer, IsNotFooledByNames) {
  const std::string name = "x' already loaded";
  const std::string body =
      R"({"status":"success","message":"LoRA adapter 'x' already loaded' loaded successfully"})";
  EXPECT_EQ(ask(Call::kLoad, name, 200, body).kind, Kind::kDone);
  EXPECT_EQ(
      ask(Call::kUnload, "x", 500, error_body("Failed to unload 'LoRA adapter 'x' not found'"))
          .kind,
      Kind::kFailed);
  EXPECT_EQ(
      ask(Call::kUnload, "x", 500, error_body("LoRA adapter 'y' not found. Available LoRAs: []"))
          .kind,
      Kind::kFailed);
}

struct ErrorRow {
  std::string message;
  lora::EndpointReason reason;
};

// Of a load of 'n', what is wrong with its source or files; the message stands in
// {"status":"error","message":...}.
const std::vector<ErrorRow>& source_errors() {
  static const std::string add =
      "Failed to add LoRA 'n': Call to add_lora method failed: Worker failed with error '";
  static const std::string trace = "', please check the stack trace above for the root cause";
  static const std::string download = "Failed to download LoRA: Download failed: ";
  static const std::string s3 =
      download +
      "Generic S3 error: Error performing list request: Error performing GET "
      "http://s3/nobucket?list-type=2&prefix=none%2F in 43ms - ";
  static const std::vector<ErrorRow> rows = {
      {download + "Local LoRA not found: file:///no/such/dir", kSourceNotFound},
      {"Failed to download LoRA: LoRA path does not exist: /no", kSourceNotFound},
      {"Failed to download LoRA: LoRA path is not a directory: /etc/hosts", kInvalidAdapter},
      {add + "Loading lora n failed: No adapter found for /full/path/noconfig" + trace,
       kInvalidAdapter},
      {add + "Error while deserializing header: header too large" + trace, kInvalidAdapter},
      {add + "Error while deserializing header: invalid header length 3" + trace, kInvalidAdapter},
      {add +
           "The size of tensor a (64) must match the size of tensor b (96) at non-singleton "
           "dimension 1" +
           trace,
       kInvalidAdapter},
      {add + "LoRA rank 64 is greater than max_lora_rank 16." + trace, kRankTooHigh},
      {"Failed to add LoRA 'n': LoRA rank 64 is greater than max_lora_rank 16.", kRankTooHigh},
      {"Call to add_lora method failed: LoRA rank 64 is greater than max_lora_rank 16.",
       kRankTooHigh},
      {"SGLang failed to load LoRA adapter 'n': LoRA adapter n with rank 64 is incompatible with "
       "the current LoRA memory "
       "pool configuration. Please ensure ...",
       kRankTooHigh},
      {download + "LoRA http://h/x not found in any source", kSourceUnavailable},
      {"Failed to download LoRA: LoRA s3://b/p not found in any source", kSourceUnavailable},
      {download + "HF_HUB_OFFLINE is enabled and hf://org/name@main is not fully cached",
       kSourceUnavailable},
      {download + "resolving Hugging Face repository team/none at revision main",
       kSourceUnavailable},
      {download + "Hugging Face repository hf://team/bad is not a valid LoRA: expected "
                  "adapter_config.json and adapter "
                  "weights",
       kInvalidAdapter},
      {s3 + "Server returned non-2xx status code: 404 Not Found: <?xml "
            "version=\"1.0\"?><Error><Code>NoSuchBucket</Code>"
            "</Error>",
       kSourceNotFound},
      {s3 + "Server returned non-2xx status code: 403 Forbidden: "
            "<Error><Code>AccessDenied</Code></Error>",
       kSourceDenied},
      {s3 + "Server returned non-2xx status code: 401 Unauthorized: ", kSourceDenied},
      {s3 + "after 10 retries, max_retries: 10, retry_timeout: 180s  - HTTP error: error sending "
            "request",
       kSourceUnavailable},
      {download + "No bucket in S3 URI", kSourceNotFound},
      {"Failed to download LoRA: No files found at S3 URI: s3://b/p", kSourceNotFound},
  };
  return rows;
}

// The same: what is wrong with the name or the worker.
const std::vector<ErrorRow>& worker_errors() {
  static const std::string registry = "Failed to register LoRA 'n' in discovery registry: ";
  static const std::vector<ErrorRow> rows = {
      {"LoRA capacity exceeded: at most 4 adapter(s) may be loaded", kCapacityExceeded},
      {registry + "Cannot register model 'n' on endpoint 'dynamo/backend/generate': a different "
                  "model 'n' is already "
                  "registered there",
       kNameConflict},
      {registry + "model update can only change runtime_config.taints", kNameConflict},
      {registry + "model update cannot change discovery identity", kNameConflict},
      {registry + "connection to etcd lost", kLoadFailed},
      {"The lora adapter 'n' conflicts with a served base model.", kNameConflict},
      {"Request-time LoRA adapters cannot be replaced through the admin endpoint", kNameConflict},
      {"'lora_name' is required and must be a string", kLoadFailed},
      {"'source' object is required in request", kLoadFailed},
      {"LoRAManager not initialized. Set DYN_LORA_ENABLED=true to enable URI-based LoRA loading.",
       kLoraDisabled},
      {"SGLang engine does not support LoRA loading (tokenizer_manager not available)",
       kLoraDisabled},
      {"LoRA is not enabled. Please set `--enable-lora` to enable LoRA.", kLoraDisabled},
      {"LoRA 'n' hot-swap aborted; prefix cache reset failed: boom", kLoadFailed},
      {"Failed to remove existing LoRA 'n' before hot-swap: boom", kLoadFailed},
      {"Discovery state for LoRA 'n' could not be reconciled: boom", kLoadFailed},
      {"No response received from endpoint 'load_lora'", kLoadFailed},
      {"[Errno 2] No such file or directory: '/c/adapter_config.json'", kInvalidAdapter},
      {"something new", kLoadFailed},
  };
  return rows;
}

void expect_failed_load(int status, const ErrorRow& row) {
  const Outcome outcome = ask(Call::kLoad, "n", status, error_body(row.message));
  EXPECT_EQ(outcome.kind, Kind::kFailed) << row.message;
  EXPECT_EQ(lora::to_string(outcome.reason), lora::to_string(row.reason)) << row.message;
  EXPECT_THAT(outcome.message, HasSubstr(row.message.substr(0, 20)));
  EXPECT_LE(outcome.message.size(), lora::kWorkerTextMax) << outcome.message;
}

// 0.8 and 0.9 say it with 200, later ones with 500: the body decides.
TEST(MeaningOfAnswer, OfALoadThatFailedWhateverTheCode) {
  for (const auto* rows : {&source_errors(), &worker_errors()}) {
    for (const ErrorRow& row : *rows) {
      for (const int status : {200, 500}) expect_failed_load(status, row);
    }
  }
}

TEST(MeaningOfAnswer, SaysWhatToDoBesideWhatTheWorkerSaid) {
  const Outcome outcome =
      ask(Call::kLoad, "n", 500, error_body("LoRA s3://b/p not found in any source"));
  EXPECT_EQ(outcome.message,
            "LoRA s3://b/p not found in any source; absent, a scheme this worker does not know, or "
            "no access: the worker "
            "does not say which");
  const Outcome cut = ask(Call::kLoad, "n", 500, error_body(std::string(9000, 'x')));
  EXPECT_EQ(cut.message.size(), lora::kWorkerTextMax);
}

TEST(MeaningOfAnswer, HidesTheSecretsOfUris) {
  const std::string uri = "https://user:pass@h/x?sig=1";
  const Question question{Call::kLoad, "n", uri};
  const auto answer =
      read_answer(500, kJson, error_body("LoRA " + uri + " not found in any source"));
  EXPECT_THAT(meaning_of_answer(question, answer).message,
              HasSubstr("LoRA https://***@h/x?*** not found"));
}

TEST(MeaningOfAnswer, OfAnUnload) {
  struct Row {
    int status;
    std::string body;
    Kind kind;
  };

  const Row rows[] = {
      {200,
       R"({"status":"success","message":"LoRA adapter 'n' unloaded successfully","lora_name":"n","lora_id":1})",
       Kind::kDone},
      {500, error_body("LoRA adapter 'n' not found. Available LoRAs: ['alpha']"), Kind::kAbsent},
      {200, error_body("LoRA adapter 'n' not found. Available LoRAs: []"),
       Kind::kAbsent},  // 0.8, 0.9
      {200, R"({"status":"success","message":"LoRA adapter 'n' not found"})",
       Kind::kAbsent},  // the agent
      {500,
       error_body("SGLang failed to unload LoRA adapter 'n': LoRA with name n does not exist. "
                  "Loaded LoRAs: "),
       Kind::kAbsent},
      {500, error_body("Failed to unregister LoRA 'n' from discovery registry: boom"),
       Kind::kFailed},
      {500,
       error_body(
           "LoRA adapter 'n' has an incomplete unload. Retry the unload before loading it again."),
       Kind::kFailed},
  };
  for (const Row& row : rows)
    EXPECT_EQ(ask(Call::kUnload, "n", row.status, row.body).kind, row.kind) << row.body;
}

TEST(MeaningOfAnswer, OfAWorkerWithoutRoutes) {
  for (const char* body : {"Route not found", R"({"error":"Route not found","message":"x"})"}) {
    for (const Call call : {Call::kLoad, Call::kList}) {
      const Outcome outcome = ask(call, "n", 404, body, kText);
      EXPECT_EQ(outcome.kind, Kind::kFailed);
      EXPECT_EQ(outcome.reason, kLoraDisabled);
      EXPECT_THAT(outcome.message, HasSubstr("DYN_LORA_ENABLED=true"));
    }
    // Where nothing can be loaded nothing is left to unload.
    EXPECT_EQ(ask(Call::kUnload, "n", 404, body, kText).kind, Kind::kAbsent);
  }
}

TEST(MeaningWithoutHandlers, IsStartingUntilHealthSaysReady) {
  const std::string texts[] = {
      "LoRA management not available: no 'load_lora' handler is registered (neither a local LoRA "
      "endpoint nor an engine "
      "update). This worker either has LoRA disabled or its backend does not support LoRA "
      "management.",
      "Endpoint 'load_lora' not found in local registry. Make sure it's registered with "
      ".register_local_engine()",
  };
  for (const std::string& text : texts)
    EXPECT_TRUE(lacks_handlers(read_answer(500, kJson, error_body(text)))) << text;
  EXPECT_FALSE(lacks_handlers(read_answer(500, kJson, error_body("other"))));
  EXPECT_FALSE(lacks_handlers(
      read_answer(200, kJson, R"({"status":"success","message":")" + texts[1] + "\"}")));
  EXPECT_FALSE(lacks_handlers(read_answer(404, kText, "Route not found")));

  const Question load{Call::kLoad, "n", "s3://b/n"};
  const Question unload{Call::kUnload, "n", ""};
  Health health;
  EXPECT_EQ(meaning_without_handlers(load, health).reason, kWorkerStarting);
  EXPECT_EQ(meaning_without_handlers(unload, health).kind, Kind::kFailed);
  health.ready = true;
  EXPECT_EQ(meaning_without_handlers(load, health).reason, kLoraDisabled);
  EXPECT_EQ(meaning_without_handlers(load, health).kind, Kind::kFailed);
  EXPECT_EQ(meaning_without_handlers(unload, health).kind, Kind::kAbsent);
  health.endpoints_ready = {"generate", "load_lora"};
  EXPECT_EQ(meaning_without_handlers(load, health).reason, kWorkerStarting);
  const Outcome silent = meaning_without_handlers(
      load, fail(Error::Kind::kUnavailable, "connect: connection refused"));
  EXPECT_EQ(silent.reason, kUnreachable);
  EXPECT_THAT(silent.message, HasSubstr("connection refused"));
}

TEST(MeaningOfAnswer, OfAList) {
  EXPECT_EQ(ask(Call::kList, "", 200, R"({"status":"success","loras":{},"count":0})").kind,
            Kind::kDone);
  EXPECT_EQ(ask(Call::kList, "", 200, error_body("boom")).kind,
            Kind::kFailed);  // a list that failed is 200 everywhere
  EXPECT_EQ(ask(Call::kList, "", 500, error_body("boom")).message, "boom");
  const Outcome missing = ask(Call::kList, "", 200, R"({"status":"success","count":3})");
  EXPECT_EQ(missing.kind, Kind::kFailed);
  EXPECT_THAT(missing.message, HasSubstr("the list of adapters is missing"));
}

TEST(MeaningOfAnswer, OfTheFrameworksOwnTexts) {
  const std::pair<int, std::string> rows[] = {
      {422,
       "Failed to deserialize the JSON body into the target type: missing field `source` at line 1 "
       "column 17"},
      {400, "Failed to parse the request body as JSON: key must be a string at line 1 column 2"},
      {415, "Expected request with `Content-Type: application/json`"},
      {500, "Internal Server Error"},
  };
  for (const auto& [status, text] : rows) {
    const Outcome outcome = ask(Call::kLoad, "n", status, text, kText);
    EXPECT_EQ(outcome.kind, Kind::kFailed);
    EXPECT_EQ(outcome.reason, kLoadFailed);
    EXPECT_EQ(outcome.message, "HTTP " + std::to_string(status) + ": " + text);
  }
}

TEST(MeaningOfAnswer, OfWhatIsNoWorker) {
  struct Row {
    int status;
    std::string type, body;
    Kind load;
    std::string message;
  };

  const Row rows[] = {
      {200, "text/html", "<!doctype html><title>x</title>", Kind::kUnknown,
       "HTTP 200 with an HTML page"},
      {200, "", " <html>", Kind::kUnknown, "a page of markup"},
      {200, kText, "OK", Kind::kUnknown, "HTTP 200 with \"OK\": this is no worker's answer"},
      {200, kJson, "", Kind::kUnknown, "an empty body"},
      {200, kJson, R"({"status":"succ)", Kind::kUnknown, "this is no worker's answer"},
      {200, kJson, R"({"hello":1})", Kind::kUnknown, "this is no worker's answer"},
      {200, kJson, std::string("\0\xFF\x01", 3), Kind::kUnknown, "this is no worker's answer"},
      {302, "text/html", "<a>", Kind::kFailed, "HTTP 302 with an HTML page: a redirect"},
      {307, "", "", Kind::kFailed, "workers do not redirect"},
      {401, kText, "no", Kind::kFailed, "another server than a worker"},
      {403, kText, "RBAC: access denied", Kind::kFailed, "RBAC: access denied"},
      {404, kText, "404 page not found", Kind::kFailed, "another server than a worker"},
      {405, "", "", Kind::kFailed, "HTTP 405 with an empty body"},
      {500, "text/html", "<html>oops</html>", Kind::kFailed, "an HTML page"},
      {502, "text/html", "<html>", Kind::kUnknown, "got no answer from the worker"},
      {503, kText, "upstream connect error", Kind::kFailed, "does not reach the worker"},
      {504, "", "", Kind::kUnknown, "got no answer from the worker"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::to_string(row.status) + row.body);
    const Outcome load = ask(Call::kLoad, "n", row.status, row.body, row.type);
    EXPECT_EQ(load.kind, row.load);
    EXPECT_EQ(load.reason, kUnreachable);
    EXPECT_THAT(load.message, HasSubstr(row.message));
    EXPECT_EQ(ask(Call::kList, "", row.status, row.body, row.type).kind, Kind::kFailed);
  }
}

TEST(MeaningOfAnswer, SuccessWithAnErrorCodeIsNoSuccess) {
  const Outcome outcome = ask(Call::kLoad, "n", 500, R"({"status":"success"})");
  EXPECT_EQ(outcome.kind, Kind::kFailed);
  EXPECT_EQ(outcome.message, "HTTP 500 without a message");
}

TEST(MeaningOfError, TellsWhatMayHaveHappened) {
  struct Row {
    Error::Kind error;
    std::string message;
    Kind load;
    lora::EndpointReason reason;
  };

  const Row rows[] = {
      {Error::Kind::kUnavailable, "connect: connection refused", Kind::kFailed, kUnreachable},
      {Error::Kind::kMayHaveArrived, "the answer was cut off", Kind::kUnknown, kUnreachable},
      {Error::Kind::kTimeout, "connect: no connection within 5000 ms", Kind::kFailed, kUnreachable},
      {Error::Kind::kTimeout, "no answer within 5000 ms", Kind::kUnknown, kTimeout},
      {Error::Kind::kTooLarge, "the body is larger than the 1048576 bytes allowed", Kind::kUnknown,
       kUnreachable},
      {Error::Kind::kCancelled, "this process is not the leader", Kind::kUnknown, kUnreachable},
      {Error::Kind::kInvalid, "the URL is not usable", Kind::kFailed, kUnreachable},
  };
  for (const Row& row : rows) {
    const Error error{row.error, row.message};
    const Outcome load = meaning_of_error({Call::kLoad, "n", "s3://b/n"}, error);
    EXPECT_EQ(load.kind, row.load) << row.message;
    EXPECT_EQ(load.reason, row.reason) << row.message;
    EXPECT_EQ(load.message, row.message);
    const Outcome list = meaning_of_error({Call::kList, "", ""}, error);
    EXPECT_EQ(list.kind, Kind::kFailed);
    EXPECT_EQ(list.reason, row.reason);
  }
}

TEST(Matches, HasStarsAndTheName) {
  EXPECT_TRUE(matches("*", "", "n"));
  EXPECT_TRUE(matches("a*c", "abc", "n"));
  EXPECT_TRUE(matches("a*c", "abcbc", "n"));
  EXPECT_TRUE(matches("'{n}' x*", "'a*b' xyz", "a*b"));
  EXPECT_TRUE(matches("*{n}*", "zznzz", "n"));
  EXPECT_FALSE(matches("a*c", "abcd", "n"));
  EXPECT_FALSE(matches("'{n}'", "'m'", "n"));
  EXPECT_FALSE(matches("abc", "abcd", "n"));
  EXPECT_FALSE(matches("a*b*c", "acb", "n"));
}

}  // namespace
}  // namespace dynamod::worker
