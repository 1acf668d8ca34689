// Which objects are watched, and how they are found again.
#include "controllers/model/caches.h"

#include <algorithm>

#include "controllers/model/applied.h"
#include "lora/base_model.h"
#include "lora/discovery_slug.h"

namespace dynamod::controllers::model {

namespace {

client::ListQuery labelled(const std::string& name_space) {
  return {.ns = name_space,
          .label_selector = std::string(kinds::kBaseModelHashLabel),
          .field_selector = ""};
}

template <class T>
std::vector<std::string> by_label(const T& object) {
  return {base_key(object.metadata)};
}

}  // namespace

std::string base_key(const std::string& name_space, const std::string& hash) {
  return name_space + "/" + hash;
}

std::string base_key(const kinds::DynamoModel& model) {
  return base_key(model.metadata.ns, lora::base_model_hash(model.spec.base_model_name));
}

std::string lora_base_key(const kinds::DynamoModel& model) {
  return model.spec.model_type == kinds::ModelType::kLora ? base_key(model) : "";
}

std::string base_key(const kube::ObjectMeta& labelled) {
  const std::string hash(labelled.label(std::string(kinds::kBaseModelHashLabel)));
  return hash.empty() ? "" : base_key(labelled.ns, hash);
}

std::string slug_key(const std::string& base, const std::string& name) {
  return base + "/" + lora::discovery_slug(name);
}

std::optional<Applied> applied_of(const kinds::DynamoModel& model) {
  const std::string_view annotation =
      model.metadata.annotation(std::string(kinds::kAppliedAnnotation));
  if (annotation.empty()) return std::nullopt;
  auto applied = decode_applied(annotation);
  return applied ? std::optional(*std::move(applied)) : std::nullopt;
}

std::vector<std::string> slug_keys(const kinds::DynamoModel& model) {
  if (model.spec.model_type != kinds::ModelType::kLora) return {};
  const std::string base = base_key(model);
  std::vector<std::string> keys = {slug_key(base, model.spec.model_name)};
  if (const auto applied = applied_of(model)) {
    for (const std::string& name : applied->names) keys.push_back(slug_key(base, name));
  }
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

Caches::Caches(runtime::InformerServices all, const std::string& name_space)
    : models(all, {.ns = name_space, .label_selector = "", .field_selector = ""}),
      pods(all, labelled(name_space)),
      slices(all, labelled(name_space)),
      services(all, labelled(name_space)) {
  models.add_index(kByBase,
                   [](const kinds::DynamoModel& model) { return std::vector{base_key(model)}; });
  models.add_index(kLorasByBase, [](const kinds::DynamoModel& model) {
    std::string base = lora_base_key(model);
    return base.empty() ? std::vector<std::string>{} : std::vector{std::move(base)};
  });
  models.add_index(kByName, [](const kinds::DynamoModel& model) {
    const bool is_lora = model.spec.model_type == kinds::ModelType::kLora;
    return is_lora ? std::vector{model.metadata.ns + "/" + model.spec.model_name}
                   : std::vector<std::string>{};
  });
  models.add_index(kBySlug, slug_keys);
  pods.add_index(kByBase, by_label<kube::Pod>);
  slices.add_index(kByBase, by_label<kube::EndpointSlice>);
  services.add_index(kByBase, by_label<kube::Service>);
}

void Caches::start() {
  models.start();
  pods.start();
  slices.start();
  services.start();
}

Task<> Caches::stop() {
  co_await models.stop();
  co_await pods.stop();
  co_await slices.stop();
  co_await services.stop();
}

Task<> Caches::wait_synced() {
  co_await models.wait_synced();
  co_await pods.wait_synced();
  co_await slices.wait_synced();
  co_await services.wait_synced();
}

bool Caches::synced() const {
  return models.synced() && pods.synced() && slices.synced() && services.synced();
}

}  // namespace dynamod::controllers::model
