// The live copies the model controller reads, and the names they are indexed by.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/model/applied.h"
#include "kinds/dynamo_model.h"
#include "kube/pod.h"
#include "kube/service.h"
#include "runtime/informer.h"

namespace dynamod::controllers::model {

// Values: "<namespace>/<base model hash>".
inline constexpr const char* kByBase = "base";
// Values: as kByBase, of loras alone.
inline constexpr const char* kLorasByBase = "loras";
// Values: "<namespace>/<modelName>" of loras.
inline constexpr const char* kByName = "name";
// Values: "<namespace>/<base model hash>/<slug>", for the wanted name of a lora and for every name
// its annotation holds.
inline constexpr const char* kBySlug = "slug";

[[nodiscard]] std::string base_key(const std::string& name_space, const std::string& hash);
[[nodiscard]] std::string base_key(const kinds::DynamoModel& model);
// base_key() of a lora; "" for models of which nothing is loaded.
[[nodiscard]] std::string lora_base_key(const kinds::DynamoModel& model);
// By the label; "" when the object has none.
[[nodiscard]] std::string base_key(const kube::ObjectMeta& labelled);
[[nodiscard]] std::string slug_key(const std::string& base, const std::string& name);
// Sorted, each once.
[[nodiscard]] std::vector<std::string> slug_keys(const kinds::DynamoModel& model);

// What outlives the object in its annotation; nothing when there is none or it is garbage.
[[nodiscard]] std::optional<Applied> applied_of(const kinds::DynamoModel& model);

class Caches {
 public:
  // `name_space` "" is all of them. Pods, slices and Services are watched by the label of the base
  // model's hash.
  Caches(runtime::InformerServices services, const std::string& name_space);

  void start();
  Task<> stop();
  Task<> wait_synced();
  [[nodiscard]] bool synced() const;

  runtime::Informer<kinds::DynamoModel> models;
  runtime::Informer<kube::Pod> pods;
  runtime::Informer<kube::EndpointSlice> slices;
  runtime::Informer<kube::Service> services;
};

}  // namespace dynamod::controllers::model
