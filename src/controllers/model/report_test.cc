// What users are told: the rows of the condition and event tables.
#include "controllers/model/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/model/test_world.h"
#include "kube/condition.h"

namespace dynamod::controllers::model {
namespace {

using kube::ConditionStatus;
using lora::EndpointReason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

ModelReport report_of(const ModelWorld& world, const Announced& before = {},
                      PlanTime now = kPlanTime) {
  return report_model(world, plan_model(world, now), now, before);
}

const kube::Condition& condition(const ModelReport& report, std::string_view type) {
  const kube::Condition* found = kube::find_condition(report.status.conditions, type);
  EXPECT_NE(found, nullptr) << type;
  static const kube::Condition kNone;
  return found == nullptr ? kNone : *found;
}

EndpointBuilder failing(const std::string& pod) {
  return worker(pod).failed(AdapterTask::kLoad, "x", "s3://b/x",
                            EndpointReason::kSourceUnavailable);
}

struct Row {
  const char* what;
  std::vector<EndpointBuilder> endpoints;
  ConditionStatus status;
  const char* reason;
  const char* message;
};

TEST(ReportModel, EndpointsReadyFollowsTheTable) {
  const std::vector<Row> rows = {
      {"all ready",
       {worker("w-0").lists("x"), worker("w-1").lists("x")},
       ConditionStatus::kTrue,
       "EndpointsDiscovered",
       "Discovered 2 ready endpoints for base model qwen"},
      {"some",
       {worker("w-0").lists("x"), failing("w-1")},
       ConditionStatus::kFalse,
       "NotReady",
       "Found 1 ready endpoint(s) out of 2 total: w-1: SourceUnavailable: it said no"},
      {"none",
       {failing("w-0")},
       ConditionStatus::kFalse,
       "NoReadyEndpoints",
       "Found 0 ready endpoint(s) out of 1 total: w-0: SourceUnavailable: it said no"},
      {"the first three",
       {failing("w-0"), failing("w-1"), failing("w-2"), failing("w-3")},
       ConditionStatus::kFalse,
       "NoReadyEndpoints",
       "Found 0 ready endpoint(s) out of 4 total: w-0: SourceUnavailable: it said no; w-1: "
       "SourceUnavailable: it said no; "
       "w-2: SourceUnavailable: it said no"},
      {"no candidate",
       {},
       ConditionStatus::kFalse,
       "NoEndpoints",
       "No endpoint slices found for base model qwen"},
  };
  const auto model = lora("x");
  for (const Row& row : rows) {
    const auto report = report_of(world_of(model, applied_for(model), row.endpoints));
    for (const auto type : {kinds::kEndpointsReadyCondition, kinds::kReadyCondition}) {
      EXPECT_EQ(condition(report, type).status, row.status) << row.what;
      EXPECT_EQ(condition(report, type).reason, row.reason) << row.what;
      EXPECT_EQ(condition(report, type).message, row.message) << row.what;
      EXPECT_EQ(condition(report, type).observed_generation, 1) << row.what;
    }
    EXPECT_EQ(report.status.total_endpoints, static_cast<int>(row.endpoints.size())) << row.what;
  }
}

TEST(ReportModel, ServicesFoundFollowsTheTable) {
  const auto model = lora("x");
  auto report = report_of(world_of(model, applied_for(model), {worker("w-0")}));
  EXPECT_EQ(condition(report, kinds::kServicesFoundCondition).message, "Found 1 service(s)");
  report = report_of(world_of(model, applied_for(model), {}));
  EXPECT_EQ(condition(report, kinds::kServicesFoundCondition).reason, "NoServicesFound");
}

TEST(ReportModel, AnEndpointTellsWhatIsThereAndWhy) {
  const auto model = lora("x").from("https://user:secret@h/x");
  const auto report = report_of(world_of(model, applied_for(model), {worker("w-0").lists("x")}));
  ASSERT_EQ(report.status.endpoints.size(), 1);
  const kinds::ModelEndpoint& endpoint = report.status.endpoints[0];
  EXPECT_EQ(endpoint.address, "http://10.0.0.1:9090");
  EXPECT_EQ(endpoint.pod_name, "w-0");
  EXPECT_TRUE(endpoint.ready);
  EXPECT_EQ(endpoint.reason, "Loaded");
  EXPECT_EQ(endpoint.container_id, "w-0-container");
  EXPECT_EQ(endpoint.since, kWall);
  EXPECT_EQ(endpoint.source.find("secret"), std::string::npos);
}

TEST(ReportModel, AnAdapterOnAnUnreadyPodIsNotReady) {
  const auto model = lora("x");
  const auto unready = worker("w-0").lists("x").with([](auto& w) {
    w.pod_ready = false;
    w.pod_message = "probe failed";
  });
  const auto report = report_of(world_of(model, applied_for(model), {unready}));
  EXPECT_EQ(report.status.ready_endpoints, 0);
  EXPECT_EQ(report.status.endpoints[0].reason, "PodNotReady");
  EXPECT_THAT(report.status.endpoints[0].message, HasSubstr("probe failed"));
}

TEST(ReportModel, KeepsSinceWhileNothingChanges) {
  auto model = lora("x").seen("w-0", "Loaded", "s3://b/x");
  const auto report = report_of(world_of(model, applied_for(model), {worker("w-0").lists("x")}), {},
                                {kNow, kWall + 1h});
  EXPECT_EQ(report.status.endpoints[0].since, kWall);
}

TEST(ReportModel, ShowsTheOldSourceUntilTheNewOneIsThere) {
  auto model = lora("x").from("s3://b/new").generation(2).seen("w-0", "Loaded", "s3://b/x");
  const auto report =
      report_of(world_of(model, applied_for(model, "s3://b/x"),
                         {worker("w-0").runs(AdapterTask::kReload, "x", "s3://b/new").lists("x")}));
  EXPECT_EQ(report.status.endpoints[0].source, "s3://b/x");
  EXPECT_EQ(report.status.endpoints[0].reason, "Reloading");
  EXPECT_THAT(condition(report, kinds::kEndpointsReadyCondition).message,
              HasSubstr("0 of 1 updated"));
}

TEST(ReportModel, SaysWhereARollIsPaused) {
  auto model = lora("x").from("s3://b/new").generation(2);
  const auto report = report_of(world_of(
      model, applied_for(model, "s3://b/x"),
      {worker("w-0").failed(AdapterTask::kReload, "x", "s3://b/new", EndpointReason::kRankTooHigh),
       worker("w-1").lists("x", "s3://b/new"), worker("w-2").lists("x", "s3://b/x")}));
  EXPECT_THAT(condition(report, kinds::kEndpointsReadyCondition).message,
              HasSubstr("1 of 3 updated, paused: w-0: RankTooHigh: it said no"));
}

TEST(ReportModel, CoveredEndpointsAreNoReasonToBeNotReady) {
  const auto model = lora("x");
  const auto serving = worker("w-0").lists("x").with([](auto& w) { w.prefill_group = "graph:a"; });
  const auto covered = worker("w-1").with([](auto& w) {
    w.prefill_group = "graph:a";
    w.contact = Failure{EndpointReason::kLoraDisabled, "no handler"};
  });
  const auto report = report_of(world_of(model, applied_for(model), {serving, covered}));
  EXPECT_EQ(condition(report, kinds::kEndpointsReadyCondition).status, ConditionStatus::kTrue);
  EXPECT_EQ(report.status.ready_endpoints, 1);
  EXPECT_EQ(report.status.lora_fallback_covered_endpoints, 1);
  EXPECT_FALSE(report.status.endpoints[1].ready);
  EXPECT_EQ(report.status.endpoints[1].reason, "CoveredByPeer");
}

TEST(ReportModel, WhenDiscoveryFailsItSaysUnknownAndKeepsWhatWasSeen) {
  auto model = lora("x").seen("w-0", "Loaded", "s3://b/x");
  auto world = world_of(model, applied_for(model), {});
  world.discovery_failure = DiscoveryFailure{"cannot watch pods: forbidden"};
  const auto report = report_of(world);
  EXPECT_EQ(condition(report, kinds::kEndpointsReadyCondition).status, ConditionStatus::kUnknown);
  EXPECT_EQ(condition(report, kinds::kEndpointsReadyCondition).reason, "EndpointDiscoveryFailed");
  EXPECT_EQ(report.status.total_endpoints, 1);
  EXPECT_THAT(report.events, ElementsAre(ModelEvent{true, "EndpointDiscoveryFailed",
                                                    "cannot watch pods: forbidden"}));
}

TEST(ReportModel, StalledOnlyWhenWaitingCannotHelp) {
  const auto model = lora("x");
  auto world = world_of(model, std::nullopt, {worker("w-0")});
  EXPECT_EQ(kube::find_condition(report_of(world).status.conditions, kinds::kStalledCondition),
            nullptr);

  world.conflict_owner = "older";
  auto report = report_of(world);
  EXPECT_EQ(condition(report, kinds::kStalledCondition).reason, "NameConflict");
  EXPECT_THAT(condition(report, kinds::kStalledCondition).message,
              HasSubstr("belongs to DynamoModel older"));
  EXPECT_THAT(report.events, ElementsAre(Field(&ModelEvent::reason, "NameConflict")));
  EXPECT_THAT(report_of(world, report.announced).events, IsEmpty());
  EXPECT_EQ(condition(report, kinds::kReadyCondition).status, ConditionStatus::kFalse);
  EXPECT_EQ(condition(report, kinds::kReadyCondition).reason, "NameConflict");

  world.conflict_owner.reset();
  world.problems = {kube::required("spec.source", "is required when spec.modelType is \"lora\"")};
  EXPECT_EQ(condition(report_of(world), kinds::kStalledCondition).reason, "InvalidSpec");
}

// --- events ---

TEST(ReportModel, SaysReadyOnceAndAgainForANewGeneration) {
  auto model = lora("x");
  const std::vector<EndpointBuilder> ready = {worker("w-0").lists("x")};
  auto report = report_of(world_of(model, applied_for(model), ready));
  EXPECT_THAT(report.events,
              ElementsAre(ModelEvent{false, "EndpointsReady",
                                     "Discovered 1 ready endpoints for base model qwen"}));
  EXPECT_THAT(report_of(world_of(model, applied_for(model), ready), report.announced).events,
              IsEmpty());
  model.generation(2);
  EXPECT_EQ(report_of(world_of(model, applied_for(model), ready), report.announced).events.size(),
            1);
}

TEST(ReportModel, ARestartRepeatsNoEvent) {
  const auto model = lora("x");
  const auto report = report_of(world_of(model, applied_for(model), {worker("w-0").lists("x")}));
  auto stored = model.get();
  stored.status = report.status;
  EXPECT_EQ(Announced::from_status(stored), report.announced);
}

TEST(ReportModel, NoWarningWhileEndpointsWaitForNobodysHelp) {
  auto model = lora("x").seen("w-0", "Loading");
  const auto world = world_of(model, applied_for(model),
                              {worker("w-0").runs(AdapterTask::kLoad, "x", "s3://b/x")});
  auto report = report_of(world, {}, {kNow, kWall + 10s});
  EXPECT_THAT(report.events, IsEmpty());
  EXPECT_EQ(report.recheck_at, kNow + 50s);

  report = report_of(world, {}, {kNow + 60s, kWall + 60s});
  EXPECT_THAT(report.events, ElementsAre(AllOf(Field(&ModelEvent::reason, "NotReady"),
                                               Field(&ModelEvent::warning, true))));
}

TEST(ReportModel, AFailedLoadIsAPartialEndpointFailureOnce) {
  const auto model = lora("x");
  const auto world =
      world_of(model, applied_for(model), {worker("w-0").lists("x"), failing("w-1")});
  const auto report = report_of(world);
  EXPECT_THAT(
      report.events,
      ElementsAre(
          ModelEvent{true, "PartialEndpointFailure",
                     "Some endpoints failed to load LoRA: w-1: SourceUnavailable: it said no"},
          Field(&ModelEvent::reason, "NotReady")));
  EXPECT_THAT(report_of(world, report.announced).events, IsEmpty());
}

TEST(ReportModel, NoEndpointsIsAWarningOnceTheServiceHadTimeToFindThem) {
  const auto model = lora("x");
  const auto world = world_of(model, applied_for(model), {});
  const auto first = report_of(world);
  EXPECT_THAT(first.events, IsEmpty());
  EXPECT_EQ(first.recheck_at, kNow + kNoEndpointsQuietFor);

  auto stored = *world.model;
  stored.status = first.status;
  auto later = world;
  later.model = std::make_shared<kinds::DynamoModel>(stored);
  EXPECT_THAT(report_of(later, first.announced, {kNow + 5s, kWall + 5s}).events,
              ElementsAre(ModelEvent{true, "NoEndpointsFound",
                                     "No endpoint slices found for base model qwen"}));
}

TEST(ReportModel, SaysAnotherNumberOfReadyEndpointsWhenItHasStood) {
  const auto model = lora("x");
  const auto one = report_of(world_of(model, applied_for(model), {worker("w-0").lists("x")}));
  const auto world =
      world_of(model, applied_for(model), {worker("w-0").lists("x"), worker("w-1").lists("x")});
  const auto two = report_of(world, one.announced);
  EXPECT_THAT(two.events, IsEmpty());
  EXPECT_EQ(two.recheck_at, kNow + kCountQuietFor);
  const auto later = report_of(world, two.announced, {kNow + 2s, kWall + 2s});
  EXPECT_THAT(later.events,
              ElementsAre(ModelEvent{false, "EndpointsReady",
                                     "Discovered 2 ready endpoints for base model qwen"}));
}

TEST(ReportModel, TheSameNameOnAnotherBaseIsAWarningOnce) {
  const auto model = lora("x");
  auto world = world_of(model, applied_for(model), {worker("w-0").lists("x")});
  world.same_name_elsewhere = "other";
  const auto report = report_of(world);
  EXPECT_THAT(report.events, ElementsAre(Field(&ModelEvent::reason, "NameOnAnotherBase"),
                                         Field(&ModelEvent::reason, "EndpointsReady")));
  EXPECT_THAT(report_of(world, report.announced).events, IsEmpty());
}

TEST(ReportModel, ADeletionTellsHowItEnded) {
  const auto model = lora("x").deleted_at(kWall);
  auto report = report_of(world_of(model, applied_for(lora("x")), {worker("w-0"), worker("w-1")}));
  EXPECT_THAT(report.events,
              ElementsAre(ModelEvent{false, "LoRAUnloaded", "Unloaded LoRA from 2 endpoint(s)"}));

  const auto hung =
      worker("w-0").with([](auto& w) { w.contact = Failure{EndpointReason::kTimeout, "t"}; });
  report =
      report_of(world_of(model, applied_for(lora("x")), {hung}), {}, {kNow + 5min, kWall + 5min});
  EXPECT_THAT(report.events, ElementsAre(AllOf(Field(&ModelEvent::reason, "LoRAUnloadFailed"),
                                               Field(&ModelEvent::message, HasSubstr("w-0")))));
}

TEST(ReportModel, WhileDeletingItShowsWhatRemains) {
  const auto model = lora("x").deleted_at(kWall);
  const auto report =
      report_of(world_of(model, applied_for(lora("x")), {worker("w-0").lists("x"), worker("w-1")}));
  ASSERT_EQ(report.status.endpoints.size(), 1);
  EXPECT_EQ(report.status.endpoints[0].pod_name, "w-0");
  EXPECT_EQ(report.status.endpoints[0].reason, "Unloading");
}

// --- when it is written ---

TEST(ReportModel, AStatusIsNotReplacedBeforeTheWorkersWereAsked) {
  const auto unasked = worker("w-0").with([](auto& w) { w.listed_once = false; });
  auto model = lora("x");
  EXPECT_FALSE(
      report_of(world_of(model, applied_for(model), {unasked})).premature);  // there is none yet

  auto world = world_of(model, applied_for(model), {unasked});
  auto stored = *world.model;
  stored.status = report_of(world_of(model, applied_for(model), {worker("w-0").lists("x")})).status;
  world.model = std::make_shared<kinds::DynamoModel>(stored);
  const auto report = report_of(world);
  EXPECT_TRUE(report.premature);
  EXPECT_THAT(report.events, IsEmpty());

  world.endpoints[0].contact = Failure{EndpointReason::kTimeout, "no answer"};
  EXPECT_FALSE(report_of(world).premature);
}

TEST(ReportModel, IsUrgentWhenAConditionTurnsAndNotForProgress) {
  auto model = lora("x");
  const auto first = report_of(world_of(model, applied_for(model), {worker("w-0"), worker("w-1")}));
  EXPECT_TRUE(first.urgent);

  const auto with_status = [&](std::vector<EndpointBuilder> endpoints) {
    auto world = world_of(model, applied_for(model), std::move(endpoints));
    auto stored = *world.model;
    stored.status = first.status;
    world.model = std::make_shared<kinds::DynamoModel>(stored);
    return report_of(world);
  };
  EXPECT_FALSE(with_status({worker("w-0").lists("x"), worker("w-1")}).urgent);
  EXPECT_TRUE(with_status({worker("w-0").lists("x"), worker("w-1").lists("x")}).urgent);
  EXPECT_TRUE(with_status({}).urgent);
}

}  // namespace
}  // namespace dynamod::controllers::model
