// Hashes that Dynamo's own operator makes too.
#include "lora/base_model.h"

#include <gtest/gtest.h>

namespace dynamod::lora {
namespace {

TEST(BaseModel, HashIsTheStartOfSha256) {
  const std::pair<std::string, std::string> cases[] = {
      {"Qwen/Qwen3-0.6B", "fb68f5a6"},
      {"meta-llama/Llama-3.3-70B-Instruct", "99668f5d"},
      {"test/model", "bbae3530"},
      {"base-model-lora", "d05fb913"},
      {"", "e3b0c442"},
  };
  for (const auto& [name, hash] : cases) EXPECT_EQ(base_model_hash(name), hash) << name;
}

TEST(BaseModel, ServiceIsNamedAfterTheHash) {
  EXPECT_EQ(base_model_service("Qwen/Qwen3-0.6B"), "dynamo-model-fb68f5a6");
}

}  // namespace
}  // namespace dynamod::lora
