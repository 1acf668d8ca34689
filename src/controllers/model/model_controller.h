// The reconciler of DynamoModel: observe, plan, act, report. It only hands work to the workers'
// queues; their outcomes wake it again.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/faults.h"
#include "base/log.h"
#include "client/kube_client.h"
#include "controllers/model/observe.h"
#include "controllers/model/plan.h"
#include "controllers/model/report.h"
#include "controllers/model/worker_pool.h"
#include "runtime/controller.h"
#include "runtime/event_recorder.h"

namespace dynamod::controllers::model {

struct ModelControllerOptions {
  PlanOptions plan;
  Duration status_period =
      std::chrono::seconds(1);  // at most one status write in it, unless a condition changes
};

class ModelController final : public runtime::Reconciler {
 public:
  // All outlive the controller.
  struct Services {
    Clock& clock;
    Log& log;
    Metrics& metrics;
    Faults& faults;
    client::KubeClient& client;
    runtime::EventRecorder& events;
    const Caches& caches;
    Observer& observer;
    WorkerPool& pool;
  };

  ModelController(Services services, ModelControllerOptions options)
      : services_(services), options_(options) {}

  [[nodiscard]] Async<runtime::Requeue> reconcile(kube::ObjectKey key) override;

  // Models whose last state waits for its turn to be written; reconcile() writes at once after
  // hurry().
  [[nodiscard]] const std::set<kube::ObjectKey>& unwritten() const { return unwritten_; }

  // Takes its models out of the metrics: it is about to be destroyed.
  void uncount();

  void hurry() { options_.status_period = Duration::zero(); }

 private:
  using ModelPtr = std::shared_ptr<const kinds::DynamoModel>;

  // What is remembered of an object between looks; nothing that could not be lost.
  struct Memory {
    ModelPtr newest;  // as our last write returned it, until the cache has it
    // As our last write meant it, until the cache has it: where an older CRD prunes it, for good.
    std::optional<kinds::DynamoModelStatus> written;
    std::optional<SteadyTime> written_at;
    std::optional<Announced> announced;
  };

  ModelPtr current(const kube::ObjectKey& key);
  Async<> write_intent(ModelPtr model, const ModelPlan* plan);
  Async<std::optional<SteadyTime>> write_status(ModelPtr model, const ModelReport* report);
  Async<> let_go(ModelPtr model, const ModelPlan* plan);
  Async<> write_debt(ModelPtr model, Debt debt);
  void submit(const kinds::DynamoModel& model, const ModelPlan& plan);
  void record(const kinds::DynamoModel& model, const ModelReport& report);
  void tell_oddities(const kinds::DynamoModel& model);
  void count_models(const kube::ObjectKey& key, std::optional<bool> ready);

  Memory& memory_of(const kinds::DynamoModel& model) { return memory_[model.metadata.key()]; }

  void show_model(const kinds::DynamoModel& model, const kinds::DynamoModelStatus& status);

  Services services_;
  ModelControllerOptions options_;
  std::map<kube::ObjectKey, Memory> memory_;
  std::set<kube::ObjectKey> unwritten_;
  std::set<MemberWarning> told_;  // oddities of pods that were told already
  std::map<kube::ObjectKey, bool> ready_;
};

}  // namespace dynamod::controllers::model
