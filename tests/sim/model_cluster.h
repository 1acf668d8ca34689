// The world of one run, from a seed: API server, kubelets, workers, network, operators; and what
// its users do.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "kinds/dynamo_model.h"
#include "sim/invariants.h"
#include "sim/played_nodes.h"
#include "sim/sim_operator.h"
#include "testing/scripted_api.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::sim {

struct LoraSpec {
  std::string name = "my-custom-lora";
  std::string uri = "s3://adapters/my-custom-lora";
  std::string base = kBase;
};

class ModelCluster {
 public:
  explicit ModelCluster(std::uint64_t seed);
  // Ends everything that runs.
  ~ModelCluster();
  ModelCluster(const ModelCluster&) = delete;
  ModelCluster& operator=(const ModelCluster&) = delete;

  // Doors of the world, for what has no verb here.
  testing::SimLoop loop;
  testing::ScriptedApi api;
  testing::SimNet net;
  PlayedNodes nodes;
  Invariants invariants;

  // Operators. One at a time unless they elect a leader.
  SimOperator& start_operator(Elect elect = Elect::kNo);

  [[nodiscard]] SimOperator& op() { return *operators_.back(); }

  void stop_operator();
  void kill_operator();
  [[nodiscard]] std::vector<SimOperator*> operators() const;

  // Users.
  void apply_lora(const std::string& object, const LoraSpec& spec = {});
  void edit_uri(const std::string& object, const std::string& uri);
  void rename(const std::string& object, const std::string& model_name);
  void delete_model(const std::string& object);
  void add_pods(std::size_t count,
                const PodOptions& options = {});  // named "w-0" ... after those that are there

  // What users see.
  [[nodiscard]] std::optional<kinds::DynamoModel> model(const std::string& object) const {
    return stored_model(api, object);
  }

  [[nodiscard]] std::string ready_of_total(
      const std::string& object) const;  // "1/2"; "" when it is gone
  // "True EndpointsDiscovered", or "" when there is no such condition.
  [[nodiscard]] std::string condition(const std::string& object, std::string_view type) const;
  [[nodiscard]] std::string message(const std::string& object, std::string_view type) const;
  // "" when the pod is none of its endpoints.
  [[nodiscard]] std::string endpoint_reason(const std::string& object,
                                            const std::string& pod) const;
  [[nodiscard]] std::string endpoint_message(const std::string& object,
                                             const std::string& pod) const;
  [[nodiscard]] bool has_event(const std::string& object, std::string_view reason) const;
  [[nodiscard]] std::size_t lines_with(std::string_view text) const;

  // Name to URI of what live models want on workers of this base; models that are Stalled want
  // nothing.
  [[nodiscard]] std::map<std::string, std::string> wanted(const std::string& base) const;

  // Adapters that nobody manages: left alone.
  void expect_foreign(const std::string& name) { foreign_.push_back(name); }

  // "" when every worker that is ready holds what is wanted and nothing else, and every status says
  // so; else what is not so.
  [[nodiscard]] std::string difference() const;
  [[nodiscard]] bool converge(Duration limit = std::chrono::minutes(2));

  // POSTs and DELETEs so far, on all workers.
  [[nodiscard]] std::size_t posts() const { return posts_; }

  [[nodiscard]] std::size_t deletes() const { return deletes_; }

  [[nodiscard]] std::size_t status_writes() const { return api.count("patch dynamomodels/status"); }

  void run_for(Duration duration) { loop.run_for(duration); }

  [[nodiscard]] bool run_until(const std::function<bool()>& done, Duration limit) {
    return loop.run_until(done, limit);
  }

  [[nodiscard]] Duration random_duration(Duration max);

  [[nodiscard]] bool toss() { return loop.rng().between(0, 1) == 1; }

  // The last lines of the operators' logs, with what users did and workers were asked between them.
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

 private:
  [[nodiscard]] std::string pod_difference(const PlayedPod& pod) const;
  [[nodiscard]] std::string model_difference(const kinds::DynamoModel& model) const;
  void on_ask(const PlayedPod& pod, const WorkerAsk& ask);
  void on_write(const testing::ScriptedApi::Write& write);
  [[nodiscard]] std::string who_leads_instead_of(const std::string& client) const;
  void note(const std::string& deed);
  void patch_spec(const std::string& object, json::object spec);

  std::deque<std::string> lines_;
  Log log_;
  std::vector<std::unique_ptr<SimOperator>> operators_;
  std::vector<std::string> foreign_;
  std::size_t posts_ = 0;
  std::size_t deletes_ = 0;
  std::size_t pods_named_ = 0;
};

}  // namespace dynamod::sim
