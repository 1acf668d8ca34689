// Answers taken out of raw bytes, whole and cut anywhere.
#include "http/parsed_answer.h"

#include <gtest/gtest.h>

namespace dynamod::http {
namespace {

TEST(ParseAnswer, TakesAWholeAnswer) {
  const auto answer = parse_answer(
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nslow");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->headers.get("retry-after"), "1");
  EXPECT_EQ(answer->body, "slow");
  EXPECT_TRUE(answer->complete);
}

TEST(ParseAnswer, DecodesChunks) {
  const auto answer = parse_answer(
      "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_TRUE(answer->complete);
}

TEST(ParseAnswer, ReadsABodyWithoutLengthToTheEnd) {
  const auto answer = parse_answer("HTTP/1.1 500 No\r\n\r\nbroken");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "broken");
  EXPECT_TRUE(answer->complete);
}

TEST(ParseAnswer, SaysWhenTheBodyIsCutOff) {
  const auto answer = parse_answer("HTTP/1.1 429 No\r\nContent-Length: 10\r\n\r\nslow");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->complete);
}

TEST(ParseAnswer, NeedsAWholeHeadAtTheBeginning) {
  for (const char* text :
       {"", "HTTP/1.1 429", "HTTP/1.1 429 No\r\nRetry", "Length: 3\r\n\r\nabc", "\x16\x03\x01"}) {
    EXPECT_FALSE(parse_answer(text)) << text;
  }
}

}  // namespace
}  // namespace dynamod::http
