// Builders for the tests of this folder: `lora("acme/x").on("qwen").from("s3://b/x")`, endpoints,
// worlds.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "controllers/model/plan.h"
#include "controllers/model/world.h"

namespace dynamod::controllers::model {

inline constexpr SteadyTime kNow{std::chrono::hours(1)};
inline constexpr WallTime kWall{std::chrono::seconds(1'767'322'800)};
inline constexpr PlanTime kPlanTime{kNow, kWall};

class ModelBuilder {
 public:
  explicit ModelBuilder(const std::string& model_name) {
    model_.metadata.name = "my-lora";
    model_.metadata.ns = "prod";
    model_.metadata.uid = "model-uid";
    model_.metadata.generation = 1;
    model_.metadata.creation_timestamp = kWall;
    model_.metadata.finalizers = {std::string(kinds::kFinalizer)};
    model_.spec.model_name = model_name;
    model_.spec.model_type = kinds::ModelType::kLora;
  }

  ModelBuilder& named(const std::string& object) {
    return with([&](auto& m) { m.metadata.name = object; });
  }

  ModelBuilder& on(const std::string& base) {
    return with([&](auto& m) { m.spec.base_model_name = base; });
  }

  ModelBuilder& from(const std::string& uri) {
    return with([&](auto& m) { m.spec.source = kinds::ModelSource{uri}; });
  }

  ModelBuilder& generation(std::int64_t n) {
    return with([&](auto& m) { m.metadata.generation = n; });
  }

  ModelBuilder& without_finalizer() {
    return with([&](auto& m) { m.metadata.finalizers.clear(); });
  }

  ModelBuilder& deleted_at(WallTime when) {
    return with([&](auto& m) { m.metadata.deletion_timestamp = when; });
  }

  ModelBuilder& tracked() {
    return with([&](auto& m) { m.spec.model_type = kinds::ModelType::kBase; });
  }

  // What the last status said of the pod `name`.
  ModelBuilder& seen(const std::string& name, const std::string& reason,
                     const std::string& source = "") {
    kinds::ModelEndpoint endpoint;
    endpoint.pod_name = name;
    endpoint.pod_uid = name + "-uid";
    endpoint.container_id = name + "-container";
    endpoint.reason = reason;
    endpoint.ready = reason == "Loaded";
    endpoint.source = source;
    endpoint.since = kWall;
    model_.status.endpoints.push_back(std::move(endpoint));
    model_.status.observed_generation = model_.metadata.generation;
    return *this;
  }

  [[nodiscard]] const kinds::DynamoModel& get() const { return model_; }

 private:
  template <class Change>
  ModelBuilder& with(Change change) {
    change(model_);
    return *this;
  }

  kinds::DynamoModel model_;
};

inline ModelBuilder lora(const std::string& name) {
  return ModelBuilder(name).on("qwen").from("s3://b/x");
}

class EndpointBuilder {
 public:
  // A ready worker that answered an empty list.
  explicit EndpointBuilder(const std::string& pod) {
    view_.pod_name = pod;
    view_.pod_uid = pod + "-uid";
    view_.container_id = pod + "-container";
    view_.address = "http://10.0.0.1:9090";
    view_.pod_ready = true;
    view_.callable = true;
    view_.listed_once = true;
  }

  // The worker lists `name`; with a URI: a load of ours put it there.
  EndpointBuilder& lists(const std::string& name, const std::string& uri = "") {
    view_.adapters[name].listed = true;
    if (!uri.empty()) view_.adapters[name].source = source_hash(uri);
    return *this;
  }

  EndpointBuilder& runs(AdapterTask task, const std::string& name, const std::string& uri = "") {
    view_.adapters[name].running = RunningTask{task, uri.empty() ? "" : source_hash(uri)};
    return *this;
  }

  EndpointBuilder& failed(AdapterTask task, const std::string& name, const std::string& uri,
                          lora::EndpointReason reason,
                          Duration retry_in = std::chrono::seconds(20)) {
    view_.adapters[name].failed = FailedTask{
        task, uri.empty() ? "" : source_hash(uri), {reason, "it said no"}, kNow, kNow + retry_in};
    return *this;
  }

  EndpointBuilder& with(auto change) {
    change(view_);
    return *this;
  }

  [[nodiscard]] EndpointView get() const { return view_; }

 private:
  EndpointView view_;
};

inline EndpointBuilder worker(const std::string& pod) {
  return EndpointBuilder(pod);
}

// The annotation as this operator wrote it for the model, possibly in the middle of a roll.
inline Applied applied_for(const ModelBuilder& model,
                           std::optional<std::string> from_uri = std::nullopt) {
  Applied applied;
  applied.names = {model.get().spec.model_name};
  applied.source = source_hash(model.get().spec.source->uri);
  if (from_uri) applied.from = source_hash(*from_uri);
  return applied;
}

inline ModelWorld world_of(const ModelBuilder& model, std::optional<Applied> applied,
                           std::vector<EndpointBuilder> endpoints) {
  ModelWorld world;
  world.model = std::make_shared<kinds::DynamoModel>(model.get());
  world.applied = std::move(applied);
  world.services = endpoints.empty() ? 0 : 1;
  if (world.applied) world.owned_names = world.applied->names;
  for (const EndpointBuilder& endpoint : endpoints) world.endpoints.push_back(endpoint.get());
  return world;
}

inline WorkerAction load(const std::string& pod, const std::string& name, const std::string& uri) {
  return {pod + "-uid", AdapterTask::kLoad, name, uri, source_hash(uri)};
}

inline WorkerAction reload(const std::string& pod, const std::string& name,
                           const std::string& uri) {
  return {pod + "-uid", AdapterTask::kReload, name, uri, source_hash(uri)};
}

inline WorkerAction unload(const std::string& pod, const std::string& name) {
  return {pod + "-uid", AdapterTask::kUnload, name, "", ""};
}

}  // namespace dynamod::controllers::model
