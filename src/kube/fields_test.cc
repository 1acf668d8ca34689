// One type with a member of every kind goes through JSON.
#include "kube/fields.h"

#include <limits>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "kube/decode.h"
#include "kube/encode.h"

namespace dynamod::kube {

namespace {

enum class Colour : std::uint8_t { kRed, kBlue };

constexpr EnumName<Colour> kColourNames[] = {{Colour::kRed, "red"}, {Colour::kBlue, "blue"}};

constexpr std::span<const EnumName<Colour>> enum_names(Colour /*type*/) {
  return kColourNames;
}

struct Part {
  std::string name = {};
  std::int64_t size = 0;

  static constexpr void fields(auto&& field) {
    field("name", &Part::name, kRequired);
    field("size", &Part::size);
  }

  friend bool operator==(const Part&, const Part&) = default;
};

struct Whole {
  std::string text = {};
  bool flag = false;
  std::int32_t small = 0;
  std::int64_t big = 0;
  Colour colour = Colour::kRed;
  std::optional<std::int32_t> maybe = {};
  std::optional<Part> maybe_part = {};
  Part part = {};
  std::vector<Part> parts = {};
  std::map<std::string, std::string> labels = {};
  std::map<std::string, Part> named_parts = {};
  json::value any = {};
  std::optional<WallTime> time = {};
  std::optional<MicroTime> micro_time = {};

  static constexpr void fields(auto&& field) {
    field("text", &Whole::text);
    field("flag", &Whole::flag);
    field("small", &Whole::small);
    field("big", &Whole::big);
    field("colour", &Whole::colour);
    field("maybe", &Whole::maybe);
    field("maybePart", &Whole::maybe_part);
    field("part", &Whole::part, kRequired);
    field("parts", &Whole::parts);
    field("labels", &Whole::labels);
    field("namedParts", &Whole::named_parts);
    field("any", &Whole::any);
    field("time", &Whole::time);
    field("microTime", &Whole::micro_time);
  }

  friend bool operator==(const Whole&, const Whole&) = default;
};

struct Kind {
  static constexpr ResourceType kType{"example.com", "v1", "kinds", "Kind"};

  struct Empty {
    std::string text;

    static constexpr void fields(auto&& field) { field("text", &Empty::text); }
  };

  Empty spec = {};

