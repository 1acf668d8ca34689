// Schemas of custom resources, and what they do to an object: pruning, nulls, defaults.
// tests/oracle holds the same functions against Kubernetes' packages; here each rule is named.
#include <gtest/gtest.h>

#include "kube/schema/defaults.h"
#include "kube/schema/prune.h"
#include "kube/schema/schema_from_openapi.h"

namespace dynamod::kube {
namespace {

// A schema and the JSON its nodes point into.
class Fixture {
 public:
  explicit Fixture(std::string_view text) : source_(decode_json(text)->get_object()) {
    auto root = schema_from_openapi(source_, tree_);
    if (root)
      root_ = *root;
    else
      error_ = root.error().message;
  }

  [[nodiscard]] const Schema& root() const { return *root_; }

  [[nodiscard]] const std::string& error() const { return error_; }

  [[nodiscard]] std::string pruned(std::string_view text) const {
    auto object = decode_json(text)->get_object();
    prune(object, *root_);
    return encode_json(object);
  }

  [[nodiscard]] std::vector<std::string> unknown(std::string_view text) const {
    return unknown_fields(decode_json(text)->get_object(), *root_);
  }

  [[nodiscard]] std::string defaulted(std::string_view text) const {
    auto object = decode_json(text)->get_object();
    drop_nulls(object, *root_);
    apply_defaults(object, *root_);
    return encode_json(object);
  }

 private:
  json::object source_;
  SchemaTree tree_;
  const Schema* root_ = nullptr;
  std::string error_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SchemaFromOpenApi, ReadsTheKeywordsOfStructure) {
  const Fixture schema(R"({"type":"object","required":["spec"],"properties":{"spec":{
      "type":"object","x-kubernetes-map-type":"atomic","properties":{
        "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["a","b"],
                 "items":{"type":"object"}},
        "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
        "limit":{"x-kubernetes-int-or-string":true,"nullable":true},
        "count":{"type":"integer","format":"int32","default":3},
        "any":{"x-kubernetes-preserve-unknown-fields":true},
        "labels":{"type":"object","additionalProperties":{"type":"string"}}}}}})");
  ASSERT_EQ(schema.error(), "");
  EXPECT_THAT(schema.root().required, ElementsAre("spec"));
  const auto& spec = *schema.root().property("spec");
  EXPECT_TRUE(spec.atomic_map);
  EXPECT_EQ(spec.property("ports")->list_type, ListType::kMap);
  EXPECT_THAT(spec.property("ports")->list_map_keys, ElementsAre("a", "b"));
  EXPECT_EQ(spec.property("ports")->items->type, SchemaType::kObject);
  EXPECT_EQ(spec.property("tags")->list_type, ListType::kSet);
  EXPECT_EQ(spec.property("limit")->type, SchemaType::kIntOrString);
  EXPECT_TRUE(spec.property("limit")->nullable);
  EXPECT_EQ(spec.property("count")->format, "int32");
  EXPECT_EQ(*spec.property("count")->default_value, json::value(3));
  EXPECT_TRUE(spec.property("any")->preserve_unknown_fields);
  EXPECT_EQ(spec.property("labels")->field("anything")->type, SchemaType::kString);
  EXPECT_EQ(spec.property("nothing"), nullptr);
  EXPECT_EQ(spec.source, schema.root().source->at("properties").at("spec").if_object());
}

TEST(SchemaFromOpenApi, NamesWhereASchemaIsWrong) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"({"$ref":"#/x"})", "'$ref' is not supported"},
      {R"({"properties":{"a":{"definitions":{"b":{}}}}})",
       "properties[a]: 'definitions' is not supported"},
      {R"({"properties":{"a":{"items":[{}]}}})",
       "properties[a].items: must be a schema, not a list of them"},
      {R"({"additionalProperties":{"type":3}})", "additionalProperties.type: must be a string"},
      {R"({"type":"text"})", "type: there is no type \"text\""},
      {R"({"required":[1]})", "required: must be a list of strings"},
      {R"({"nullable":"yes"})", "nullable: must be a boolean"},
      {R"({"properties":[]})", "properties: must be an object"},
      {R"({"properties":{"a":1}})", "properties[a]: must be an object"},
  };
  for (const auto& [text, error] : rows) EXPECT_EQ(Fixture(text).error(), error) << text;
}

TEST(SchemaFromOpenApi, PrunesDefaults) {
  const Fixture schema(
      R"({"properties":{"a":{"type":"object","default":{"b":1,"x":2},"properties":{"b":{}}}}})");
  EXPECT_EQ(schema.defaulted("{}"), R"({"a":{"b":1}})");
}

