// Every rule with its exact text: users and Dynamo's tools read them.
#include "kinds/dynamo_model_validation.h"

#include <gmock/gmock.h>

#include "kube/encode.h"

namespace dynamod::kinds {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

DynamoModelSpec lora(std::string name, std::string uri) {
  return {.model_name = std::move(name),
          .base_model_name = "Qwen/Qwen3-0.6B",
          .model_type = ModelType::kLora,
          .source = ModelSource{std::move(uri)}};
}

std::vector<std::string> problems_of(const kube::Verdict& verdict) {
  std::vector<std::string> texts;
  for (const auto& problem : verdict.problems) texts.push_back(problem.text());
  return texts;
}

std::vector<std::string> problems_of(const DynamoModelSpec& spec) {
  return problems_of(validate_spec(spec));
}

TEST(ValidateSpec, AcceptsWhatWorkersCanLoad) {
  for (const std::string uri : {"s3://my-bucket/loras/my-lora", "hf://org/model",
                                "hf://org/model@v1.0.0", "file:///models/a"})
    EXPECT_EQ(validate_spec(lora("my-org/my.lora v1", uri)), kube::Verdict{}) << uri;
}

TEST(ValidateSpec, SaysEveryProblemAtOnce) {
  const DynamoModelSpec nothing{.model_type = ModelType::kLora};
  EXPECT_THAT(
      problems_of(nothing),
      ElementsAre("spec.modelName: Required value: must not be empty",
                  "spec.baseModelName: Required value: must not be empty",
                  R"(spec.source: Required value: is required when spec.modelType is "lora")"));
}

TEST(ValidateSpec, RefusesSourcesWithoutShowingThem) {
  const struct {
    std::string uri;
    std::string problem;
  } cases[] = {
      {"", R"(spec.source.uri: Required value: must be specified when spec.modelType is "lora")"},
      {"gs://user:secret@b/p",
       R"(spec.source.uri: Invalid value: "<redacted>": )"
       R"(must start with "s3://", "hf://", "file:///", "http://" or "https://")"},
      {"s3://", R"(spec.source.uri: Invalid value: "<redacted>": )"
                "must name a bucket: s3://bucket/path/to/adapter"},
      {"s3://secret", R"(spec.source.uri: Invalid value: "<redacted>": )"
                      "must name a path in the bucket: s3://bucket/path/to/adapter"},
      {"s3://b/" + std::string(kSourceUriMax, 'k'),
       "spec.source.uri: Too long: may not be more than 4096 bytes"},
  };

  for (const auto& [uri, problem] : cases)
    EXPECT_THAT(problems_of(lora("m", uri)), ElementsAre(problem));
}

TEST(ValidateSpec, RefusesNamesThatNoWorkerCouldServe) {
  const std::string control =
      R"(must be text without control characters such as line breaks or tabs)";

  const struct {
    std::string name;
    std::string problem;
  } cases[] = {
      {"", "spec.modelName: Required value: must not be empty"},
      {std::string(kModelNameMax + 1, 'n'),
       "spec.modelName: Too long: may not be more than 256 bytes; "
       R"(use a short name such as "my-org/my-adapter")"},
      {"a\nb", R"(spec.modelName: Invalid value: "a\nb": )" + control},
      {"a\x7F", R"(spec.modelName: Invalid value: "a\x7f": )" + control},
      {"a\xFF", "spec.modelName: Invalid value: \"a\uFFFD\": " + control},
      {"ü",
       R"(spec.modelName: Invalid value: "ü": )"
       R"(must hold at least one of a-z, A-Z, 0-9 or "-": workers cannot publish any other name)"},
      {"Qwen/Qwen3-0.6B",
       R"(spec.modelName: Invalid value: "Qwen/Qwen3-0.6B": )"
       "must differ from spec.baseModelName: workers answer that name with the base model"},
  };

  for (const auto& [name, problem] : cases)
    EXPECT_THAT(problems_of(lora(name, "s3://b/p")), ElementsAre(problem));
  EXPECT_THAT(problems_of(lora(std::string(kModelNameMax, 'n'), "s3://b/p")), IsEmpty());
}

TEST(ValidateSpec, LimitsTheBaseModelName) {
  DynamoModelSpec spec = lora("m", "s3://b/p");
  spec.base_model_name = std::string(kBaseModelNameMax + 1, 'b');
  EXPECT_THAT(problems_of(spec),
              ElementsAre("spec.baseModelName: Too long: may not be more than 1024 bytes; "
                          "use the name in modelRef.name of the deployment"));
  spec.base_model_name = "a\tb";
  EXPECT_THAT(problems_of(spec),
              ElementsAre(HasSubstr(R"(spec.baseModelName: Invalid value: "a\tb")")));
}

TEST(ValidateSpec, LetsABaseModelHaveItsOwnNameAndNoSource) {
  for (const ModelType type : {ModelType::kBase, ModelType::kAdapter})
    EXPECT_EQ(validate_spec({.model_name = "Qwen/Qwen3-0.6B",
                             .base_model_name = "Qwen/Qwen3-0.6B",
                             .model_type = type}),
              kube::Verdict{});
}

TEST(ValidateSpec, WarnsOfWhatWillNotWorkAsMeant) {
  for (const std::string scheme : {"http", "https"}) {
    const auto web = validate_spec(lora("m", scheme + "://host/adapter"));
    EXPECT_TRUE(web.ok());
    EXPECT_THAT(web.warnings, ElementsAre(HasSubstr("every worker needs the dynamod agent")));
  }
  DynamoModelSpec base = lora("m", "gs://anything");
  base.model_type = ModelType::kBase;
  const auto ignored = validate_spec(base);
  EXPECT_TRUE(ignored.ok());
  EXPECT_THAT(ignored.warnings,
              ElementsAre(R"(spec.source is not used unless spec.modelType is "lora")"));
}

TEST(ValidateUpdate, LetsNameAndSourceChange) {
  const DynamoModel before{.spec = lora("m", "s3://b/p")};
  const DynamoModel after{.spec = lora("n", "hf://org/q")};
  EXPECT_EQ(validate_update(before, after), kube::Verdict{});
}

TEST(ValidateUpdate, RefusesWhatMayNotChange) {
  const DynamoModel before{.spec = lora("m", "s3://b/p")};
  DynamoModel after = before;
  after.spec.base_model_name = "other";
  after.spec.model_type = ModelType::kAdapter;
  const auto verdict = validate_update(before, after);
  EXPECT_THAT(
      problems_of(verdict),
      ElementsAre(
          R"(spec.baseModelName: Invalid value: "other": is immutable and cannot be changed after creation)",
          R"(spec.modelType: Invalid value: "adapter": is immutable and cannot be changed after creation)"));
  EXPECT_THAT(verdict.warnings,
              ElementsAre(R"(spec.source is not used unless spec.modelType is "lora")",
                          "Changing spec.baseModelName will break endpoint discovery",
                          "Changing spec.modelType may cause unexpected behavior"));
}

TEST(ValidateUpdate, LooksAtNothingWhenTheSpecIsTheSameOrTheObjectIsBeingDeleted) {
  const DynamoModel invalid{.spec = lora("", "gs://x")};
  DynamoModel labelled = invalid;
  labelled.metadata.labels["a"] = "b";
  EXPECT_EQ(validate_update(invalid, labelled), kube::Verdict{});

  DynamoModel deleting{.spec = lora("", "other://x")};
  deleting.metadata.deletion_timestamp = WallTime{};
  EXPECT_EQ(validate_update(invalid, deleting), kube::Verdict{});
}

json::value object_with(std::string_view spec) {
  return {
      {"kind", "DynamoModel"}, {"metadata", {{"name", "m"}}}, {"spec", decode_json(spec).value()}};
}

TEST(ValidateModelJson, JoinsTypesAndRules) {
  const struct {
    std::string_view spec;
    std::vector<std::string> problems;
  } cases[] = {
      {R"({"modelName":"m","baseModelName":"b"})", {}},
      {"{}",
       {"spec.modelName: Required value: must not be empty",
        "spec.baseModelName: Required value: must not be empty"}},
      {R"({"modelName":5,"baseModelName":"b","modelType":"lara"})",
       {R"(spec.modelName: Invalid value: "integer": spec.modelName in body must be of type string: "integer")",
        R"(spec.modelType: Unsupported value: "lara": supported values: "base", "lora", "adapter")"}},
      {R"({"modelName":"m","baseModelName":"b","modelType":"lora","source":{}})",
       {R"(spec.source.uri: Required value: must be specified when spec.modelType is "lora")"}},
      {R"({"modelName":"m","baseModelName":"b","source":{}})", {"spec.source.uri: Required value"}},
  };

  for (const auto& [spec, problems] : cases)
    EXPECT_THAT(problems_of(validate_model_json(object_with(spec), nullptr)),
                testing::UnorderedElementsAreArray(problems))
        << spec;
}

TEST(ValidateModelJson, TreatsAnObjectWithoutSpecAsEmpty) {
  EXPECT_EQ(validate_model_json({{"metadata", {{"name", "m"}}}}, nullptr).problems.size(), 2);
}

TEST(ValidateModelJson, LooksAtAnUpdateOnlyIfTheSpecChanged) {
  const auto broken = object_with(R"({"modelName":5})");
  EXPECT_EQ(validate_model_json(broken, broken), kube::Verdict{});

  auto deleting = object_with(R"({"modelName":6})");
  deleting.at("metadata").as_object()["deletionTimestamp"] = "2026-01-02T03:04:05Z";
  EXPECT_EQ(validate_model_json(deleting, broken), kube::Verdict{});

  EXPECT_FALSE(validate_model_json(object_with(R"({"modelName":6})"), broken).ok());
}

TEST(ValidateModelJson, IgnoresWhatAStatusLooksLike) {
  auto object = object_with(R"({"modelName":"m","baseModelName":"b"})");
  object.as_object()["status"] = {{"endpoints", 5}};
  EXPECT_EQ(validate_model_json(object, nullptr), kube::Verdict{});
}

}  // namespace

}  // namespace dynamod::kinds