  static constexpr void fields(auto&& field) { field("spec", &Kind::spec); }
};

WallTime at_seconds(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<Problem> problems;
  (void)from_json<Whole>(decode_json(text).value(), problems);
  std::vector<std::string> texts;
  for (const auto& problem : problems) texts.push_back(problem.text());
  return texts;
}

rc::Gen<Part> any_part() {
  return rc::gen::build<Part>(rc::gen::set(&Part::name, rc::gen::string<std::string>()),
                              rc::gen::set(&Part::size));
}

rc::Gen<std::int64_t> any_second() {
  return rc::gen::inRange<std::int64_t>(0, 9'000'000'000);
}

rc::Gen<std::optional<WallTime>> any_time() {
  return rc::gen::map(rc::gen::maybe(any_second()), [](const auto& seconds) {
    return seconds ? std::optional(at_seconds(*seconds)) : std::nullopt;
  });
}

RC_GTEST_PROP(Fields, SurviveARoundTrip, ()) {
  Whole whole;
  whole.text = *rc::gen::arbitrary<std::string>();
  whole.flag = *rc::gen::arbitrary<bool>();
  whole.small = *rc::gen::arbitrary<std::int32_t>();
  whole.big = *rc::gen::arbitrary<std::int64_t>();
  whole.colour = *rc::gen::element(Colour::kRed, Colour::kBlue);
  if (*rc::gen::arbitrary<bool>()) whole.maybe = *rc::gen::arbitrary<std::int32_t>();
  if (*rc::gen::arbitrary<bool>()) whole.maybe_part = *any_part();
  whole.part = *any_part();
  whole.parts = *rc::gen::container<std::vector<Part>>(any_part());
  whole.labels = *rc::gen::arbitrary<std::map<std::string, std::string>>();
  whole.named_parts = *rc::gen::container<std::map<std::string, Part>>(
      rc::gen::arbitrary<std::string>(), any_part());
  whole.time = *any_time();
  if (const auto time = *any_time())
    whole.micro_time = MicroTime{*time + std::chrono::microseconds(7)};

  const auto read = from_json<Whole>(to_json(whole));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == whole);
}

TEST(Encode, LeavesOutEmptyOptionalsAndWritesTheRequired) {
  EXPECT_EQ(encode_json(to_json(Whole{})), R"({"colour":"red","part":{"name":""}})");
}

TEST(Encode, WritesAnOptionalThatHasAValueEvenIfItIsZero) {
  const Whole whole{.maybe = 0, .maybe_part = Part{}};
  EXPECT_EQ(encode_json(to_json(whole)),
            R"({"colour":"red","maybe":0,"maybePart":{"name":""},"part":{"name":""}})");
}

TEST(Encode, WritesFieldsInTheDeclaredOrder) {
  const Whole whole{.text = "t",
                    .flag = true,
                    .small = -1,
                    .big = 1'000'000'000'000,
                    .colour = Colour::kBlue,
                    .part = {.name = "p", .size = 2},
                    .parts = {{.name = "q"}},
                    .labels = {{"b", "2"}, {"a", "1"}},
                    .named_parts = {},
                    .any = json::array{1, nullptr},
                    .time = at_seconds(1),
                    .micro_time = MicroTime{at_seconds(1) + std::chrono::microseconds(2)}};
  EXPECT_EQ(
      encode_json(to_json(whole)),
      R"({"text":"t","flag":true,"small":-1,"big":1000000000000,"colour":"blue","part":{"name":"p","size":2},)"
      R"("parts":[{"name":"q"}],"labels":{"a":"1","b":"2"},"any":[1,null],"time":"1970-01-01T00:00:01Z",)"
      R"("microTime":"1970-01-01T00:00:01.000002Z"})");
}

TEST(Encode, BeginsAKindWithItsNameAndLeavesOutAnEmptyStruct) {
  EXPECT_EQ(encode_json(to_json(Kind{})), R"({"apiVersion":"example.com/v1","kind":"Kind"})");
  EXPECT_EQ(encode_json(to_json(Kind{.spec = {"x"}})),
            R"({"apiVersion":"example.com/v1","kind":"Kind","spec":{"text":"x"}})");
}

TEST(Decode, IgnoresUnknownFieldsAndTakesNullForAbsent) {
  EXPECT_THAT(
      problems_of(R"({"part":{"name":"p","new":{"deep":[1]}},"other":1,"text":null,"maybe":null})"),
      testing::IsEmpty());
}

TEST(Decode, NullOfARequiredFieldIsMissing) {
  EXPECT_THAT(problems_of(R"({"part":null})"), testing::ElementsAre("part: Required value"));
}

TEST(Decode, GathersEveryProblemWithItsPath) {
  EXPECT_THAT(
      problems_of(
          R"({"text":1,"flag":"yes","small":3000000000,"big":1.5,"colour":"green","maybe":true,
                      "maybePart":{},"part":[],"parts":[{"name":"a"},{"name":2}],"labels":{"k":null,"l":[]},
                      "namedParts":{"x":{"size":"1"}},"time":"yesterday","microTime":5})"),
      testing::ElementsAre(
          R"(text: Invalid value: "integer": text in body must be of type string: "integer")",
          R"(flag: Invalid value: "string": flag in body must be of type boolean: "string")",
          "small: Invalid value: 3000000000: must be between -2147483648 and 2147483647",
          R"(big: Invalid value: "number": big in body must be of type integer: "number")",
          R"(colour: Unsupported value: "green": supported values: "red", "blue")",
          R"(maybe: Invalid value: "boolean": maybe in body must be of type integer: "boolean")",
          "maybePart.name: Required value",
          R"(part: Invalid value: "array": part in body must be of type object: "array")",
          R"(parts[1].name: Invalid value: "integer": parts[1].name in body must be of type string: "integer")",
          R"(labels[k]: Invalid value: "null": labels[k] in body must be of type string: "null")",
          R"(labels[l]: Invalid value: "array": labels[l] in body must be of type string: "array")",
          "namedParts[x].name: Required value",
          R"(namedParts[x].size: Invalid value: "string": namedParts[x].size in body must be of type integer: "string")",
          R"(time: Invalid value: "yesterday": must be a time as RFC 3339 writes it, such as 2026-01-02T03:04:05Z)",
          R"(microTime: Invalid value: "integer": microTime in body must be of type string: "integer")"));
}

TEST(Decode, KeepsWhatItCanRead) {
  std::vector<Problem> problems;
  const auto whole =
      from_json<Whole>(decode_json(R"({"text":"t","small":"x","big":7})").value(), problems);
  EXPECT_EQ(whole.text, "t");
  EXPECT_EQ(whole.small, 0);
  EXPECT_EQ(whole.big, 7);
  EXPECT_EQ(problems.size(), 2);
}

TEST(Decode, RefusesWhatIsNoObject) {
  EXPECT_EQ(from_json<Part>(json::value(5)).error().message,
            R"(: Invalid value: "integer":  in body must be of type object: "integer")");
}

TEST(Decode, TakesIntegersToTheirLimits) {
  for (const std::int64_t number :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(from_json<Part>(json::value{{"name", ""}, {"size", number}}).value().size, number);
  const json::value too_big = {{"name", ""}, {"size", std::numeric_limits<std::uint64_t>::max()}};
  EXPECT_EQ(from_json<Part>(too_big).error().kind, Error::Kind::kInvalid);
}

TEST(EnumText, GoesBothWays) {
  EXPECT_EQ(enum_text(Colour::kBlue), "blue");
  EXPECT_EQ(enum_from_text<Colour>("blue"), Colour::kBlue);
  EXPECT_EQ(enum_from_text<Colour>("Blue"), std::nullopt);
  EXPECT_EQ(enum_text(static_cast<Colour>(9)), "");
}

}  // namespace

}  // namespace dynamod::kube
