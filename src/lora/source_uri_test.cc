// Source URIs: what is taken, what is refused and how each is shown.
#include "lora/source_uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dynamod::lora {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Accepted {
  std::string text;
  SourceUri uri;
};

TEST(ParseSourceUri, TakesEveryScheme) {
  const Accepted cases[] = {
      {"s3://bucket/path/to/model", {SourceScheme::kS3, "bucket", "path/to/model", "", "", ""}},
      {"s3://b/x@v2", {SourceScheme::kS3, "b", "x@v2", "", "", ""}},
      {"s3://b/x/?region=eu", {SourceScheme::kS3, "b", "x/", "", "", "region=eu"}},
      {"hf://org/model", {SourceScheme::kHf, "org", "model", "", "", ""}},
      {"hf://org/Mo-del_1.5@refs/pr/1",
       {SourceScheme::kHf, "org", "Mo-del_1.5", "refs/pr/1", "", ""}},
      {"file:///models/my lora", {SourceScheme::kFile, "", "/models/my lora", "", "", ""}},
      {"http://h:8080/a/b.tar", {SourceScheme::kHttp, "h:8080", "/a/b.tar", "", "", ""}},
      {"https://u:p%40@[::1]:1/a?t=1",
       {SourceScheme::kHttps, "[::1]:1", "/a", "", "u:p%40", "t=1"}},
  };
  for (const auto& [text, uri] : cases) {
    SCOPED_TRACE(text);
    const auto parsed = parse_source_uri(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, uri);
    EXPECT_TRUE(text.starts_with(std::string(to_string(parsed->scheme)) + "://"));
  }
}

TEST(ParseSourceUri, SaysWhatToWriteInstead) {
  const std::pair<std::string, std::string> cases[] = {
      {"", R"(must start with "s3://", "hf://", "file:///", "http://" or "https://")"},
      {"S3://bucket/x", "must start with"},
      {"file://relative/x", "must start with"},
      {"/bare/path", "must start with"},
      {"s3://", "must name a bucket"},
      {"s3:///x", "must name a bucket"},
      {"s3://key:secret@bucket/x", "bucket name with characters"},
      {"s3://bucket", "must name a path"},
      {"s3://bucket//", "must name a path"},
      {"s3://bucket/a/../b", "must not have \".\""},
      {"hf://model", "must be of the form hf://org/model"},
      {"hf://org/", "must be of the form"},
      {"hf://org/a/b", "must be of the form"},
      {"hf://../etc", "must be of the form"},
      {"hf://org/model@", "no revision after \"@\""},
      {"file:///", "must name a directory"},
      {"http://", "must name a host"},
      {"http://:80/x", "must name a host"},
      {"http://h", "must name a path"},
      {"https://h/", "must name a path"},
      {"https://h\\evil/x", "host with characters"},
      {"https://h/x#frag", "fragment"},
      {"https://h/a b", "white space"},
      {std::string("file:///a\0b", 11), "control characters"},
      {"file:///a\nb", "control characters"},
      {"s3://b/\xFF", "UTF-8"},
  };
  for (const auto& [text, message] : cases) {
    SCOPED_TRACE(text);
    const auto parsed = parse_source_uri(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, Error::Kind::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(message));
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("secret")));
  }
}

TEST(RedactUri, HidesUserInfoAndQuery) {
  const std::pair<std::string, std::string> cases[] = {
      {"s3://bucket/path", "s3://bucket/path"},
      {"s3://bucket/x@v2", "s3://bucket/x@v2"},
      {"hf://org/model@main", "hf://org/model@main"},
      {"hf://token@org/model", "hf://***@org/model"},
      {"file:///a@b", "file:///a@b"},
      {"https://h:8080/x", "https://h:8080/x"},
      {"https://[::1]:80/x", "https://[::1]:80/x"},
      {"https://u:p@h/x", "https://***@h/x"},
      {"https://b.s3.amazonaws.com/k?X-Amz-Signature=1", "https://b.s3.amazonaws.com/k?***"},
      {"https://h/x#token", "https://h/x#***"},
      {"s3://AKIA:ab/cd+ef@bucket/x", "s3://***@bucket/x"},
      {"s3://AKIA:123/cd@bucket/x", "s3://***@bucket/x"},
      {"https://u:p/q@h/x", "https://***@h/x"},
      {"https://u:p?q@h/x", "https://***@h/x"},
      {"https://u:p?q", "https://***?***"},
      {"u:p@h/x?y", "***@h/x?***"},
      {"", ""},
      {"://", "://"},
  };
  for (const auto& [text, shown] : cases) {
    EXPECT_EQ(redact_uri(text), shown) << text;
    EXPECT_EQ(redact_uri(shown), shown) << "not stable: " << text;
  }
}

TEST(RedactUrisIn, FindsThemInRunningText) {
  const std::pair<std::string, std::string> cases[] = {
      {"no URI here", "no URI here"},
      {"LoRA https://u:p@h/x?s=1 not found", "LoRA https://***@h/x?*** not found"},
      {"GET http://127.0.0.1:5599/b?list-type=2&prefix=n%2F in 43ms",
       "GET http://127.0.0.1:5599/b?*** in 43ms"},
      {"'https://h/x?s=1', and 'https://h/y'", "'https://h/x?***', and 'https://h/y'"},
      {R"({"uri":"s3://k:s@b/x","n":1})", R"({"uri":"s3://***@b/x","n":1})"},
      {"<https://h/?a><https://h/?b>", "<https://h/?***><https://h/?***>"},
      {"https://h/?u=https://v/?w", "https://h/?***"},
      {"a://b://c?d", "a://b://c?***"},
      {"://u:p@h?q", "://u:p@h?q"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(redact_uris_in(text), shown);
}

}  // namespace
}  // namespace dynamod::lora
