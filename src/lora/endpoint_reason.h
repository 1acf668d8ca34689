// Why an endpoint of a model is ready or not, in one word. The words are an API: they stand in
// status, metrics and documents (docs/operations.md says what to do about each).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace dynamod::lora {

enum class EndpointReason : std::uint8_t {
  kLoaded,
  kLoading,
  kReloading,
  kUnloading,
  kPodNotReady,
  kWorkerStarting,     // it answers, its engine is not up yet
  kUnreachable,        // refused, reset, or something answers there that is no worker
  kTimeout,            // no answer within the deadline; the work may go on there
  kLoraDisabled,       // started without LoRA, or its backend has none
  kCoveredByPeer,      // a prefill worker without LoRA whose sibling serves the adapter
  kSourceNotFound,     // the worker says that nothing is there
  kSourceDenied,       // the source refused the worker's credentials
  kSourceUnavailable,  // absent, unsupported scheme, no access or no network: stock workers do not
                       // say which
  kInvalidAdapter,     // fetched, and the engine cannot use the files
  kRankTooHigh,
  kCapacityExceeded,
  kNameConflict,  // another model or adapter holds the name, or one that discovery cannot tell from
                  // it
  kLoadFailed,    // anything else; the message says what
};

// Every reason, in the order above.
[[nodiscard]] std::span<const EndpointReason> all_endpoint_reasons();
// "SourceNotFound"
[[nodiscard]] std::string_view to_string(EndpointReason reason);
[[nodiscard]] std::optional<EndpointReason> parse_endpoint_reason(std::string_view word);

}  // namespace dynamod::lora
