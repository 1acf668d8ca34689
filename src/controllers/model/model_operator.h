// The DynamoModel operator put together: caches, worker pool, reconcilers, and who wakes whom. One
// lives for as long as this process leads; a new one starts from what the API server and the
// workers say.
#pragma once

#include <string>

#include "base/faults.h"
#include "controllers/model/debts.h"
#include "controllers/model/model_controller.h"
#include "controllers/model/model_service.h"
#include "controllers/model/observe.h"
#include "controllers/model/worker_pool.h"

namespace dynamod::controllers::model {

struct ModelOperatorOptions {
  std::string name_space;  // "" is all of them
  WorkerPoolOptions pool;
  ObserveOptions observe;
  ModelControllerOptions controller;
};

class ModelOperator {
 public:
  // All outlive the operator.
  struct Services {
    Executor executor;
    Clock& clock;
    Rng& rng;
    Log& log;
    Metrics& metrics;
    Faults& faults;
    client::KubeClient& client;
    runtime::EventRecorder& events;
    worker::WorkerClient& workers;
  };

  ModelOperator(Services services, ModelOperatorOptions options);

  void start();

  [[nodiscard]] bool synced() const { return started_; }

  [[nodiscard]] std::size_t idle_connections() const { return pool_.connections(); }

  // A clean stop: starts nothing new, waits for running orders at most `limit`, writes the last
  // status.
  Task<> finish(Duration limit);
  // Ends everything at once. Always called before destruction, after finish() if that is.
  Task<> stop();

 private:
  void connect();
  Async<> begin();
  Async<> watch_contact();
  using ModelPtr = std::shared_ptr<const kinds::DynamoModel>;
  void model_changed(const ModelPtr& before, const ModelPtr& now);
  void pod_changed(const PodPtr& before, const PodPtr& now);
  void slice_changed(const SlicePtr& before, const SlicePtr& now);
  void wake_slug(const std::string& slug);
  void wake_base(const std::string& base);
  void sync_base(const std::string& base);
  void worker_changed(const WorkerIdentity& worker, const std::vector<std::string>& names);

  Services services_;
  ModelOperatorOptions options_;
  Caches caches_;
  WorkerPool pool_;
  Observer observer_;
  ModelController model_reconciler_;
  ServiceReconciler service_reconciler_;
  DebtReconciler debt_reconciler_;
  runtime::Controller models_;
  runtime::Controller model_services_;
  runtime::Controller debts_;
  bool started_ = false;
  bool discovery_failed_ = false;
  TaskGroup tasks_;
};

}  // namespace dynamod::controllers::model
