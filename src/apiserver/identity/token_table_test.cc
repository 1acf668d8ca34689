// Tokens known by heart, and the CSV file they come in.
#include "apiserver/identity/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::apiserver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string shown(const User* user) {
  if (!user) return "unknown";
  std::string text = user->name + " " + user->uid;
  for (const std::string& group : user->groups) text += " " + group;
  return text;
}

TEST(TokenFile, NamesUsersAndGroups) {
  const struct {
    std::string_view text;
    std::string_view token;
    std::string_view user;
  } rows[] = {
      {"t,bob,7", "t", "bob 7"},
      {"t,bob,7\n", "t", "bob 7"},
      {"t,bob,7\r\n", "t", "bob 7"},
      {"t,bob,7\r\nu,eve,8\r\n", "u", "eve 8"},
      {"\n\nt,bob,7\n\n", "t", "bob 7"},
      {"t,bob,7,admins", "t", "bob 7 admins"},
      {"t,bob,7,\"a,b\"\nu,eve,8,c", "t", "bob 7 a b"},
      {"t,bob,7,\"a,b\"\nu,eve,8,c", "u", "eve 8 c"},
      {"t,bob,7,\n", "t", "bob 7"},
      {"t,bob,7,a,ignored", "t", "bob 7 a"},
      {"\"t\",\"bob \"\"the\"\" builder\",7", "t", "bob \"the\" builder 7"},
      {"\"t,1\",\"two\nlines\",7", "t,1", "two\nlines 7"},
      {"t,,", "t", " "},
      {"t,bob,7", "T", "unknown"},
      {"t,bob,7", "", "unknown"},
      {"", "t", "unknown"},
  };

  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto file = parse_token_file(row.text, "tokens.csv");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_THAT(file->warnings, IsEmpty());
    EXPECT_EQ(shown(file->tokens.find(row.token)), row.user);
  }
}

TEST(TokenFile, SaysWhichLineIsWrongAndNeverItsToken) {
  const struct {
    std::string_view text;
    std::string_view message;
  } rows[] = {
      {"hidden", "line 1 must have at least 3 columns (token, user name, user uid), found 1"},
      {"a,b,c\nhidden,bob\n", "line 2 must have at least 3 columns"},
      {"\"a\nb\",b,c\nhidden,bob\n", "line 3 must have at least 3 columns"},
      {"\"hidden,bob,7", "a quote is not closed"},
      {"\"hidden\"x,bob,7", "a quote is not closed"},
  };

  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    const auto file = parse_token_file(row.text, "tokens.csv");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, Error::Kind::kInvalid);
    EXPECT_THAT(file.error().message, HasSubstr("token file tokens.csv: "));
    EXPECT_THAT(file.error().message, HasSubstr(row.message));
    EXPECT_THAT(file.error().message, Not(HasSubstr("hidden")));
  }
}

TEST(TokenFile, WarnsOfLinesThatDoNothing) {
  const auto file = parse_token_file(",bob,7\nt,bob,7\nt,eve,8\n", "f");
  ASSERT_TRUE(file);
  EXPECT_THAT(file->warnings, ElementsAre("token file f: line 1 has an empty token",
                                          "token file f: line 3 repeats a token"));
  EXPECT_EQ(file->tokens.size(), 1U);
  EXPECT_EQ(shown(file->tokens.find("t")), "eve 8") << "the last one counts";
}

TEST(TokenTable, MadeTokensAreLongAndDiffer) {
  const std::string first = make_token();
  EXPECT_EQ(first.size(), 43U);
  EXPECT_NE(first, make_token());
}

}  // namespace
}  // namespace dynamod::apiserver
