// URLs, percent-encoding, queries, host and port.
#include "base/url.h"

#include <gmock/gmock.h>

namespace dynamod::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(ParseUrl, TakesUrlsApartAndKeepsTheTarget) {
  const std::vector<std::pair<std::string_view, Url>> cases = {
      {"http://h", {"http", "h", 80, "/"}},
      {"HTTPS://Host.Example", {"https", "host.example", 443, "/"}},
      {"http://10.0.0.1:9090/v1/loras", {"http", "10.0.0.1", 9090, "/v1/loras"}},
      {"http://[2001:DB8::1]:80/x", {"http", "2001:db8::1", 80, "/x"}},
      {"https://[::1]", {"https", "::1", 443, "/"}},
      {"http://h?a=1", {"http", "h", 80, "/?a=1"}},
      {"http://h:/x", {"http", "h", 80, "/x"}},
      {"http://h/a/../b//c/./%2e%2E/%zz?x=/?&y=[1]",
       {"http", "h", 80, "/a/../b//c/./%2e%2E/%zz?x=/?&y=[1]"}},
      {"http://a_b.c-d/@x:y", {"http", "a_b.c-d", 80, "/@x:y"}},
  };
  for (const auto& [text, url] : cases) {
    const auto parsed = parse_url(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, url) << text;
    EXPECT_EQ(parse_url(parsed->text()), *parsed);
  }
}

TEST(ParseUrl, PrintsThePortOnlyWhenItMatters) {
  EXPECT_EQ(parse_url("http://H:80/x?y")->text(), "http://h/x?y");
  EXPECT_EQ(parse_url("https://h:80")->text(), "https://h:80/");
  EXPECT_EQ(parse_url("http://[::1]:9090/x")->origin(), "http://[::1]:9090");
  EXPECT_EQ(parse_url("http://[::1]/x")->origin(), "http://[::1]");
}

TEST(ParseUrl, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string_view>> cases = {
      {"", "must start with http"},
      {"h/x", "must start with http"},
      {"ftp://h", "must start with http"},
      {"http:/h", "must start"},
      {"http://", "no host"},
      {"http:///x", "no host"},
      {"http://:80", "no host"},
      {"http://h:0", "1 to 65535"},
      {"http://h:65536", "1 to 65535"},
      {"http://h:8x", "1 to 65535"},
      {"http://h:-1", "1 to 65535"},
      {"http://::1/", "needs brackets"},
      {"http://[::1", "must hold an IPv6"},
      {"http://[1.2.3.4]", "must hold an IPv6"},
      {"http://[::1%25eth0]", "must hold an IPv6"},
      {"http://[::1]x", "only :PORT"},
      {"http://h h/", "percent-encoded"},
      {"http://h/\r\nX: y", "percent-encoded"},
      {"http://h/\xC3\xA4", "percent-encoded"},
      {"http://h/x#y", "fragment"},
      {"http://h%41/", "a host may have"},
      {"http://h/" + std::string(20'000, 'x'), "longer than"},
      {"http://" + std::string(300, 'h'), "a host may have"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = parse_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, Error::Kind::kInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(std::string(message))) << text;
  }
}

TEST(ParseUrl, NeverRepeatsUserInfo) {
  for (const std::string_view text : {"http://user:secret@h/", "http://secret@h:x/",
                                      "http://user:12345@h", "http://a:secret#@h"}) {
    const auto parsed = parse_url(text);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("secret")));
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("12345")));
  }
}

TEST(Percent, EncodesAllButUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~ /\xC3\xA4%+"), "aZ09-._~%20%2F%C3%A4%25%2B");
  EXPECT_EQ(percent_encode("a/b:c", "/"), "a/b%3Ac");
  EXPECT_EQ(percent_decode("%41%2f%C3%a4+"), "A/\xC3\xA4+");
  EXPECT_EQ(percent_decode(percent_encode(std::string("\0\xFF", 2))), std::string("\0\xFF", 2));
  for (const std::string_view bad : {"%", "%4", "a%zz", "%4g", "%-1"})
    EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_THAT(percent_decode("ab%").error().message, HasSubstr("byte 2"));
}

TEST(Query, EncodesAndDecodes) {
  EXPECT_EQ(encode_query({{"a", "1"}, {"b c", "x y&z=ä"}}), "a=1&b%20c=x%20y%26z%3D%C3%A4");
  EXPECT_EQ(encode_query({}), "");
  EXPECT_THAT(*decode_query("a=1&&b+c=x%20y%26z&d&=e&f=g=h"),
              ElementsAre(Pair("a", "1"), Pair("b c", "x y&z"), Pair("d", ""), Pair("", "e"),
                          Pair("f", "g=h")));
  EXPECT_TRUE(decode_query("")->empty());
  EXPECT_FALSE(decode_query("a=%"));
  EXPECT_FALSE(decode_query("%=a"));
}

TEST(HostPort, JoinsAndSplits) {
  EXPECT_EQ(join_host_port("10.0.0.1", 80), "10.0.0.1:80");
  EXPECT_EQ(join_host_port("::1", 80), "[::1]:80");
  EXPECT_THAT(*split_host_port("[::1]:80"), Pair("::1", 80));
  EXPECT_THAT(*split_host_port("h.x:0"), Pair("h.x", 0));
  EXPECT_THAT(*split_host_port(":8080"), Pair("", 8080));
  for (const std::string_view bad : {"", "h", "h:", ":", "h:x", "h:65536", "::1:80", "[::1]",
                                     "[::1]80", "[h]:80", "a b:80", "h:-1", "h:+1"}) {
    const auto split = split_host_port(bad);
    ASSERT_FALSE(split) << bad;
    EXPECT_EQ(split.error().kind, Error::Kind::kInvalid);
  }
}

}  // namespace
}  // namespace dynamod::base
