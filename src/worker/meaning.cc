// From an answer, or the lack of one, to an Outcome.
#include "worker/meaning.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lora/worker_text.h"
#include "worker/meaning_table.h"

namespace dynamod::worker {

namespace {

using Kind = Outcome::Kind;
using Reason = lora::EndpointReason;

// Of a message, what the table is compared with: texts that matter stand at the start, an S3 error
// page behind them.
constexpr std::size_t kComparedTextMax = 4096;
constexpr std::size_t kSayRoomMin = 128;  // of what the worker said, kept even beside long advice

constexpr std::string_view kNoHandlersNew =
    "LoRA management not available: no '*' handler is registered*";  // 1.0 on
constexpr std::string_view kNoHandlersOld =
    "Endpoint '*' not found in local registry*";  // 0.8, 0.9
constexpr std::string_view kRouteNotFound = "Route not found";
constexpr std::string_view kNoRoutes =
    "the worker has no /v1/loras routes: start it with DYN_LORA_ENABLED=true and --enable-lora";

// A call that changes nothing cannot have an unknown outcome.
bool changes_something(Call call) {
  return call == Call::kLoad || call == Call::kUnload;
}

Kind unknown_kind(Call call) {
  return changes_something(call) ? Kind::kUnknown : Kind::kFailed;
}

Outcome unreachable(Kind kind, std::string message) {
  return {kind, Reason::kUnreachable, std::move(message)};
}

// What the worker said, then what to do, together short enough for status.
std::string say(const Question& question, std::string_view text, std::string_view advice) {
  if (advice.empty()) return lora::worker_text(text, question.uri);
  const std::size_t used = advice.size() + 2;
  const std::size_t room =
      used + kSayRoomMin > lora::kWorkerTextMax ? kSayRoomMin : lora::kWorkerTextMax - used;
  std::string said = lora::worker_text(text, question.uri, room);
  if (said.empty()) return std::string(advice);
  return said.append("; ").append(advice);
}

bool is_success_code(int status) {
  return status >= 200 && status < 300;
}

bool starts_with_markup(std::string_view body) {
  const auto start = body.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && body[start] == '<';
}

// What stands in an answer that is not a worker's, for people.
std::string body_in_words(const Question& question, const Answer& answer) {
  if (answer.body.empty()) return "an empty body";
  if (answer.content_type.contains("html")) return "an HTML page";
  if (starts_with_markup(answer.body)) return "a page of markup";
  return "\"" + lora::worker_text(answer.body, question.uri, kSayRoomMin) + "\"";
}

Outcome no_worker(Kind kind, const Question& question, const Answer& answer, std::string_view why) {
  return unreachable(kind, fmt::format("HTTP {} with {}: {}", answer.status,
                                       body_in_words(question, answer), why));
}

// Texts of the worker's framework, and whatever a proxy or another server may say.
Outcome meaning_of_foreign(const Question& question, const Answer& answer) {
  const Kind unknown = unknown_kind(question.call);
  const bool is_page = answer.content_type.contains("html") || starts_with_markup(answer.body);
  if (is_success_code(answer.status)) {
    return no_worker(unknown, question, answer, "this is no worker's answer");
  }
  switch (answer.status) {
    case 400:
    case 413:
    case 415:
    case 422:
    case 500:
      if (is_page || answer.body.empty()) break;
      return {Kind::kFailed, Reason::kLoadFailed,
              say(question, fmt::format("HTTP {}: {}", answer.status, answer.body), "")};
    case 502:
    case 504:  // a proxy that has lost the worker after it passed the request on
      return no_worker(unknown, question, answer,
                       "a proxy on the way got no answer from the worker");
    case 503:
      return no_worker(Kind::kFailed, question, answer,
                       "a proxy on the way does not reach the worker");
    default:
      break;
  }
  if (answer.status >= 300 && answer.status < 400) {
    return no_worker(Kind::kFailed, question, answer,
                     "a redirect, and workers do not redirect: another server answers here");
  }
  return no_worker(Kind::kFailed, question, answer, "another server than a worker answers here");
}

Outcome meaning_of_text(const Question& question, const Answer& answer, const LoraAnswer& said) {
  const bool success = said.status == "success" && is_success_code(answer.status);
  if (success && question.call == Call::kList && !said.names) {
    return no_worker(Kind::kFailed, question, answer, "the list of adapters is missing");
  }
  const std::string_view text = std::string_view(said.message).substr(0, kComparedTextMax);
  const TextRow& row =
      find_text_row(success ? Said::kSuccess : Said::kError, question.call, text, question.name);
  Outcome outcome{row.kind, row.reason, say(question, said.message, row.advice)};
  if (outcome.message.empty() && !outcome.ok()) {
    outcome.message = fmt::format("HTTP {} without a message", answer.status);
  }
  return outcome;
}

// Nothing can be loaded where there are no handlers, so an unload has nothing to do.
Outcome no_lora(const Question& question, std::string message) {
  const bool is_unload = question.call == Call::kUnload;
  return {is_unload ? Kind::kAbsent : Kind::kFailed, Reason::kLoraDisabled, std::move(message)};
}

}  // namespace

std::string_view to_string(Outcome::Kind kind) {
  switch (kind) {
    case Kind::kDone:
      return "done";
    case Kind::kAlreadyThere:
      return "already there";
    case Kind::kAbsent:
      return "absent";
    case Kind::kFailed:
      return "failed";
    case Kind::kUnknown:
      return "unknown";
  }
  return "";
}

Answer read_answer(int status, std::string content_type, std::string body) {
  auto said = parse_lora_answer(body);
  return {status, std::move(content_type), std::move(body),
          said ? std::optional(*std::move(said)) : std::nullopt};
}

bool lacks_handlers(const Answer& answer) {
  if (!answer.said || answer.said->status != "error") return false;
  const std::string_view text = std::string_view(answer.said->message).substr(0, kComparedTextMax);
  return matches(kNoHandlersNew, text, "") || matches(kNoHandlersOld, text, "");
}

Outcome meaning_without_handlers(const Question& question, const Result<Health>& health) {
  constexpr Reason kStarting = Reason::kWorkerStarting;
  if (!health) {
    return unreachable(
        Kind::kFailed,
        "the worker has no LoRA handlers (yet), and its /health does not tell whether it is "
        "starting: " +
            lora::worker_text(health.error().message, "", kSayRoomMin));
  }
  if (!health->ready) return {Kind::kFailed, kStarting, "the worker's engine is starting"};
  // Handlers and readiness appear together: it became ready between the two answers.
  if (health->can_load()) return {Kind::kFailed, kStarting, "the worker's engine has just started"};
  return no_lora(
      question,
      "the worker is ready and has no LoRA handlers: it was started without --enable-lora, "
      "or its backend has no LoRA");
}

Outcome meaning_of_answer(const Question& question, const Answer& answer) {
  if (answer.status == 404 && answer.body.contains(kRouteNotFound)) {
    return no_lora(question, std::string(kNoRoutes));
  }
  const bool is_workers =
      answer.said && (answer.said->status == "success" || answer.said->status == "error");
  return is_workers ? meaning_of_text(question, answer, *answer.said)
                    : meaning_of_foreign(question, answer);
}

Outcome meaning_of_error(const Question& question, const Error& error) {
  const std::string message = lora::worker_text(error.message, question.uri);
  switch (error.kind) {
    case Error::Kind::kTimeout:
      // Transport's promise: only a limit on connecting says "connect", and then nothing was sent.
      if (error.message.starts_with("connect")) return unreachable(Kind::kFailed, message);
      return {unknown_kind(question.call), Reason::kTimeout, message};
    case Error::Kind::kMayHaveArrived:
    case Error::Kind::kTooLarge:
    case Error::Kind::kCancelled:
      return unreachable(unknown_kind(question.call), message);
    default:
      return unreachable(Kind::kFailed, message);
  }
}

}  // namespace dynamod::worker
