// The schema and the table of a type with a member of every kind.
#include "kinds/schema.h"

#include <gmock/gmock.h>

namespace dynamod::kinds {

namespace {

enum class Colour : std::uint8_t { kRed, kBlue };

constexpr kube::EnumName<Colour> kColourNames[] = {{Colour::kRed, "red"}, {Colour::kBlue, "blue"}};

constexpr std::span<const kube::EnumName<Colour>> enum_names(Colour /*type*/) {
  return kColourNames;
}

struct Part {
  std::string name = {};

  static constexpr void fields(auto&& field) {
    field("name", &Part::name, kube::kRequired, "Its name.",
          {.immutable = "may not change", .pattern = "^[a-z]+$", .length_min = 1, .length_max = 9});
  }
};

struct Whole {
  kube::ObjectMeta metadata = {};
  bool flag = false;
  std::int32_t small = 0;
  std::int64_t big = 0;
  Colour colour = Colour::kRed;
  std::optional<Part> part = {};
  std::vector<Part> parts = {};
  std::map<std::string, std::string> labels = {};
  std::optional<WallTime> time = {};
  json::value any = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &Whole::metadata);
    field("flag", &Whole::flag);
    field("small", &Whole::small, kube::kOptional, "", {.minimum = 0});
    field("big", &Whole::big);
    field("colour", &Whole::colour, kube::kOptional, "Red | blue.", {.default_json = "\"red\""});
    field("part", &Whole::part);
    field("parts", &Whole::parts, kube::kRequired);
    field("labels", &Whole::labels);
    field("time", &Whole::time);
    field("any", &Whole::any);
  }
};

TEST(SchemaOf, HasEveryType) {
  const std::string part =
      R"({"type":"object","properties":{"name":{"type":"string","description":"Its name.",)"
      R"("pattern":"^[a-z]+$","minLength":1,"maxLength":9,)"
      R"("x-kubernetes-validations":[{"rule":"self == oldSelf","message":"may not change"}]}},)"
      R"("required":["name"]})";
  EXPECT_EQ(
      encode_json(schema_of<Whole>()),
      R"({"type":"object","properties":{"metadata":{"type":"object"},"flag":{"type":"boolean"},)"
      R"("small":{"type":"integer","format":"int32","minimum":0},"big":{"type":"integer","format":"int64"},)"
      R"("colour":{"type":"string","enum":["red","blue"],"description":"Red | blue.","default":"red"},)"
      R"("part":)" +
          part + R"(,"parts":{"type":"array","items":)" + part +
          R"(},"labels":{"type":"object","additionalProperties":{"type":"string"}},)"
          R"("time":{"type":"string","format":"date-time"},"any":{"x-kubernetes-preserve-unknown-fields":true}},)"
          R"("required":["parts"]})");
}

TEST(KindSchema, BeginsWithApiVersionAndKind) {
  const auto schema = kind_schema(schema_of<Part>(), "A part.");
  EXPECT_EQ(string_at(schema, "description"), "A part.");
  EXPECT_EQ(encode_json(schema.at("required")), R"(["name"])");
  std::vector<std::string> names;
  for (const auto& [name, property] : schema.at("properties").as_object()) names.emplace_back(name);
  EXPECT_THAT(names, testing::ElementsAre("apiVersion", "kind", "name"));
}

TEST(FieldTable, ListsNestedFieldsByTheirPath) {
  EXPECT_EQ(field_table(schema_of<Whole>(), "spec"),
            "| field | type | required | default | meaning |\n"
            "|---|---|---|---|---|\n"
            "| `spec.metadata` | object | no |  |  |\n"
            "| `spec.flag` | boolean | no |  |  |\n"
            "| `spec.small` | integer | no |  |  |\n"
            "| `spec.big` | integer | no |  |  |\n"
            "| `spec.colour` | `red` or `blue` | no | `\"red\"` | Red \\| blue. |\n"
            "| `spec.part` | object | no |  |  |\n"
            "| `spec.part.name` | string | yes |  | Its name. It may not change. |\n"
            "| `spec.parts` | list of objects | yes |  |  |\n"
            "| `spec.parts[].name` | string | yes |  | Its name. It may not change. |\n"
            "| `spec.labels` | object | no |  |  |\n"
            "| `spec.time` | time | no |  |  |\n"
            "| `spec.any` | any | no |  |  |\n");
}

}  // namespace

}  // namespace dynamod::kinds
