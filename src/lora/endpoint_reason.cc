// The words of the reasons.
#include "lora/endpoint_reason.h"

#include <algorithm>
#include <array>

namespace dynamod::lora {

namespace {

using enum EndpointReason;

constexpr std::array kAll = {
    kLoaded,           kLoading,      kReloading,         kUnloading,      kPodNotReady,
    kWorkerStarting,   kUnreachable,  kTimeout,           kLoraDisabled,   kCoveredByPeer,
    kSourceNotFound,   kSourceDenied, kSourceUnavailable, kInvalidAdapter, kRankTooHigh,
    kCapacityExceeded, kNameConflict, kLoadFailed,
};

}  // namespace

std::span<const EndpointReason> all_endpoint_reasons() {
  return kAll;
}

std::string_view to_string(EndpointReason reason) {
  switch (reason) {
    case kLoaded:
      return "Loaded";
    case kLoading:
      return "Loading";
    case kReloading:
      return "Reloading";
    case kUnloading:
      return "Unloading";
    case kPodNotReady:
      return "PodNotReady";
    case kWorkerStarting:
      return "WorkerStarting";
    case kUnreachable:
      return "Unreachable";
    case kTimeout:
      return "Timeout";
    case kLoraDisabled:
      return "LoraDisabled";
    case kCoveredByPeer:
      return "CoveredByPeer";
    case kSourceNotFound:
      return "SourceNotFound";
    case kSourceDenied:
      return "SourceDenied";
    case kSourceUnavailable:
      return "SourceUnavailable";
    case kInvalidAdapter:
      return "InvalidAdapter";
    case kRankTooHigh:
      return "RankTooHigh";
    case kCapacityExceeded:
      return "CapacityExceeded";
    case kNameConflict:
      return "NameConflict";
    case kLoadFailed:
      return "LoadFailed";
  }
  return "";
}

std::optional<EndpointReason> parse_endpoint_reason(std::string_view word) {
  const auto found =
      std::ranges::find(kAll, word, [](EndpointReason reason) { return to_string(reason); });
  return found == kAll.end() ? std::nullopt : std::optional(*found);
}

}  // namespace dynamod::lora
