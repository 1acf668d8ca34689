// What a worker's answer means: one table for every text of every worker version (0.8 to 1.6), and
// what a call means that got no answer. Pure. The table is in meaning_table.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lora/endpoint_reason.h"
#include "worker/lora_api.h"

namespace dynamod::worker {

enum class Call : std::uint8_t { kLoad, kUnload, kList, kHealth };

// How a call ended, in the words of the status.
struct Outcome {
  enum class Kind : std::uint8_t {
    kDone,          // the worker says that it loaded (swapped, unloaded) the adapter
    kAlreadyThere,  // a load: the name was loaded before, from a source that the worker does not
                    // compare
    kAbsent,        // an unload: the worker holds no such adapter
    kFailed,        // it did not happen
    kUnknown,       // it may have happened or be under way: only a list tells
  };

  Kind kind = Kind::kFailed;
  // Of kFailed and kUnknown.
  lora::EndpointReason reason = lora::EndpointReason::kLoadFailed;
  std::string message;  // fit for status (lora/worker_text.h): what the worker said, and what to do
                        // when that is known

  [[nodiscard]] bool ok() const { return kind != Kind::kFailed && kind != Kind::kUnknown; }

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] std::string_view to_string(Outcome::Kind kind);

// What was asked. `name` and `uri` are those of the call ("" for a list).
struct Question {
  Call call = Call::kList;
  std::string name;
  std::string uri;
};

// A whole HTTP answer, its body read once.
struct Answer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::optional<LoraAnswer> said;  // nothing when the body is not of that form
};

[[nodiscard]] Answer read_answer(int status, std::string content_type, std::string body);

// True for the two texts that say "no LoRA handler is registered": while the engine starts, and for
// ever when there is no LoRA. Only /health tells which; then meaning_without_handlers() is the
// meaning.
[[nodiscard]] bool lacks_handlers(const Answer& answer);
[[nodiscard]] Outcome meaning_without_handlers(const Question& question,
                                               const Result<Health>& health);

// The meaning of any other answer. A list that is kDone has answer.said->names.
[[nodiscard]] Outcome meaning_of_answer(const Question& question, const Answer& answer);
// The meaning of an Error of http::Transport.
[[nodiscard]] Outcome meaning_of_error(const Question& question, const Error& error);

}  // namespace dynamod::worker
