// Slugs, as runs of Dynamo's runtime showed them.
#include "lora/discovery_slug.h"

#include <gtest/gtest.h>

namespace dynamod::lora {
namespace {

TEST(DiscoverySlug, IsLowerCaseAsciiWithoutLeadingUnderscores) {
  const std::pair<std::string, std::string> cases[] = {
      {"my-lora", "my-lora"},
      {"x/y", "x_y"},
      {"X/Y", "x_y"},
      {"x.y", "x_y"},
      {"x y", "x_y"},
      {"a-b", "a-b"},  // "-" stays, so a-b and a_b are no twins
      {"__x", "x"},    // a twin of "x"
      {"-", "-"},
      {"a\xC3\xBC", "a_"},
      {"\xE2\x84\xAA"
       "1",
       "k1"},  // KELVIN SIGN
      {"\xC4\xB0"
       "x",
       "i_x"},  // capital I with dot: "i" and a combining dot
      {"a\xFF\xFE"
       "b",
       "a__b"},  // broken UTF-8: one for each byte
  };
  for (const auto& [name, slug] : cases) EXPECT_EQ(discovery_slug(name), slug) << name;
}

TEST(DiscoverySlug, IsEmptyForNamesThatCannotBePublished) {
  for (const char* name : {"", "_", "___", "..", "/", "\xC3\xBC", "\xC3\xA9 \xC3\xBC?#"}) {
    EXPECT_EQ(discovery_slug(name), "") << name;
  }
}

}  // namespace
}  // namespace dynamod::lora
