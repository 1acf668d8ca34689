// JSONPath templates: what they find and print, and what is refused.
#include "kube/json_path.h"

#include <gtest/gtest.h>

namespace dynamod::kube {
namespace {

json::value value_of(std::string_view text) {
  return decode_json(text).value();
}

// The example of Kubernetes' documentation, shortened.
constexpr std::string_view kList = R"({
  "kind": "List",
  "items": [
    {"kind": "None", "metadata": {"name": "127.0.0.1", "labels": {"kubernetes.io/hostname": "one"}},
     "status": {"capacity": {"cpu": "4"}, "addresses": [{"type": "LegacyHostIP", "address": "127.0.0.1"}]}},
    {"kind": "None", "metadata": {"name": "127.0.0.2"},
     "status": {"capacity": {"cpu": "8"}, "addresses": [
       {"type": "LegacyHostIP", "address": "127.0.0.2"}, {"type": "another", "address": "127.0.0.3"}]}}
  ],
  "users": [{"name": "myself", "user": {}},
            {"name": "e2e", "user": {"username": "admin", "password": "secret"}}],
  "numbers": [1, 2.5, -3, 1e21], "yes": true, "nothing": null, "word": "ab"
})";

std::string printed(std::string_view path, MissingKeys missing = MissingKeys::kRefuse) {
  const auto parsed = JsonPath::parse(path);
  if (!parsed) return "error: " + parsed.error().message;
  const auto text = parsed->print(value_of(kList), missing);
  return text ? *text : "error: " + text.error().message;
}

struct Case {
  const char* path;
  const char* result;
};

constexpr Case kCases[] = {
    {"kind is {.kind}", "kind is List"},
    {"{.kind}", "List"},
    {"{$.kind}{@.kind}", "ListList"},
    {"{['kind']}", "List"},
    {"{.items[*].metadata.name}", "127.0.0.1 127.0.0.2"},
    {"{.items[*]['metadata.name', 'status.capacity']}",
     R"(127.0.0.1 127.0.0.2 {"cpu":"4"} {"cpu":"8"})"},
    {"{.items[*].status.addresses[?(@.type==\"another\")].address}", "127.0.0.3"},
    {"{.items[1].status.addresses[?(@.type=='another')].address}", "127.0.0.3"},
    {"{.users[?(@.name==\"e2e\")].user.password}", "secret"},
    {"{.users[?(@.user.username)].name}", "e2e"},
    {"{.users[?(@.name!=\"e2e\")].name}", "myself"},
    {"{..name}", "127.0.0.1 127.0.0.2 myself e2e"},
    {"{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}",
     R"([127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] )"},
    {"{range .items[*]}{range .status.addresses[*]}{.address}{\"\\n\"}{end};{end}!",
     "127.0.0.1\n;127.0.0.2\n127.0.0.3\n;!"},
    {"{.items[0].metadata.labels.kubernetes\\.io/hostname}", "one"},
    {"{.items[0].metadata.labels['kubernetes\\.io/hostname']}", "one"},
    {"{.numbers[0]}{\",\"}{.numbers[1]}{\",\"}{.numbers[-1]}", "1,2.5,1e+21"},
    {"{.numbers[0:2]} {.numbers[:-1]} {.numbers[1:]} {.numbers[::2]}",
     "1 2.5 1 2.5 -3 2.5 -3 1e+21 1 -3"},
    {"{.numbers[0,2]}", "1 -3"},
    {"{.numbers[?(@ > 2)]}", "error: incompatible types for comparison"},
    {"{.yes} {.nothing} {.users[0].user} {3} {2.5} {true} {'x'}", "true null {} 3 2.5 true x"},
    {"{.word[*]}", "error: string is not array or slice"},
    {"{.word.*}", "97 98"},
    {"{.numbers[9]}", "error: array index out of bounds: index 9, length 4"},
    {"{.numbers[3:2]}", "error: starting index 3 is greater than ending index 2"},
    {"{.numbers[0:2:0]}", "error: step must be > 0"},
    {"{.missing}", "error: missing is not found"},
    {"{end}", "error: not in range, nothing to end"},
    {"{frobnicate}", "error: unrecognized identifier frobnicate"},
    {"{.users[?(@.name~\"x\")]}", ""},
    {"{.kind[?(@.a)]}", "error: List is not array or slice and cannot be filtered"},
};

TEST(JsonPath, PrintsAsKubectlDoes) {
  for (const Case& c : kCases) EXPECT_EQ(printed(c.path), c.result) << c.path;
}

TEST(JsonPath, FindsNothingWhereMissingKeysAreAllowed) {
  EXPECT_EQ(printed("{.missing.deeper}", MissingKeys::kAllow), "");
  EXPECT_EQ(
      printed("{.items[*].status.addresses[?(@.type==\"another\")].address}", MissingKeys::kAllow),
      "127.0.0.3");
  EXPECT_EQ(printed("{range .missing[*]}{.a}{end}x", MissingKeys::kAllow), "x");
}

constexpr Case kMalformed[] = {
    {"{.kind", "error: unclosed action"},
    {"{.items[0}", "error: unterminated array"},
    {"{.items[x]}", "error: invalid array index x"},
    {"{%}", "error: unrecognized character in action: U+0025 '%'"},
    {"{.....kind}", "error: invalid multiple recursive descent"},
    {"{\"a}", "error: unterminated quoted string"},
    {"{'\\q'}", "error: unquote string '\\q' error invalid syntax"},
    {"{.items[?(@.a]}", "error: unterminated filter"},
    {"{.items[?(@.a)}", "error: unclosed array expect ]"},
    {"{+}", "error: cannot parse number +"},
};

TEST(JsonPath, SaysWhatIsWrongInTheWordsOfKubectl) {
  for (const Case& c : kMalformed) EXPECT_EQ(printed(c.path), c.result) << c.path;
}

TEST(JsonPath, GroupsWhatItFinds) {
  const auto path = JsonPath::parse("{.numbers[0:2]}x{.kind}");
  ASSERT_TRUE(path);
  const auto groups = path->find(value_of(kList), MissingKeys::kRefuse);
  ASSERT_TRUE(groups);
  ASSERT_EQ(groups->size(), 3U);
  EXPECT_EQ((*groups)[0].size(), 2U);
  EXPECT_EQ((*groups)[1], std::vector<json::value>{json::value("x")});
}

TEST(JsonPath, RefusesToFindMillions) {
  std::string path = "{.numbers";
  for (int i = 0; i < 30; ++i) path += "[0,0]";
  const auto parsed = JsonPath::parse(path + "}");
  ASSERT_TRUE(parsed);
  json::value nested = 1;
  for (int i = 0; i < 31; ++i) nested = json::array{nested};
  const auto found = parsed->find(json::object{{"numbers", nested}}, MissingKeys::kAllow);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, Error::Kind::kTooLarge);
}

}  // namespace
}  // namespace dynamod::kube
