// YAML documents into JSON values: structure, aliases, merges, limits and places of errors. What
// each scalar means is compared with sigs.k8s.io/yaml in tests/oracle; the words that matter most
// are repeated here, where there is no Go.
#include "base/yaml.h"

#include <gmock/gmock.h>

namespace dynamod::base {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string as_json(std::string_view text) {
  const auto value = decode_yaml(text);
  return value ? encode_json(*value) : "error: " + value.error().message;
}

std::string error_of(std::string_view text, YamlLimits limits = {}) {
  const auto value = decode_yaml_stream(text, limits);
  return value ? "" : value.error().message;
}

TEST(DecodeYaml, ReadsAManifest) {
  EXPECT_EQ(
      as_json("# a comment\n"
              "apiVersion: nvidia.com/v1alpha1\n"
              "metadata:\n"
              "  name: my-lora\n"
              "  labels: {a: b, \"c\": 'd'}\n"
              "spec:\n"
              "  args:\n"
              "  - -m\n"
              "  - --port=8080\n"
              "  script: |\n"
              "    one\n"
              "    two\n"
              "  folded: >-\n"
              "    one\n"
              "    two\n"),
      R"({"apiVersion":"nvidia.com/v1alpha1","metadata":{"name":"my-lora","labels":{"a":"b","c":"d"}},)"
      R"("spec":{"args":["-m","--port=8080"],"script":"one\ntwo\n","folded":"one two"}})");
}

TEST(DecodeYaml, ResolvesScalarsAsKubernetes) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"yes", "true"},
      {"on", "true"},
      {"n", "false"},
      {"~", "null"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {"017", "15"},
      {"08", "8"},
      {"0b11", "3"},
      {"1_000", "1000"},
      {"1e3", "1000"},
      {"1.50", "1.5"},
      {".5", "0.5"},
      {"1e400", "\"1e400\""},
      {"1:20", "\"1:20\""},
      {"2001-01-01", "\"2001-01-01\""},
      {"'yes'", "\"yes\""},
      {"\"5\"", "\"5\""},
      {"!!str 5", "\"5\""},
      {"!!int \"5\"", "5"},
      {"!!float 5", "5"},
      {"!custom 5", "\"5\""},
      {"!!binary aGk=", "\"hi\""},
      {"18446744073709551615", "18446744073709551615"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"\"\\u00e4\\x41\\N\\_\"", "\"\xC3\xA4\x41\xC2\x85\xC2\xA0\""},
  };
  for (const auto& [text, json] : cases)
    EXPECT_EQ(as_json("v: " + std::string(text)), "{\"v\":" + std::string(json) + "}");
}

TEST(DecodeYaml, MakesKeysStrings) {
  EXPECT_EQ(as_json("1: a\nyes: b\n1.5: c\n1e7: d\n.inf: e\n0x10: f\n"),
            R"({"1":"a","true":"b","1.5":"c","1e+07":"d",".inf":"e","16":"f"})");
  for (const std::string_view text :
       {"~: a", "? [a]\n: b", "{a: b}: c", "k: &k {}\n*k : v", "18446744073709551615: a"}) {
    EXPECT_THAT(error_of(text), HasSubstr("a key must be")) << text;
  }
}

TEST(DecodeYaml, ExpandsAliasesAndMerges) {
  EXPECT_EQ(as_json("a: &x [1, {k: v}]\nb: *x\n"), R"({"a":[1,{"k":"v"}],"b":[1,{"k":"v"}]})");
  EXPECT_EQ(as_json("base: &b {x: 1, z: 2}\nd: {<<: *b, z: 3}\n"),
            R"({"base":{"x":1,"z":2},"d":{"x":1,"z":3}})");
  EXPECT_EQ(as_json("d: {<<: [{x: 1}, {x: 2, z: 2}]}\n"), R"({"d":{"x":1,"z":2}})");
  EXPECT_EQ(as_json("d: {\"<<\": {x: 1}}\n"), R"({"d":{"<<":{"x":1}}})");
  EXPECT_THAT(error_of("d:\n  <<: 5"), HasSubstr("line 2, column 7: << needs a mapping"));
  EXPECT_THAT(error_of("a: &x [*x]"), HasSubstr("contains itself"));
  EXPECT_THAT(error_of("a: &x {<<: *x}"), HasSubstr("contains itself"));
  EXPECT_THAT(error_of("a: *x"), HasSubstr("line 1, column 4"));
}

TEST(DecodeYaml, RefusesDuplicatesWithTheirPlace) {
  EXPECT_EQ(error_of("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n"),
            "invalid YAML at line 5, column 3: duplicate key \"c\" (first on line 3)");
  EXPECT_THAT(error_of("1: a\n'1': b"), HasSubstr("duplicate key \"1\""));
}

