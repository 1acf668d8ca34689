// Which pods are endpoints, and what a pod says about its worker.
#include "controllers/model/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/model/debt_record.h"
#include "kinds/dynamo_model.h"
#include "kube/decode.h"

namespace dynamod::controllers::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

kube::Pod pod(const std::string& name, const std::string& ip = "10.0.0.1") {
  kube::Pod result;
  result.metadata.name = name;
  result.metadata.ns = "prod";
  result.metadata.uid = name + "-uid";
  result.metadata.annotations = {{std::string(kinds::kBaseModelAnnotation), "qwen"}};
  result.spec.containers.emplace_back();
  result.spec.containers[0].name = "main";
  result.status.phase = "Running";
  result.status.pod_ip = ip;
  result.status.conditions.push_back({.type = "Ready", .status = kube::ConditionStatus::kTrue});
  result.status.conditions.push_back(
      {.type = "ContainersReady", .status = kube::ConditionStatus::kTrue});
  result.status.container_statuses.emplace_back();
  result.status.container_statuses[0].name = "main";
  result.status.container_statuses[0].container_id = "containerd://" + name;
  return result;
}

kube::EndpointSlice slice(const std::vector<kube::Pod>& pods,
                          const std::string& service = "dynamo-model-1") {
  kube::EndpointSlice result;
  result.metadata.labels = {{std::string(kube::kServiceNameLabel), service}};
  for (const kube::Pod& p : pods) {
    kube::SliceEndpoint endpoint;
    endpoint.addresses = {p.status.pod_ip};
    endpoint.target_ref = kube::EndpointTarget{"Pod", "prod", p.metadata.name, p.metadata.uid};
    result.endpoints.push_back(endpoint);
  }
  return result;
}

Members join(const std::vector<kube::Pod>& pods, const std::vector<kube::EndpointSlice>& slices) {
  std::vector<PodPtr> shared_pods;
  std::vector<SlicePtr> shared_slices;
  for (const auto& p : pods) shared_pods.push_back(std::make_shared<kube::Pod>(p));
  for (const auto& s : slices) shared_slices.push_back(std::make_shared<kube::EndpointSlice>(s));
  return join_members("qwen", shared_pods, shared_slices, kWorkerPort);
}

TEST(JoinMembers, OneEntryForEachPodThatASliceNames) {
  const auto a = pod("w-1");
  const auto b = pod("w-0", "10.0.0.2");
  const auto members = join({a, b}, {slice({a, b}), slice({a}, "component")});
  ASSERT_EQ(members.all.size(), 2);
  EXPECT_EQ(members.all[0].identity.pod_name, "w-0");
  EXPECT_EQ(members.all[0].address, "http://10.0.0.2:9090");
  EXPECT_TRUE(members.all[0].counts && members.all[1].counts);
  EXPECT_EQ(members.services, 2);
}

TEST(JoinMembers, APodThatNoSliceNamesDoesNotCount) {
  const auto members = join({pod("w-0")}, {});
  ASSERT_EQ(members.all.size(), 1);
  EXPECT_FALSE(members.all[0].counts);
  EXPECT_EQ(members.services, 0);
}

TEST(JoinMembers, ATerminatingPodDoesNotCount) {
  auto leaving = pod("w-0");
  leaving.metadata.deletion_timestamp = WallTime{};
  const auto members = join({leaving}, {slice({leaving})});
  EXPECT_FALSE(members.all[0].counts);
  EXPECT_TRUE(members.all[0].terminating);
}

TEST(JoinMembers, APodOfAnotherBaseModelWithTheSameHashIsLeftAlone) {
  auto other = pod("w-0");
  other.metadata.annotations[std::string(kinds::kBaseModelAnnotation)] = "llama";
  const auto members = join({other}, {slice({other})});
  EXPECT_THAT(members.all, IsEmpty());
  ASSERT_EQ(members.warnings.size(), 1);
  EXPECT_THAT(members.warnings[0].message, HasSubstr("llama"));
}

TEST(JoinMembers, AnAddressThatIsNotThePodsIsNeverCalled) {
  const auto p = pod("w-0");
  auto forged = slice({p});
  forged.endpoints[0].addresses = {"169.254.169.254"};
  const auto members = join({p}, {forged});
  EXPECT_EQ(members.all[0].address, "http://10.0.0.1:9090");
  ASSERT_EQ(members.warnings.size(), 1);
  EXPECT_THAT(members.warnings[0].message, HasSubstr("169.254.169.254"));
}

