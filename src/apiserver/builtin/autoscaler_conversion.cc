// The conversion of autoscalers. In the annotations metrics have the form of v1, which is flat.
#include "apiserver/builtin/autoscaler_conversion.h"

#include <algorithm>
#include <utility>

#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kMetrics = "autoscaling.alpha.kubernetes.io/metrics";
constexpr std::string_view kCurrent = "autoscaling.alpha.kubernetes.io/current-metrics";
constexpr std::string_view kConditions = "autoscaling.alpha.kubernetes.io/conditions";
constexpr std::string_view kBehavior = "autoscaling.alpha.kubernetes.io/behavior";

void copy(const json::object& from, std::string_view name, json::object& to, std::string_view as) {
  if (const json::value* const value = value_in(from, name)) to[as] = *value;
}

// The source of a metric's type: "Resource" -> "resource".
std::string source_name(const json::object& metric) {
  std::string name(text_in(metric, "type"));
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z')
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

bool is_cpu(const json::object& metric) {
  return text_in(metric, "type") == "Resource" && text_at(metric, "resource.name") == "cpu";
}

bool is_cpu_target(const json::object& metric) {
  return is_cpu(metric) && !lacks(object_at(metric, "resource.target"), "averageUtilization");
}

// One metric with its target in v2 as v1 has it; `amount` is "target" or "current".
json::object flat_metric(const json::object& metric, std::string_view amount) {
  const std::string name = source_name(metric);
  const json::object& source = object_in(metric, name);
  const json::object& value = object_in(source, amount);
  const bool current = amount == "current";
  json::object flat;
  if (name == "resource" || name == "containerResource") {
    copy(source, "name", flat, "name");
    copy(source, "container", flat, "container");
    copy(value, "averageUtilization", flat,
         current ? "currentAverageUtilization" : "targetAverageUtilization");
    copy(value, "averageValue", flat, current ? "currentAverageValue" : "targetAverageValue");
  } else {
    copy(object_in(source, "metric"), "name", flat, "metricName");
    copy(object_in(source, "metric"), "selector", flat,
         name == "external" ? "metricSelector" : "selector");
    copy(source, "describedObject", flat, "target");
    const bool average = name == "pods" || name == "external";
    copy(value, "value", flat, current ? "currentValue" : "targetValue");
    copy(value, "averageValue", flat,
         average ? (current ? "currentAverageValue" : "targetAverageValue") : "averageValue");
  }
  return {{"type", json::string(text_in(metric, "type"))}, {name, std::move(flat)}};
}

std::string_view target_type(const json::object& target) {
  if (!lacks(target, "averageUtilization")) return "Utilization";
  return lacks(target, "value") ? "AverageValue" : "Value";
}

// Undoes flat_metric.
json::object deep_metric(const json::object& metric, std::string_view amount) {
  const std::string name = source_name(metric);
  const json::object& flat = object_in(metric, name);
  const bool current = amount == "current";
  json::object value;
  copy(flat, current ? "currentAverageUtilization" : "targetAverageUtilization", value,
       "averageUtilization");
  copy(flat, current ? "currentAverageValue" : "targetAverageValue", value, "averageValue");
  copy(flat, "averageValue", value, "averageValue");
  copy(flat, current ? "currentValue" : "targetValue", value, "value");
  if (!current) value["type"] = target_type(value);
  json::object source;
  copy(flat, "name", source, "name");
  copy(flat, "container", source, "container");
  copy(flat, "target", source, "describedObject");
  if (!lacks(flat, "metricName")) {
    json::object& identity = make_object(source, "metric");
    copy(flat, "metricName", identity, "name");
    copy(flat, "selector", identity, "selector");
    copy(flat, "metricSelector", identity, "selector");
  }
  source[amount] = std::move(value);
  return {{"type", json::string(text_in(metric, "type"))}, {name, std::move(source)}};
}

// The value of an annotation, which is taken away; null when it is absent or broken.
json::value take_annotation(json::object& metadata, std::string_view name) {
  json::object* const annotations = find_object(metadata, "annotations");
  if (annotations == nullptr || lacks(*annotations, name)) return nullptr;
  auto decoded = decode_json(text_in(*annotations, name));
  annotations->erase(name);
  if (annotations->empty()) metadata.erase("annotations");
  return decoded ? *std::move(decoded) : json::value();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Reads what go_behavior wrote; Go does not care for case.
json::value from_go(const json::value& value) {
  if (const json::array* const list = value.if_array()) {
    json::array out;
    for (const json::value& item : *list) out.push_back(from_go(item));
    return out;
  }
  const json::object* const object = value.if_object();
  if (object == nullptr) return value;
  json::object out;
  for (const auto& [key, item] : *object) {
    if (item.is_null()) continue;
    std::string name(key);
    if (!name.empty()) name[0] = lower(name[0]);
    out[name] = from_go(item);
  }
  return out;
}

json::value value_or_null(const json::object& object, std::string_view name) {
  const json::value* const value = value_in(object, name);
  return value == nullptr ? json::value() : *value;
}

// Kubernetes writes behaviour as the Go type that holds it inside: all fields, by their Go names.
json::value go_rules(const json::object& behavior, std::string_view direction) {
  if (lacks(behavior, direction)) return nullptr;
  const json::object& rules = object_in(behavior, direction);
  json::value policies;
  for_each_object(rules, "policies", [&](const json::object& policy) {
    if (!policies.is_array()) policies = json::array();
    policies.get_array().push_back(
        json::object{{"Type", value_or_null(policy, "type")},
                     {"Value", value_or_null(policy, "value")},
                     {"PeriodSeconds", value_or_null(policy, "periodSeconds")}});
  });
  return json::object{
      {"StabilizationWindowSeconds", value_or_null(rules, "stabilizationWindowSeconds")},
      {"SelectPolicy", value_or_null(rules, "selectPolicy")},
      {"Policies", std::move(policies)},
      {"Tolerance", value_or_null(rules, "tolerance")}};
}

json::value go_behavior(const json::object& behavior) {
  return json::object{{"ScaleUp", go_rules(behavior, "scaleUp")},
                      {"ScaleDown", go_rules(behavior, "scaleDown")}};
}

void annotate(json::object& metadata, std::string_view name, const json::value& value) {
  make_object(metadata, "annotations")[name] = encode_json(value);
}

void move_metrics_to_v1(json::object& spec, json::object& metadata) {
  json::array others;
  for_each_object(std::as_const(spec), "metrics", [&](const json::object& metric) {
    if (is_cpu_target(metric))
      copy(object_at(metric, "resource.target"), "averageUtilization", spec,
           "targetCPUUtilizationPercentage");
    else
      others.push_back(flat_metric(metric, "target"));
  });
  spec.erase("metrics");
  if (!others.empty()) annotate(metadata, kMetrics, others);
}

void move_status_to_v1(json::object& status, json::object& metadata) {
  json::array current;
  for_each_object(std::as_const(status), "currentMetrics", [&](const json::object& metric) {
    if (is_cpu(metric))
      copy(object_at(metric, "resource.current"), "averageUtilization", status,
           "currentCPUUtilizationPercentage");
    current.push_back(flat_metric(metric, "current"));
  });
  status.erase("currentMetrics");
  if (!current.empty()) annotate(metadata, kCurrent, current);
  const json::array conditions = array_in(status, "conditions");
  status.erase("conditions");
  if (!conditions.empty()) annotate(metadata, kConditions, conditions);
  set_default(status, "currentReplicas", 0);
}

json::object cpu_metric(const json::value& utilization) {
  const json::object target{{"type", "Utilization"}, {"averageUtilization", utilization}};
  return {{"type", "Resource"}, {"resource", {{"name", "cpu"}, {"target", target}}}};
}

json::array deep_metrics(const json::value& flat, std::string_view amount) {
  json::array out;
  const json::array* const list = flat.if_array();
  if (list == nullptr) return out;
  for (const json::value& metric : *list)
    if (const json::object* const object = metric.if_object())
      out.push_back(deep_metric(*object, amount));
  return out;
}

}  // namespace

void autoscaler_to_v1(json::object& autoscaler) {
  if (text_in(autoscaler, "apiVersion") == "autoscaling/v1") return;
  autoscaler["apiVersion"] = "autoscaling/v1";
  json::object metadata = object_in(autoscaler, "metadata");
  json::object& spec = make_object(autoscaler, "spec");
  move_metrics_to_v1(spec, metadata);
  if (!lacks(spec, "behavior")) {
    annotate(metadata, kBehavior, go_behavior(object_in(spec, "behavior")));
    spec.erase("behavior");
  }
  move_status_to_v1(make_object(autoscaler, "status"), metadata);
  autoscaler["metadata"] = std::move(metadata);
}

void autoscaler_to_v2(json::object& autoscaler) {
  if (text_in(autoscaler, "apiVersion") == "autoscaling/v2") return;
  autoscaler["apiVersion"] = "autoscaling/v2";
  json::object metadata = object_in(autoscaler, "metadata");
  json::object& spec = make_object(autoscaler, "spec");
  json::array metrics = deep_metrics(take_annotation(metadata, kMetrics), "target");
  if (const json::value* const cpu = value_in(spec, "targetCPUUtilizationPercentage"))
    metrics.insert(metrics.begin(), cpu_metric(*cpu));
  spec.erase("targetCPUUtilizationPercentage");
  if (!metrics.empty()) spec["metrics"] = std::move(metrics);
  if (json::value behavior = take_annotation(metadata, kBehavior); behavior.is_object())
    spec["behavior"] = from_go(behavior);
  json::object& status = make_object(autoscaler, "status");
  status.erase("currentCPUUtilizationPercentage");
  if (integer_in(status, "currentReplicas") == 0) status.erase("currentReplicas");
  json::array current = deep_metrics(take_annotation(metadata, kCurrent), "current");
  status["currentMetrics"] = current.empty() ? json::value() : json::value(std::move(current));
  json::value conditions = take_annotation(metadata, kConditions);
  if (conditions.is_array()) status["conditions"] = std::move(conditions);
  autoscaler["metadata"] = std::move(metadata);
}

}  // namespace dynamod::apiserver
