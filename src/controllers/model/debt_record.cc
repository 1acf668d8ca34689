// The pod condition that records a debt.
#include "controllers/model/debt_record.h"

#include "base/timestamp.h"
#include "kinds/dynamo_model.h"

namespace dynamod::controllers::model {

std::vector<std::string> debts_of(const kube::Pod& pod) {
  std::vector<std::string> names;
  const kube::PodCondition* condition = kube::find_condition(pod, kinds::kAdapterDebtCondition);
  if (condition == nullptr || condition->status != kube::ConditionStatus::kTrue) return names;
  const auto list = decode_json(condition->message);
  if (!list || !list->is_array()) return names;
  for (const json::value& name : list->get_array()) {
    if (name.is_string()) names.emplace_back(name.get_string());
  }
  return names;
}

json::value debt_patch(const kube::Pod& pod, const std::vector<std::string>& names, WallTime now) {
  json::array conditions;
  if (!names.empty()) {
    const json::array list(names.begin(), names.end());
    conditions.push_back({{"type", kinds::kAdapterDebtCondition},
                          {"status", "True"},
                          {"reason", "UnloadPending"},
                          {"message", encode_json(list)},
                          {"lastTransitionTime", format_time(now)}});
  }
  return {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       {{"name", pod.metadata.name}, {"namespace", pod.metadata.ns}, {"uid", pod.metadata.uid}}},
      {"status", {{"conditions", std::move(conditions)}}}};
}

}  // namespace dynamod::controllers::model
