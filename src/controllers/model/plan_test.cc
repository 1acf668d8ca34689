// The rules of planning, one test each.
#include "controllers/model/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/model/test_world.h"

namespace dynamod::controllers::model {
namespace {

using lora::EndpointReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

const std::string kOld = "s3://b/old";
const std::string kNew = "s3://b/new";

// --- loading ---

TEST(PlanModel, LoadsOnEveryWorkerThatDoesNotListTheAdapter) {
  const auto model = lora("acme/x");
  const auto plan = plan_model(
      world_of(model, applied_for(model), {worker("w-0"), worker("w-1").lists("acme/x")}),
      kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(load("w-0", "acme/x", "s3://b/x")));
  EXPECT_TRUE(plan.verdicts[1].ready);
}

TEST(PlanModel, WritesTheAnnotationAndTheFinalizerBeforeTheFirstLoad) {
  const auto model = lora("x").without_finalizer();
  const auto plan = plan_model(world_of(model, std::nullopt, {worker("w-0")}), kPlanTime);
  EXPECT_EQ(plan.write_applied, applied_for(model));
  EXPECT_EQ(plan.finalizer, FinalizerChange::kAdd);
  EXPECT_THAT(plan.actions, ElementsAre(load("w-0", "x", "s3://b/x")));
}

TEST(PlanModel, CallsNoWorkerBeforeItsContainersAreReadyAndItsListIsKnown) {
  const auto model = lora("x");
  const auto not_ready = worker("w-0").with([](auto& w) { w.callable = false; });
  const auto not_listed = worker("w-1").with([](auto& w) { w.listed_once = false; });
  const auto plan =
      plan_model(world_of(model, applied_for(model), {not_ready, not_listed}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kPodNotReady);
  EXPECT_EQ(plan.verdicts[1].reason, EndpointReason::kWorkerStarting);
}

TEST(PlanModel, AsksNothingOfAWorkerThatDoesNotAnswer) {
  const auto model = lora("x");
  const auto hung = worker("w-0").with(
      [](auto& w) { w.contact = Failure{EndpointReason::kTimeout, "no answer"}; });
  const auto plan = plan_model(world_of(model, applied_for(model), {hung}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kTimeout);
}

TEST(PlanModel, SendsOneLoadWhileNothingChanges) {
  const auto model = lora("x");
  const auto busy = worker("w-0").runs(AdapterTask::kLoad, "x", "s3://b/x");
  const auto plan = plan_model(world_of(model, applied_for(model), {busy}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kLoading);
}

TEST(PlanModel, RetriesAFailedLoadWhenItsTimeHasCome) {
  const auto model = lora("x");
  auto world = world_of(model, applied_for(model),
                        {worker("w-0").failed(AdapterTask::kLoad, "x", "s3://b/x",
                                              EndpointReason::kLoadFailed, 20s)});
  auto plan = plan_model(world, kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.recheck_at, kNow + 20s);
  EXPECT_EQ(plan.verdicts[0].message, "it said no");

  plan = plan_model(world, {kNow + 20s, kWall + 20s});
  EXPECT_THAT(plan.actions, ElementsAre(load("w-0", "x", "s3://b/x")));
}

TEST(PlanModel, ForgetsAFailureOfAnotherSource) {
  const auto model = lora("x").from(kNew).generation(2);
  const auto plan = plan_model(
      world_of(model, applied_for(model),
               {worker("w-0").failed(AdapterTask::kLoad, "x", kOld, EndpointReason::kLoadFailed)}),
      kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(load("w-0", "x", kNew)));
}

TEST(PlanModel, LoadsNothingOnPodsThatDoNotCount) {
  const auto model = lora("x");
  const auto leaving = worker("w-0").with([](auto& w) { w.counts = false; });
  const auto plan = plan_model(world_of(model, applied_for(model), {leaving}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
}

TEST(PlanModel, TracksBaseModelsWithoutCallsAndWithoutAFinalizer) {
  const auto model = lora("x").tracked().without_finalizer();
  const auto plan = plan_model(
      world_of(model, std::nullopt,
               {worker("w-0"), worker("w-1").with([](auto& w) { w.pod_ready = false; })}),
      kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.finalizer, FinalizerChange::kKeep);
  EXPECT_FALSE(plan.write_applied);
  EXPECT_TRUE(plan.verdicts[0].ready);
  EXPECT_FALSE(plan.verdicts[1].ready);
}

TEST(PlanModel, DoesNothingOnStaleData) {
  const auto model = lora("x");
  auto world = world_of(model, applied_for(model), {worker("w-0")});
  world.discovery_failure = DiscoveryFailure{"cannot watch pods"};
  EXPECT_THAT(plan_model(world, kPlanTime).actions, IsEmpty());
}

// --- what a listed adapter is ---

struct SourceCase {
  const char* what;
  std::optional<Applied> applied;
  std::int64_t generation;
  EndpointBuilder endpoint;
  Loaded loaded;
};

TEST(PlanModel, KnowsWhatAListedAdapterIs) {
  const auto model = lora("x").from(kNew);
  const auto rolling = applied_for(model, kOld);
  const std::vector<SourceCase> cases = {
      {"ours, by our own load", applied_for(model), 1, worker("w").lists("x", kNew),
       Loaded::kWanted},
      {"ours, by the annotation", applied_for(model), 1, worker("w").lists("x"), Loaded::kWanted},
      {"another source, by our own load", applied_for(model), 2, worker("w").lists("x", kOld),
       Loaded::kOther},
      {"in a roll nobody can tell", rolling, 2, worker("w").lists("x"), Loaded::kOther},
      {"in a roll our own load tells", rolling, 2, worker("w").lists("x", kNew), Loaded::kWanted},
      {"taken over, never edited", std::nullopt, 1, worker("w").lists("x"), Loaded::kWanted},
      {"taken over, edited once", std::nullopt, 2, worker("w").lists("x"), Loaded::kOther},
      {"left by a deleted model", applied_for(model), 1,
       worker("w").lists("x").with([](auto& w) { w.adapters["x"].owed = true; }), Loaded::kOther},
      {"left by a deleted model, loaded anew by us", applied_for(model), 1,
       worker("w").lists("x", kNew).with([](auto& w) { w.adapters["x"].owed = true; }),
       Loaded::kWanted},
  };
  for (const auto& c : cases) {
    auto edited = model;
    const auto plan =
        plan_model(world_of(edited.generation(c.generation), c.applied, {c.endpoint}), kPlanTime);
    EXPECT_EQ(plan.verdicts[0].loaded, c.loaded) << c.what;
  }
}

TEST(PlanModel, BelievesTheLastStatusInARollForTheSameContainerOnly) {
  const auto seen = lora("x").from(kNew).generation(2).seen("w-0", "Loaded", kNew);
  const auto applied = applied_for(seen, kOld);
  auto plan = plan_model(world_of(seen, applied, {worker("w-0").lists("x")}), kPlanTime);
  EXPECT_EQ(plan.verdicts[0].loaded, Loaded::kWanted);

  const auto restarted = worker("w-0").lists("x").with([](auto& w) { w.container_id = "another"; });
  plan = plan_model(world_of(seen, applied, {restarted}), kPlanTime);
  EXPECT_EQ(plan.verdicts[0].loaded, Loaded::kOther);
}

// The roll to kOld was taken back: what the status said before it may not be so any more.
TEST(PlanModel, BelievesNoStatusOfAnOlderGenerationInARoll) {
  const auto seen = lora("x").from(kNew).seen("w-0", "Loaded", kNew);
  const auto back = ModelBuilder(seen).generation(3);
  const auto plan =
      plan_model(world_of(back, applied_for(back, kOld), {worker("w-0").lists("x")}), kPlanTime);
  EXPECT_EQ(plan.verdicts[0].loaded, Loaded::kOther);
}

// --- rolls ---

ModelWorld rolling_world(std::vector<EndpointBuilder> endpoints) {
  const auto model = lora("x").from(kNew).generation(2);
  return world_of(model, applied_for(model, kOld), std::move(endpoints));
}

TEST(PlanModel, AChangedSourceIsWrittenDownBeforeAnythingIsReloaded) {
  const auto before = lora("x").from(kOld);
  const auto model = lora("x").from(kNew).generation(2);
  const auto plan =
      plan_model(world_of(model, applied_for(before), {worker("w-0").lists("x", kOld)}), kPlanTime);
  ASSERT_TRUE(plan.write_applied);
  EXPECT_EQ(*plan.write_applied, applied_for(model, kOld));
  EXPECT_THAT(plan.actions, ElementsAre(reload("w-0", "x", kNew)));
}

TEST(PlanModel, RollsAQuarterOfTheEndpointsAtATime) {
  std::vector<EndpointBuilder> workers;
  for (int i = 0; i < 8; ++i) workers.push_back(worker("w-" + std::to_string(i)).lists("x", kOld));
  EXPECT_THAT(plan_model(rolling_world(workers), kPlanTime).actions,
              ElementsAre(reload("w-0", "x", kNew), reload("w-1", "x", kNew)));

  workers[0] = worker("w-0").lists("x", kNew);
  workers[1].runs(AdapterTask::kReload, "x", kNew);
  EXPECT_THAT(plan_model(rolling_world(workers), kPlanTime).actions,
              ElementsAre(reload("w-2", "x", kNew)));
}

TEST(PlanModel, RollsEndpointsThatServeNothingFirstAndOutsideTheBudget) {
  const auto world = rolling_world({worker("w-0").lists("x", kOld), worker("w-1"), worker("w-2")});
  EXPECT_THAT(plan_model(world, kPlanTime).actions,
              UnorderedElementsAre(load("w-1", "x", kNew), load("w-2", "x", kNew)));
}

TEST(PlanModel, ARollPausesOnAFailureOfItsOwnSource) {
  const auto world = rolling_world(
      {worker("w-0").failed(AdapterTask::kReload, "x", kNew, EndpointReason::kRankTooHigh),
       worker("w-1").lists("x", kOld), worker("w-2").lists("x", kOld)});
  const auto plan = plan_model(world, kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  ASSERT_TRUE(plan.roll);
  EXPECT_EQ(plan.roll->paused, "w-0: RankTooHigh: it said no");
}

TEST(PlanModel, ANewSourceReplacesAPausedRoll) {
  const auto model = lora("x").from("s3://b/third").generation(3);
  const auto failed =
      worker("w-0").failed(AdapterTask::kReload, "x", kNew, EndpointReason::kRankTooHigh);
  const auto plan = plan_model(world_of(model, applied_for(lora("x").from(kNew), kOld),
                                        {failed, worker("w-1").lists("x", kOld)}),
                               kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(load("w-0", "x", "s3://b/third")));
  EXPECT_EQ(plan.write_applied->from, source_hash(kNew));
}

// An unload that waits for the requests that use the adapter: it is sent again, and is no failure.
TEST(PlanModel, AnUnansweredUnloadHoldsItsShareOfARollWithoutPausingIt) {
  std::vector<EndpointBuilder> workers;
  for (int i = 0; i < 8; ++i) workers.push_back(worker("w-" + std::to_string(i)).lists("x", kOld));
  workers[0] = worker("w-0")
                   .lists("x")
                   .failed(AdapterTask::kReload, "x", kNew, EndpointReason::kTimeout, 20s)
                   .with([](auto& w) { w.adapters["x"].unload_may_run = true; });
  const auto plan = plan_model(rolling_world(workers), kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(reload("w-1", "x", kNew)));
  EXPECT_FALSE(plan.roll->paused);
  EXPECT_EQ(plan.recheck_at, kNow + 20s);

  const PlanTime later{kNow + 20s, kWall + 20s};
  EXPECT_THAT(plan_model(rolling_world(workers), later).actions,
              ElementsAre(reload("w-0", "x", kNew), reload("w-1", "x", kNew)));
}

TEST(PlanModel, AReloadThatDidNotReachTheWorkerWaitsForItsRetry) {
  const auto refused = worker("w-0").lists("x", kOld).failed(AdapterTask::kReload, "x", kNew,
                                                             EndpointReason::kUnreachable, 1s);
  const auto plan = plan_model(rolling_world({refused}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.recheck_at, kNow + 1s);
}

// It may go at any moment: renamed away and back while the worker did not answer the unload.
TEST(PlanModel, WhatAnUnansweredUnloadMayTakeIsNotReadyAndIsLoadedAfresh) {
  const auto model = lora("x");
  const auto drained =
      worker("w-0").lists("x").with([](auto& w) { w.adapters["x"].unload_may_run = true; });
  const auto plan = plan_model(world_of(model, applied_for(model), {drained}), kPlanTime);
  EXPECT_FALSE(plan.verdicts[0].ready);
  EXPECT_THAT(plan.verdicts[0].message, HasSubstr("may still happen"));
  EXPECT_THAT(plan.actions, ElementsAre(reload("w-0", "x", "s3://b/x")));
}

TEST(PlanModel, UnreachablePodsNeitherCountNorBlockARoll) {
  const auto hung = worker("w-0").lists("x", kOld).with(
      [](auto& w) { w.contact = Failure{EndpointReason::kTimeout, "t"}; });
  const auto plan = plan_model(rolling_world({hung, worker("w-1").lists("x", kOld)}), kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(reload("w-1", "x", kNew)));
  EXPECT_EQ(plan.roll->total, 1);
}

TEST(PlanModel, ForgetsTheOldSourceWhenEveryWorkerIsSettled) {
  const auto model = lora("x").from(kNew).generation(2);
  auto plan = plan_model(
      rolling_world({worker("w-0").lists("x", kNew), worker("w-1").lists("x", kNew)}), kPlanTime);
  EXPECT_EQ(plan.write_applied, applied_for(model));

  const auto unknown =
      worker("w-1").with([](auto& w) { w.contact = Failure{EndpointReason::kTimeout, "t"}; });
  plan = plan_model(rolling_world({worker("w-0").lists("x", kNew), unknown}), kPlanTime);
  EXPECT_FALSE(plan.write_applied);
}

// --- names ---

TEST(PlanModel, ARenameUnloadsTheOldNameEverywhereAndThenForgetsIt) {
  const auto model = lora("new").generation(2);
  Applied applied = applied_for(lora("old"));
  auto plan = plan_model(world_of(model, applied, {worker("w-0").lists("old")}), kPlanTime);
  EXPECT_THAT(plan.actions,
              UnorderedElementsAre(load("w-0", "new", "s3://b/x"), unload("w-0", "old")));
  EXPECT_THAT(plan.write_applied->names, ElementsAre("new", "old"));

  applied.names = {"new", "old"};
  plan = plan_model(world_of(model, applied, {worker("w-0").lists("new")}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_THAT(plan.write_applied->names, ElementsAre("new"));
}

TEST(PlanModel, KeepsAnOldNameWhileAWorkerCannotBeAsked) {
  const auto model = lora("new").generation(2);
  Applied applied = applied_for(model);
  applied.names = {"new", "old"};
  const auto away = worker("w-0").with([](auto& w) { w.callable = false; });
  EXPECT_FALSE(plan_model(world_of(model, applied, {away}), kPlanTime).write_applied);
}

TEST(PlanModel, ANameThatBelongsToAnotherObjectIsNotTouched) {
  const auto model = lora("x");
  auto world = world_of(model, std::nullopt, {worker("w-0").lists("x")});
  world.conflict_owner = "older";
  const auto plan = plan_model(world, kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_FALSE(plan.write_applied);
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kNameConflict);
}

TEST(PlanModel, ALoserTakesOffWhatItStillOwnsUnderAnOlderName) {
  const auto model = lora("taken").generation(2);
  auto world =
      world_of(model, applied_for(lora("mine")), {worker("w-0").lists("mine").lists("taken")});
  world.conflict_owner = "older";
  EXPECT_THAT(plan_model(world, kPlanTime).actions, ElementsAre(unload("w-0", "mine")));
}

TEST(PlanModel, WaitsForADebtUnderATwinOfItsName) {
  const auto model = lora("a/b");
  const auto owing = worker("w-0").with([](auto& w) { w.blocking_debt = "a_b"; });
  const auto plan = plan_model(world_of(model, applied_for(model), {owing}), kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kNameConflict);
}

// --- prefill ---

TEST(PlanModel, APrefillWorkerWithoutHandlersIsCoveredByASiblingThatServes) {
  const auto model = lora("x");
  const auto prefill = [](const std::string& pod, const std::string& group) {
    return worker(pod).with([&](auto& w) { w.prefill_group = group; });
  };
  const auto disabled = [&](const std::string& pod, const std::string& group) {
    return prefill(pod, group).with([](auto& w) {
      w.contact = Failure{EndpointReason::kLoraDisabled, "no handler"};
    });
  };
  const auto plan =
      plan_model(world_of(model, applied_for(model),
                          {prefill("p-0", "graph:a").lists("x"), disabled("p-1", "graph:a"),
                           disabled("p-2", "graph:b"),
                           disabled("p-3", "graph:a").with([](auto& w) { w.pod_ready = false; })}),
                 kPlanTime);
  EXPECT_EQ(plan.verdicts[1].reason, EndpointReason::kCoveredByPeer);
  EXPECT_TRUE(plan.verdicts[1].covered);
  EXPECT_EQ(plan.verdicts[2].reason, EndpointReason::kLoraDisabled);
  EXPECT_EQ(plan.verdicts[3].reason, EndpointReason::kLoraDisabled);
}

// --- deletion ---

ModelWorld deleted_world(std::vector<EndpointBuilder> endpoints) {
  const auto model = lora("x").deleted_at(kWall);
  return world_of(model, applied_for(lora("x")), std::move(endpoints));
}

TEST(PlanModel, UnloadsBeforeDroppingTheFinalizer) {
  auto plan = plan_model(deleted_world({worker("w-0").lists("x"), worker("w-1")}), kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(unload("w-0", "x")));
  EXPECT_EQ(plan.finalizer, FinalizerChange::kKeep);
  EXPECT_THAT(plan.unloading, ElementsAre("w-0"));

  plan = plan_model(deleted_world({worker("w-0"), worker("w-1")}), kPlanTime);
  EXPECT_EQ(plan.finalizer, FinalizerChange::kRemove);
  EXPECT_THAT(plan.debts, IsEmpty());
}

TEST(PlanModel, ADeletedModelWithoutWorkersGoesAtOnce) {
  EXPECT_EQ(plan_model(deleted_world({}), kPlanTime).finalizer, FinalizerChange::kRemove);
}

TEST(PlanModel, AnAbsentAdapterIsNotGoneWhileALoadMayStillRun) {
  const auto plan = plan_model(
      deleted_world({worker("w-0").with([](auto& w) { w.adapters["x"].load_may_run = true; })}),
      kPlanTime);
  EXPECT_EQ(plan.finalizer, FinalizerChange::kKeep);
  EXPECT_EQ(plan.verdicts[0].reason, EndpointReason::kLoading);
}

TEST(PlanModel, AnUnloadFollowsALoadThatIsInFlight) {
  const auto plan = plan_model(
      deleted_world({worker("w-0").runs(AdapterTask::kLoad, "x", "s3://b/x")}), kPlanTime);
  EXPECT_THAT(plan.actions, ElementsAre(unload("w-0", "x")));
}

TEST(PlanModel, APodThatEndsNeedsNoUnload) {
  const auto gone = worker("w-0").lists("x").with([](auto& w) {
    w.terminating = true;
    w.callable = false;
  });
  EXPECT_EQ(plan_model(deleted_world({gone}), kPlanTime).finalizer, FinalizerChange::kRemove);
}

TEST(PlanModel, GivesUpAfterFiveMinutesAndLeavesADebt) {
  const auto hung = worker("w-0").lists("x").with(
      [](auto& w) { w.contact = Failure{EndpointReason::kTimeout, "t"}; });
  auto plan = plan_model(deleted_world({hung}), kPlanTime);
  EXPECT_EQ(plan.finalizer, FinalizerChange::kKeep);
  EXPECT_EQ(plan.recheck_at, kNow + 5min);

  plan = plan_model(deleted_world({hung}), {kNow + 5min, kWall + 5min});
  EXPECT_EQ(plan.finalizer, FinalizerChange::kRemove);
  EXPECT_TRUE(plan.gave_up);
  EXPECT_THAT(plan.debts, ElementsAre(Debt{"w-0", "w-0-uid", {"x"}}));
}

TEST(PlanModel, DeletingTheLoserOfAConflictTouchesNothing) {
  auto world = deleted_world({worker("w-0").lists("x")});
  world.owned_names.clear();
  const auto plan = plan_model(world, kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.finalizer, FinalizerChange::kRemove);
}

TEST(PlanModel, NothingIsUnloadedOnStaleData) {
  auto world = deleted_world({worker("w-0").lists("x")});
  world.discovery_failure = DiscoveryFailure{"cannot watch pods"};
  const auto plan = plan_model(world, kPlanTime);
  EXPECT_THAT(plan.actions, IsEmpty());
  EXPECT_EQ(plan.finalizer, FinalizerChange::kKeep);
}

TEST(PlanModel, LeavesOtherFinalizersAlone) {
  auto model = lora("x").deleted_at(kWall).without_finalizer();
  EXPECT_EQ(plan_model(world_of(model, std::nullopt, {}), kPlanTime).finalizer,
            FinalizerChange::kKeep);
}

}  // namespace
}  // namespace dynamod::controllers::model
