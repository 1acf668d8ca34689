// Every text that a worker of version 0.8 to 1.6 answers with, and what it means. Texts of the
// engine below (vLLM, SGLang) and of the downloader stand inside the worker's own, so those
// patterns are open on the left.
#include "worker/meaning_table.h"

#include <algorithm>
#include <array>

namespace dynamod::worker {

namespace {

using enum Said;
using Kind = Outcome::Kind;
using Reason = lora::EndpointReason;

constexpr auto kAnyCall = std::optional<Call>();
constexpr auto kLoad = std::optional(Call::kLoad);
constexpr auto kUnload = std::optional(Call::kUnload);

constexpr std::string_view kCheckSource = "check source.uri, and the worker's access to it";
constexpr std::string_view kNotSaid =
    "absent, a scheme this worker does not know, or no access: the worker does not say which";
constexpr std::string_view kCredentials = "check the worker's credentials for this source";
constexpr std::string_view kEnableLora =
    "start the worker with DYN_LORA_ENABLED=true and --enable-lora";
constexpr std::string_view kTwin =
    "another adapter there has this name but for case and punctuation: choose a name that differs "
    "in letters or digits";
constexpr std::string_view kBroken =
    "the adapter's files are damaged or incomplete; workers keep what they fetched, so "
    "publish it again under another URI";

constexpr TextRow load_fails(std::string_view pattern, Reason reason,
                             std::string_view advice = "") {
  return {kError, kLoad, pattern, Kind::kFailed, reason, advice};
}

constexpr std::array kRows = {
    TextRow{kSuccess, kLoad, "LoRA adapter '{n}' already loaded", Kind::kAlreadyThere,
            Reason::kLoaded, ""},
    TextRow{kSuccess, kLoad, "*", Kind::kDone, Reason::kLoaded, ""},  // loaded or hot-swapped
    TextRow{kSuccess, kUnload, "LoRA adapter '{n}' not found*", Kind::kAbsent, Reason::kUnloading,
            ""},
    TextRow{kSuccess, kAnyCall, "*", Kind::kDone, Reason::kUnloading, ""},

    // An unload of what is not there.
    TextRow{kError, kUnload, "LoRA adapter '{n}' not found*", Kind::kAbsent, Reason::kUnloading,
            ""},
    TextRow{kError, kUnload, "*LoRA with name {n} does not exist*", Kind::kAbsent,
            Reason::kUnloading, ""},

    // No LoRA in this worker.
    TextRow{kError, kAnyCall, "LoRAManager not initialized*", Kind::kFailed, Reason::kLoraDisabled,
            kEnableLora},
    TextRow{kError, kAnyCall, "SGLang engine does not support LoRA*", Kind::kFailed,
            Reason::kLoraDisabled, ""},
    TextRow{kError, kAnyCall, "*LoRA is not enabled*", Kind::kFailed, Reason::kLoraDisabled,
            kEnableLora},

    // Limits of the engine.
    load_fails("*LoRA rank * is greater than max_lora_rank*", Reason::kRankTooHigh,
               "start the workers with a higher --max-lora-rank"),
    load_fails("*with rank * is incompatible with the current LoRA memory pool*",
               Reason::kRankTooHigh, "start the workers with a higher --max-lora-rank"),
    load_fails("LoRA capacity exceeded*", Reason::kCapacityExceeded,
               "delete a model of this base, or start the workers with a higher limit"),

    // Names that discovery cannot hold (from 1.5; older workers answer with success).
    load_fails("*in discovery registry:*a different model * is already registered there*",
               Reason::kNameConflict,
               "modelName must differ from every name that the worker serves"),
    load_fails("*in discovery registry:*model update can only change *", Reason::kNameConflict,
               kTwin),
    load_fails("*in discovery registry:*model update cannot change discovery identity*",
               Reason::kNameConflict, "modelName needs at least one of a-z, 0-9 or \"-\""),
    load_fails("*conflicts with a served base model*", Reason::kNameConflict,
               "modelName must differ from every name that the worker serves"),
    load_fails("Request-time LoRA adapters cannot be replaced*", Reason::kNameConflict),

    // The source.
    load_fails("*Local LoRA not found:*", Reason::kSourceNotFound,
               "the directory must exist on every worker"),
    load_fails("*LoRA path does not exist:*", Reason::kSourceNotFound,
               "the directory must exist on every worker"),
    load_fails("*LoRA path is not a directory:*", Reason::kInvalidAdapter,
               "source.uri must name the adapter's directory"),
    load_fails("*No files found at S3 URI:*", Reason::kSourceNotFound, kCheckSource),
    load_fails("*No bucket in S3 URI*", Reason::kSourceNotFound,
               "write s3://bucket/path/to/adapter"),
    load_fails("*non-2xx status code: 404*", Reason::kSourceNotFound, kCheckSource),
    load_fails("*non-2xx status code: 403*", Reason::kSourceDenied, kCredentials),
    load_fails("*non-2xx status code: 401*", Reason::kSourceDenied, kCredentials),
    load_fails("*lacked the necessary privileges*", Reason::kSourceDenied, kCredentials),
    load_fails("*lacked valid authentication credentials*", Reason::kSourceDenied, kCredentials),
    load_fails("*not found in any source*", Reason::kSourceUnavailable, kNotSaid),
    load_fails("*Hugging Face repository * is not a valid LoRA*", Reason::kInvalidAdapter),
    load_fails("*resolving Hugging Face repository *", Reason::kSourceUnavailable,
               "no such repository or revision, no access, or Hugging Face is out of reach: the "
               "worker does not say which"),
    load_fails("*HF_HUB_OFFLINE is enabled*", Reason::kSourceUnavailable,
               "start the worker without HF_HUB_OFFLINE, or put the repository into its cache"),

    // The files.
    load_fails("*No adapter found for *", Reason::kInvalidAdapter,
               "adapter_config.json is missing there"),
    load_fails("*Error while deserializing header*", Reason::kInvalidAdapter, kBroken),
    load_fails("*invalid header*", Reason::kInvalidAdapter, kBroken),
    load_fails("*The size of tensor * must match the size of tensor *", Reason::kInvalidAdapter,
               "the adapter was trained for another base model"),
    load_fails("*adapter_config.json*", Reason::kInvalidAdapter),

    load_fails("Failed to download LoRA:*", Reason::kSourceUnavailable, kCheckSource),
    TextRow{kError, kAnyCall, "*", Kind::kFailed, Reason::kLoadFailed, ""},
};

// Takes `piece` from the start of `text`, with "{n}" as `name`. False, and `text` is anything, when
// it is not there.
bool take_piece(std::string_view& text, std::string_view piece, std::string_view name) {
  constexpr std::string_view kName = "{n}";
  while (!piece.empty()) {
    const auto place = piece.find(kName);
    const std::string_view literal = piece.substr(0, place);
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    if (place == std::string_view::npos) return true;
    if (!text.starts_with(name)) return false;
    text.remove_prefix(name.size());
    piece.remove_prefix(place + kName.size());
  }
  return true;
}

// What follows the first place in `text` where `piece` stands (and, for the last piece, where
// nothing follows it).
std::optional<std::string_view> after_piece(std::string_view text, std::string_view piece,
                                            std::string_view name, bool last) {
  for (std::size_t start = 0; start <= text.size(); ++start) {
    std::string_view rest = text.substr(start);
    if (take_piece(rest, piece, name) && (!last || rest.empty())) return rest;
  }
  return std::nullopt;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text, std::string_view name) {
  auto star = pattern.find('*');
  if (!take_piece(text, pattern.substr(0, star), name)) return false;
  if (star == std::string_view::npos) return text.empty();
  while (star != std::string_view::npos) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    const auto rest =
        after_piece(text, pattern.substr(0, star), name, star == std::string_view::npos);
    if (!rest) return false;
    text = *rest;
  }
  return true;
}

const TextRow& find_text_row(Said said, Call call, std::string_view message,
                             std::string_view name) {
  const auto row = std::ranges::find_if(kRows, [&](const TextRow& candidate) {
    return candidate.said == said && (!candidate.call || candidate.call == call) &&
           matches(candidate.pattern, message, name);
  });
  DYN_ASSERT(row != kRows.end());  // the last rows of success and of error fit everything
  return *row;
}

}  // namespace dynamod::worker
