// The words of the reasons are an API.
#include "lora/endpoint_reason.h"

#include <string>

#include <gtest/gtest.h>

namespace dynamod::lora {
namespace {

TEST(EndpointReason, HasTheWordsOfTheDesign) {
  std::string words;
  for (const EndpointReason reason : all_endpoint_reasons())
    words.append(to_string(reason)).append(" ");
  EXPECT_EQ(words,
            "Loaded Loading Reloading Unloading PodNotReady WorkerStarting Unreachable Timeout "
            "LoraDisabled "
            "CoveredByPeer SourceNotFound SourceDenied SourceUnavailable InvalidAdapter "
            "RankTooHigh CapacityExceeded "
            "NameConflict LoadFailed ");
}

TEST(EndpointReason, IsReadBackFromItsWord) {
  for (const EndpointReason reason : all_endpoint_reasons()) {
    EXPECT_EQ(parse_endpoint_reason(to_string(reason)), reason);
  }
  EXPECT_EQ(parse_endpoint_reason("loaded"), std::nullopt);
  EXPECT_EQ(parse_endpoint_reason(""), std::nullopt);
}

}  // namespace
}  // namespace dynamod::lora