TEST(Identify, WritesIpv6InBrackets) {
  const auto members = join({pod("w-0", "fd00::1")}, {});
  EXPECT_EQ(members.all[0].address, "http://[fd00::1]:9090");
}

TEST(Identify, ARestartIsAnotherIncarnation) {
  auto p = pod("w-0");
  const auto before = identify(p, kWorkerPort);
  p.status.container_statuses[0].restart_count = 1;
  EXPECT_NE(identify(p, kWorkerPort).incarnation, before.incarnation);
}

TEST(Identify, LooksAtTheContainerThatDeclaresThePort) {
  auto p = pod("w-0");
  p.spec.containers.emplace_back();
  p.spec.containers[1].name = "engine";
  p.spec.containers[1].ports.push_back({.name = "system", .container_port = 9090});
  p.status.container_statuses.emplace_back();
  p.status.container_statuses[1].name = "engine";
  p.status.container_statuses[1].container_id = "engine-id";
  EXPECT_EQ(identify(p, kWorkerPort).incarnation, "engine-id#0");
}

TEST(Identify, IsCallableWhenItsContainersAreReadyNotBefore) {
  auto p = pod("w-0");
  p.status.conditions[0].status =
      kube::ConditionStatus::kFalse;  // a readiness gate may still be closed
  EXPECT_TRUE(identify(p, kWorkerPort).callable);
  p.status.conditions[1].status = kube::ConditionStatus::kFalse;
  EXPECT_FALSE(identify(p, kWorkerPort).callable);
  p = pod("w-0", "");
  EXPECT_FALSE(identify(p, kWorkerPort).callable);
}

TEST(PrefillGroup, IsOnlyOfVllmPrefillWorkers) {
  auto p = pod("w-0");
  p.spec.containers[0].args = {"-m", "dynamo.vllm"};
  p.metadata.labels = {{"nvidia.com/dynamo-component-type", "prefill"},
                       {"nvidia.com/dynamo-graph-deployment-name", "g"},
                       {"nvidia.com/selector", "s"}};
  EXPECT_EQ(prefill_group(p), "graph:g");
  p.metadata.labels.erase("nvidia.com/dynamo-graph-deployment-name");
  EXPECT_EQ(prefill_group(p), "workload:s");
  p.metadata.labels["nvidia.com/dynamo-component-type"] = "worker";
  EXPECT_EQ(prefill_group(p), std::nullopt);
  p.metadata.labels["nvidia.com/dynamo-sub-component-type"] = "prefill";
  EXPECT_EQ(prefill_group(p), "workload:s");
  p.spec.containers[0].args = {"-m", "dynamo.sglang"};
  EXPECT_EQ(prefill_group(p), std::nullopt);
}

TEST(Debts, AreReadBackFromTheConditionTheyAreWrittenTo) {
  auto p = pod("w-0");
  EXPECT_THAT(debts_of(p), IsEmpty());
  const json::value patch = debt_patch(p, {"a", "b/c"}, WallTime{});
  EXPECT_EQ(string_at(patch, "metadata.uid"), "w-0-uid");
  const json::value* condition = find_json(patch, "status.conditions[0]");
  ASSERT_NE(condition, nullptr);
  const auto decoded = kube::from_json<kube::PodCondition>(*condition);
  ASSERT_TRUE(decoded);
  p.status.conditions.push_back(*decoded);
  EXPECT_THAT(debts_of(p), ElementsAre("a", "b/c"));
  EXPECT_THAT(find_json(debt_patch(p, {}, WallTime{}), "status.conditions")->as_array(), IsEmpty());
}

TEST(Debts, GarbageInTheConditionIsNoDebt) {
  auto p = pod("w-0");
  p.status.conditions.push_back({.type = std::string(kinds::kAdapterDebtCondition),
                                 .status = kube::ConditionStatus::kTrue,
                                 .message = "not json"});
  EXPECT_THAT(debts_of(p), IsEmpty());
}

}  // namespace
}  // namespace dynamod::controllers::model
