// Objects held against what kube-apiserver said to them (tests/oracle/validation/record.py).
#include <gtest/gtest.h>

#include "apiserver/validation/recorded.h"
#include "apiserver/validation/validate.h"

namespace dynamod::apiserver {
namespace {

std::shared_ptr<const ObjectValidator> validator_of(const json::object& crd) {
  const json::object& spec = object_in(crd, "spec");
  const json::object& version = array_in(spec, "versions")[0].get_object();
  ObjectRules rules{.api_version = std::string(text_in(spec, "group")) + "/v1",
                    .kind = std::string(text_in(object_in(spec, "names"), "kind"))};
  if (const auto* scale = object_in(version, "subresources").if_contains("scale")) {
    const json::object& paths = scale->get_object();
    rules.scale = ScalePaths{.spec_replicas = std::string(text_in(paths, "specReplicasPath")),
                             .status_replicas = std::string(text_in(paths, "statusReplicasPath")),
                             .label_selector = std::string(text_in(paths, "labelSelectorPath"))};
  }
  return ObjectValidator::create(object_in(object_in(version, "schema"), "openAPIV3Schema"),
                                 std::move(rules));
}

kube::Verdict judge(const ObjectValidator& validator, const json::object& step) {
  json::object object = step.at("object").get_object();
  const auto verb = text_in(step, "verb");
  if (verb == "create") {
    object["metadata"].get_object()["generation"] = 1;
    return validator.validate_create(object);
  }
  const json::object& old = step.at("old").get_object();
  return verb == "status" ? validator.validate_status_update(object, old)
                          : validator.validate_update(object, old);
}

TEST(Objects, GetTheVerdictOfKubernetes) {
  std::size_t steps = 0;
  for (const auto& group : read_recorded("testdata/objects.json").get_array()) {
    const auto validator = validator_of(group.at("crd").get_object());
    EXPECT_EQ(validator->unusable(), std::vector<std::string>()) << group.at("name");
    for (const auto& entry : group.at("steps").get_array()) {
      const json::object& step = entry.get_object();
      const std::int64_t code = step.at("code").get_int64();
      if (code >= 400 && code != 422) continue;  // refused before validation
      ++steps;
      const kube::Verdict verdict = judge(*validator, step);
      SCOPED_TRACE(std::string(group.at("name").get_string()) + ": " +
                   encode_json(object_in(step, "object").contains("status")
                                   ? step.at("object")
                                   : step.at("object").at("spec")) +
                   encode_json(step.at("object").at("metadata")));
      EXPECT_EQ(cause_lines(verdict.problems), recorded_lines(step));
      EXPECT_EQ(verdict.warnings, texts_in(step, "warnings"));
    }
  }
  EXPECT_GT(steps, 250U);
}

}  // namespace
}  // namespace dynamod::apiserver
