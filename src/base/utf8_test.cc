// Valid and invalid UTF-8.
#include "base/utf8.h"

#include <vector>

#include <gtest/gtest.h>

namespace dynamod::base {
namespace {

TEST(Utf8, AcceptsEveryLengthAndItsEdges) {
  for (const char32_t point : {0x00u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFDu,
                               0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string text;
    append_utf8(text, point);
    const auto read = first_code_point(text);
    EXPECT_EQ(read.value, point);
    EXPECT_EQ(read.length, text.size());
    EXPECT_EQ(find_invalid_utf8(text + text), std::string_view::npos);
  }
}

TEST(Utf8, FindsTheFirstBadByte) {
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3("}) {
    EXPECT_EQ(find_invalid_utf8("ab" + std::string(bad)), 2) << bad;
  }
}

TEST(Utf8, ReplacesEachBadByte) {
  EXPECT_EQ(replace_invalid_utf8("a\xFF\xE2\x82z"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(replace_invalid_utf8("\xC3\xA4"), "\xC3\xA4");
}

TEST(Utf8, CutsBetweenCodePoints) {
  EXPECT_EQ(cut_utf8("abc", 3), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("a\xC3\xA4", 2), "a");
  EXPECT_EQ(cut_utf8("\xF0\x9F\x98\x80", 3), "");
}

}  // namespace
}  // namespace dynamod::base
