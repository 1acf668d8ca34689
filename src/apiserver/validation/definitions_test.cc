// CustomResourceDefinitions held against what kube-apiserver said to them
// (tests/oracle/validation/record.py).
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "apiserver/validation/crd_object.h"
#include "apiserver/validation/recorded.h"

namespace dynamod::apiserver {
namespace {

// Values Kubernetes prints as Go structs with every field; ours show the JSON.
const std::set<std::string, std::less<>> kPrintedDifferently = {"status-root"};

kube::Verdict judge(const json::object& step) {
  json::object crd = step.at("object").get_object();
  if (text_in(step, "verb") == "create") {
    default_crd(crd);
    prepare_crd_create(crd);
    return validate_crd(crd);
  }
  const json::object& old = step.at("old").get_object();
  prepare_crd_update(crd, old);
  return validate_crd_update(crd, old);
}

// Warnings about formats come in the order of a Go map.
std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  return lines;
}

TEST(Definitions, GetTheVerdictOfKubernetes) {
  std::size_t count = 0;
  for (const auto& entry : read_recorded("testdata/definitions.json").get_array()) {
    const json::object& step = entry.get_object();
    if (kPrintedDifferently.contains(text_in(step, "name"))) continue;
    SCOPED_TRACE(text_in(step, "name"));
    const kube::Verdict verdict = judge(step);
    EXPECT_EQ(cause_lines(verdict.problems), recorded_lines(step));
    EXPECT_EQ(sorted(verdict.warnings), sorted(texts_in(step, "warnings")));
    ++count;
  }
  EXPECT_GT(count, 100U);
}

json::object definition() {
  json::object crd = read_recorded("testdata/objects.json").at(0).at("crd").get_object();
  default_crd(crd);
  prepare_crd_create(crd);
  return crd;
}

const NameTaken kAllFree = [](const NameClaim&) { return false; };

TEST(Definitions, AreEstablishedOnceTheirNamesAreAccepted) {
  json::object crd = definition();
  crd["status"] = crd_status(crd, kAllFree, WallTime());
  EXPECT_TRUE(crd_condition_true(crd, "NamesAccepted"));
  EXPECT_TRUE(crd_condition_true(crd, "Established"));
  EXPECT_EQ(text_in(object_in(object_in(crd, "status"), "acceptedNames"), "listKind"),
            "TypessList");
  EXPECT_TRUE(equal_json(crd_status(crd, kAllFree, WallTime(std::chrono::hours(1))),
                         object_in(crd, "status")));
}

TEST(Definitions, KeepConflictingNamesOut) {
  json::object crd = definition();
  const NameTaken taken = [](const NameClaim& claim) { return claim.name == "Typess"; };
  crd["status"] = crd_status(crd, taken, WallTime());
  EXPECT_FALSE(crd_condition_true(crd, "NamesAccepted"));
  EXPECT_FALSE(crd_condition_true(crd, "Established"));
  const auto& conditions = array_in(object_in(crd, "status"), "conditions");
  EXPECT_EQ(text_in(conditions[0].get_object(), "reason"), "KindConflict");
  EXPECT_EQ(text_in(conditions[0].get_object(), "message"), "\"Typess\" is already in use");
}

TEST(Definitions, KeepRulesThisServerDoesNotRunWithAWarningAndACondition) {
  json::object crd = definition();
  json::value& schema = crd["spec"].at("versions").at(0).at("schema").at("openAPIV3Schema");
  schema.get_object()["x-kubernetes-validations"] =
      json::array{json::object{{"rule", "ip(self.metadata.name).isLoopback()"}}};
  const auto verdict = validate_crd(crd);
  EXPECT_TRUE(verdict.ok());
  ASSERT_EQ(verdict.warnings.size(), 1U);
  EXPECT_EQ(verdict.warnings[0],
            "spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule: this server does "
            "not run it: ERROR: <input>:1:3: undeclared reference to 'ip' (in container '')");
  crd["status"] = crd_status(crd, kAllFree, WallTime());
  EXPECT_TRUE(crd_condition_true(crd, "UnusableRules"));
  EXPECT_TRUE(crd_condition_true(crd, "Established"));
}

}  // namespace
}  // namespace dynamod::apiserver
