// Who owns a name.
#include "controllers/model/ownership.h"

#include <gtest/gtest.h>

namespace dynamod::controllers::model {
namespace {

constexpr WallTime at(int seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

struct Case {
  const char* what;
  std::vector<Claim> claims;
  std::optional<std::size_t> owner;
};

TEST(OwnerOf, FollowsTheOrderOfClaims) {
  const std::vector<Case> cases = {
      {"nobody", {}, std::nullopt},
      {"the only one", {{"a", at(1), "x", false, {}}}, 0},
      {"another name", {{"a", at(1), "y", false, {}}}, std::nullopt},
      {"the older", {{"a", at(2), "x", false, {}}, {"b", at(1), "x", false, {}}}, 1},
      {"the smaller name of equals",
       {{"b", at(1), "x", false, {}}, {"a", at(1), "x", false, {}}},
       1},
      {"the incumbent before the older",
       {{"a", at(1), "x", false, {}}, {"b", at(2), "x", false, {"x"}}},
       1},
      {"a deleting incumbent keeps it",
       {{"a", at(1), "x", false, {}}, {"b", at(2), "x", true, {"x"}}},
       1},
      {"a deleting claimant owns nothing it does not hold",
       {{"a", at(1), "x", true, {}}, {"b", at(2), "x", false, {}}},
       1},
      {"one that was renamed away holds it until it is unloaded",
       {{"a", at(1), "y", false, {"y", "x"}}, {"b", at(2), "x", false, {}}},
       0},
      {"two incumbents: the older",
       {{"a", at(2), "x", false, {"x"}}, {"b", at(1), "x", false, {"x"}}},
       1},
  };
  for (const Case& c : cases) EXPECT_EQ(owner_of("x", c.claims), c.owner) << c.what;
}

}  // namespace
}  // namespace dynamod::controllers::model
