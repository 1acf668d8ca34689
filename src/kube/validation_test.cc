// Texts and Status objects, compared with what Kubernetes writes.
#include "kube/validation.h"

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

constexpr ResourceType kModels{"nvidia.com", "v1alpha1", "dynamomodels", "DynamoModel"};

TEST(Problem, PrintsAsKubernetesDoes) {
  const struct {
    Problem problem;
    std::string text;
  } cases[] = {
      {required("spec.modelName", "must not be empty"),
       "spec.modelName: Required value: must not be empty"},
      {required("spec", ""), "spec: Required value"},
      {invalid("spec.source.uri", kRedacted, "must be a path"),
       R"(spec.source.uri: Invalid value: "<redacted>": must be a path)"},
      {invalid("spec.replicas", "-1", "must be positive"),
       "spec.replicas: Invalid value: -1: must be positive"},
      {not_supported("spec.modelType", "lara", {"base", "lora"}),
       R"(spec.modelType: Unsupported value: "lara": supported values: "base", "lora")"},
      {too_long("spec.modelName", 256), "spec.modelName: Too long: may not be more than 256 bytes"},
      {too_long("spec.modelName", 256, "use a short one"),
       "spec.modelName: Too long: may not be more than 256 bytes; use a short one"},
      {{.path = "a", .kind = Problem::Kind::kDuplicate, .value = quote("x"), .detail = ""},
       R"(a: Duplicate value: "x")"},
      {{.path = "a", .kind = Problem::Kind::kForbidden, .value = quote("x"), .detail = "no"},
       "a: Forbidden: no"},
  };

  for (const auto& [problem, text] : cases) EXPECT_EQ(problem.text(), text);
}

TEST(Quote, EscapesAndCutsWhatWouldBreakALine) {
  EXPECT_EQ(quote(R"(a"b\c)"), R"("a\"b\\c")");
  EXPECT_EQ(quote("a\nb\tc\rd\x01\x7F"), R"("a\nb\tc\rd\x01\x7f")");
  EXPECT_EQ(quote("Grüße"), "\"Grüße\"");
  EXPECT_EQ(quote(std::string(129, 'a')), "\"" + std::string(128, 'a') + "...\"");
  EXPECT_EQ(quote(std::string(127, 'a') + "ü"), "\"" + std::string(127, 'a') + "...\"");
}

TEST(ProblemsText, ListsSeveralAndShowsTheSameOnce) {
  const Problem a = required("a", "");
  const Problem b = required("b", "");
  EXPECT_EQ(problems_text({a}), "a: Required value");
  EXPECT_EQ(problems_text({a, a}), "a: Required value");
  EXPECT_EQ(problems_text({a, b, a}), "[a: Required value, b: Required value]");
}

TEST(InvalidStatus, CarriesEveryProblemAsACause) {
  const std::vector<Problem> problems = {required("spec.modelName", "must not be empty"),
                                         invalid("spec.source.uri", kRedacted, "must be a path")};
  const json::value expected = {
      {"kind", "Status"},
      {"apiVersion", "v1"},
      {"metadata", json::object()},
      {"status", "Failure"},
      {"message",
       R"(DynamoModel.nvidia.com "x" is invalid: [spec.modelName: Required value: must not be empty, )"
       R"(spec.source.uri: Invalid value: "<redacted>": must be a path])"},
      {"reason", "Invalid"},
      {"details",
       {{"name", "x"},
        {"group", "nvidia.com"},
        {"kind", "DynamoModel"},
        {"causes", json::array{{{"reason", "FieldValueRequired"},
                                {"message", "Required value: must not be empty"},
                                {"field", "spec.modelName"}},
                               {{"reason", "FieldValueInvalid"},
                                {"message", R"(Invalid value: "<redacted>": must be a path)"},
                                {"field", "spec.source.uri"}}}}}},
      {"code", 422}};
  EXPECT_EQ(encode_json(invalid_status(kModels, "x", problems)), encode_json(expected));
}

}  // namespace

}  // namespace dynamod::kube