TEST(Prune, RemovesUnknownFieldsAtEveryDepth) {
  const Fixture schema(R"({"type":"object","properties":{"spec":{"type":"object","properties":{
      "list":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string"}}}},
      "map":{"type":"object","additionalProperties":{"type":"object","properties":{"a":{}}}}}}}})");
  EXPECT_EQ(
      schema.pruned(R"({"spec":{"list":[{"a":"1","b":2}],"map":{"k":{"a":1,"b":2}},"x":{}}})"),
      R"({"spec":{"list":[{"a":"1"}],"map":{"k":{"a":1}}}})");
  EXPECT_THAT(schema.unknown(R"({"z":1,"spec":{"list":[{},{"b":2}],"map":{"k":{"b":2}},"x":{}}})"),
              ElementsAre("spec.list[1].b", "spec.map.k.b", "spec.x", "z"));
}

TEST(Prune, LeavesWhatEveryResourceHas) {
  const Fixture schema(R"({"type":"object","properties":{"e":{"type":"object",
      "x-kubernetes-embedded-resource":true,"properties":{}}}})");
  constexpr std::string_view kObject =
      R"({"apiVersion":"v1","kind":"K","metadata":{"x":1},"e":{"kind":"E","metadata":{"y":2}}})";
  EXPECT_EQ(schema.pruned(kObject), kObject);
  EXPECT_THAT(schema.unknown(kObject), IsEmpty());
}

TEST(Prune, PreservesWhereTheSchemaSaysSo) {
  const Fixture schema(R"({"type":"object","properties":{"spec":{"type":"object",
      "x-kubernetes-preserve-unknown-fields":true,"properties":{"a":{"type":"object"}}}}})");
  EXPECT_EQ(schema.pruned(R"({"spec":{"x":{"y":[1]},"a":{"gone":1}}})"),
            R"({"spec":{"x":{"y":[1]},"a":{}}})");
}

TEST(Prune, EmptiesWhatIsAllowedButNotDescribed) {
  const Fixture schema(R"({"type":"object","properties":{"m":{"type":"object",
      "additionalProperties":true},"l":{"type":"array"}}})");
  EXPECT_EQ(schema.pruned(R"({"m":{"k":{"v":1},"n":2},"l":[{"a":1},3]})"),
            R"({"m":{"k":{},"n":2},"l":[{},3]})");
}

TEST(Defaults, FillAbsentFieldsAndWrongNulls) {
  const Fixture schema(R"({"type":"object","properties":{
      "a":{"type":"string","default":"x"},
      "b":{"type":"string","default":"y","nullable":true},
      "c":{"type":"object","default":{},"properties":{"d":{"type":"integer","default":1}}}}})");
  EXPECT_EQ(schema.defaulted(R"({"a":null,"b":null})"), R"({"a":"x","b":null,"c":{"d":1}})");
}

TEST(Defaults, DoNotMakeAnObjectToPutADefaultIn) {
  const Fixture schema(R"({"type":"object","properties":{"o":{"type":"object","properties":{
      "d":{"type":"integer","default":1}}}}})");
  EXPECT_EQ(schema.defaulted("{}"), "{}");
  EXPECT_EQ(schema.defaulted(R"({"o":{}})"), R"({"o":{"d":1}})");
}

TEST(Defaults, ReachIntoListsAndMaps) {
  const Fixture schema(R"({"type":"object","properties":{
      "l":{"type":"array","items":{"type":"object","default":{"n":0},"properties":{
          "d":{"type":"integer","default":1},"n":{"type":"integer"}}}},
      "m":{"type":"object","additionalProperties":{"type":"string","default":"q"}}}})");
  EXPECT_EQ(schema.defaulted(R"({"l":[null,{}],"m":{"k":null}})"),
            R"({"l":[{"n":0,"d":1},{"d":1}],"m":{"k":"q"}})");
}

TEST(Defaults, NullsWithoutDefaultGo) {
  const Fixture schema(R"({"type":"object","properties":{"a":{"type":"string"},
      "b":{"type":"string","nullable":true},"m":{"type":"object",
      "additionalProperties":{"type":"string"}}}})");
  EXPECT_EQ(schema.defaulted(R"({"a":null,"b":null,"unknown":null,"m":{"k":null}})"),
            R"({"b":null,"unknown":null,"m":{}})");
}

}  // namespace
}  // namespace dynamod::kube