TEST(DecodeYaml, NamesLineAndColumn) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"a: [1", "line 1, column "},
      {"a:\n  b: \"x\n", "line "},
      {"a: 'x\n", "line "},
      {"a: 'x\n  ", "line "},
      {"a: .inf\n", "line 1, column 4: .inf has no JSON form"},
      {"a:\n- .nan\n", "line 2, column 3: .nan has no JSON form"},
      {"a: !!int x\n", "line 1, column 4: cannot read \"x\" as !!int"},
      {"a: !!timestamp x\n", "cannot read \"x\" as !!timestamp"},
      {"a: !!binary '?'\n", "cannot read \"?\" as !!binary"},
      {"a: b\xFF\n", "line 1, column 5: not valid UTF-8"},
      {"a: 1\nb: \x01\n", "line 2, column 4: control characters are not allowed"},
      {"a: 1\n%b: 2\n", "line 2, column 1: unknown directive"},
      {"a: &x: 1\n", "an anchor may have letters"},
      {"a: [1, , 2]\n", "line 1, column 8: a value is missing before the comma"},
      {"{a: 1} {b: 2}\n", "line 1, column 8: text after the end of the document"},
      {"a: >+\n  x\n\n", "line 1, column 4: folded text"},
      {"a: &x !!str >1+\n  x\n\n", "line 1, column 4: folded text"},
      {"\ta: 1\n", "line 1, column "},
      {"a: 1\nb\n", "line 2, column 1: a ':' is missing after this key"},
      {"\xC3\xA4: 1\nb:\n  c: 1\n  d", "line 4, column 3: a ':' is missing after this key"},
      {"a: 1\n&x b\n", "line 2, column 1: a ':' is missing after this key"},
      {"a: \"", "line 1, column 4: a quote is not closed"},
      {"a: '", "line 1, column 4: a quote is not closed"},
      {"a: &x !!str \"", "line 1, column 4: a quote is not closed"},
      {"a: 1\rb: 2\n", "line 1, column 5: a carriage return without a line feed"},
      {"a: x\xE2\x80\xA8y\n", "line 1, column 5: a Unicode line break"},
      {"[--flag:, x]\n", "line 1, column 9: write a space after the ':'"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(error_of(text), StartsWith("invalid YAML at line ")) << text;
    EXPECT_THAT(error_of(text), HasSubstr(std::string(message))) << text;
  }
}

TEST(DecodeYaml, LimitsSizeDepthAndAliases) {
  const auto kind = [](std::string_view text, YamlLimits limits) {
    const auto result = decode_yaml_stream(text, limits);
    return result ? std::optional<Error::Kind>() : result.error().kind;
  };
  EXPECT_EQ(kind("a: 1", {.size_bytes_max = 3}), Error::Kind::kTooLarge);
  EXPECT_EQ(kind("a: 1", {.size_bytes_max = 4}), std::nullopt);
  EXPECT_EQ(kind("[[1]]", {.depth_max = 2}), std::nullopt);
  EXPECT_EQ(kind("[[[1]]]", {.depth_max = 2}), Error::Kind::kTooLarge);
  EXPECT_EQ(kind(std::string(2000, '['), {}), Error::Kind::kTooLarge);
  EXPECT_EQ(kind("[1, 2, 3]", {.nodes_max = 3}), Error::Kind::kTooLarge);
  EXPECT_EQ(kind("a: &a [[1]]\nb: [*a]", {.depth_max = 3}), Error::Kind::kTooLarge);

  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_EQ(kind(laughs, {}), Error::Kind::kTooLarge);

  std::string long_texts = "a: &a " + std::string(100'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 1000; ++i) long_texts += ", *a";
  EXPECT_EQ(kind(long_texts + "]\n", {}), Error::Kind::kTooLarge);
}

TEST(DecodeYamlStream, GivesEveryDocumentThatHoldsSomething) {
  const auto values =
      decode_yaml_stream("# nothing\n---\na: 1\n---\n# empty\n---\n- 2\n...\n---\n~\n--- text\n");
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_EQ(values->size(), 3);
  EXPECT_EQ(encode_json((*values)[0]), R"({"a":1})");
  EXPECT_EQ(encode_json((*values)[1]), "[2]");
  EXPECT_EQ(encode_json((*values)[2]), "\"text\"");
  EXPECT_TRUE(decode_yaml_stream("")->empty());
  EXPECT_EQ(as_json("\xEF\xBB\xBF"
                    "a: 1"),
            R"({"a":1})");
  EXPECT_EQ(as_json("a: 1\r\nb: 2\r\n"), R"({"a":1,"b":2})");
}

TEST(DecodeYaml, WantsExactlyOneDocument) {
  EXPECT_EQ(as_json(""), "error: invalid YAML: 0 documents, where one is expected");
  EXPECT_EQ(as_json("a: 1\n---\nb: 2\n"),
            "error: invalid YAML: 2 documents, where one is expected");
}

TEST(EncodeYaml, PrintsWhatKubectlUsersKnow) {
  const auto value = decode_json(
      R"({"name":"x","empty":{},"none":[],"list":[1,{"a":"b","c":["d"]},[2,[3]],"e"],"map":{"k":{"l":null}},)"
      R"("text":"one\ntwo\n","strip":"a\n\n b","keep":"a\n\n","yes":"yes","port":"8080","number":1.5,"t":"10:30","day":"2001-01-01"})");
  EXPECT_EQ(encode_yaml(*value),
            "name: x\n"
            "empty: {}\n"
            "none: []\n"
            "list:\n"
            "- 1\n"
            "- a: b\n"
            "  c:\n"
            "  - d\n"
            "- - 2\n"
            "  - - 3\n"
            "- e\n"
            "map:\n"
            "  k:\n"
            "    l: null\n"
            "text: |\n"
            "  one\n"
            "  two\n"
            "strip: |-\n"
            "  a\n"
            "\n"
            "   b\n"
            "keep: |+\n"
            "  a\n"
            "\n"
            "\"yes\": \"yes\"\n"
            "port: \"8080\"\n"
            "number: 1.5\n"
            "t: \"10:30\"\n"
            "day: \"2001-01-01\"\n");
}

TEST(EncodeYaml, QuotesOnlyWhatWouldReadOtherwise) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"", "\"\""},
      {"a", "a"},
      {"a b", "a b"},
      {"a:b", "a:b"},
      {"a: b", "'a: b'"},
      {"a:", "'a:'"},
      {"a #b", "'a #b'"},
      {"a#b", "a#b"},
      {"-a", "-a"},
      {"- a", "'- a'"},
      {"-", "'-'"},
      {"--flag", "--flag"},
      {"---", "'---'"},
      {"it's", "it's"},
      {"'a", "'''a'"},
      {"~", "\"~\""},
      {"null", "\"null\""},
      {"1e3", "\"1e3\""},
      {"10.0.0.1", "10.0.0.1"},
      {"1.5", "\"1.5\""},
      {"<<", "\"<<\""},
      {"=", "\"=\""},
      {"*x", "'*x'"},
      {"{a", "'{a'"},
      {"a}", "a}"},
      {" a", "' a'"},
      {"a ", "'a '"},
      {"\t", "\"\\t\""},
      {"a\x01", "\"a\\x01\""},
      {"\xC2\x85", "\"\\x85\""},
      {"\xE2\x80\xA8", "\"\\u2028\""},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"\n", "\"\\n\""},
      {" a\nb", "\" a\\nb\""},
      {"a\r\n", "\"a\\r\\n\""},
      {"http://x:80/", "http://x:80/"},
      {"\"", "'\"'"},
      {"a\\b", "a\\b"},
      {"\x01\\\"", "\"\\x01\\\\\\\"\""},
  };
  for (const auto& [text, yaml] : cases) {
    const json::value value = json::string(text);
    EXPECT_EQ(encode_yaml(value), std::string(yaml) + "\n");
    EXPECT_EQ(as_json("v: " + encode_yaml(value)), "{\"v\":" + encode_json(value) + "}") << yaml;
  }
}

TEST(EncodeYaml, ReadsBackTheSame) {
  for (const std::string_view text : {
           R"({"a":{"b":[[],{},[[{"c":1}]],{"d":[{"e":[]}]}]}})",
           R"(["x\ny",["x\n",["x\n\n"]],{"k":"a\n  b\n c\n"}])",
           R"("root\ntext")",
           R"({"":"","a\nb":1,"1":2,"<<":{"x":1},"? ":[1]})",
           R"([1e+21,18446744073709551615,-0.5])",
       }) {
    const auto value = decode_json(text);
    const auto again = decode_yaml(encode_yaml(*value));
    ASSERT_TRUE(again) << encode_yaml(*value) << again.error().message;
    EXPECT_EQ(encode_json(*again), text) << encode_yaml(*value);
  }
  json::object object;
  object[std::string(2000, 'k')] = json::array{1, json::object{{"a", 2}}};
  object[std::string(2000, ':') + " "] = json::object{{"b", json::array{3}}};
  EXPECT_TRUE(equal_json(*decode_yaml(encode_yaml(object)), object)) << encode_yaml(object);
}

}  // namespace
}  // namespace dynamod::base
