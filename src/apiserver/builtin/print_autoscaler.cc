// The TARGETS cell of an autoscaler: each metric as "current/target", two at most.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kMetricsShown = 2;
constexpr std::string_view kUnknown = "<unknown>";

std::string percent_or(const json::object& holder, std::string_view otherwise) {
  if (lacks(holder, "averageUtilization")) return std::string(otherwise);
  return fmt::format("{}%", integer_in(holder, "averageUtilization"));
}

std::string quantity_or(const json::object& holder, std::string_view field,
                        std::string_view otherwise) {
  return text_or(text_in(holder, field), otherwise);
}

// cpu: 10%/80%
std::string resource_metric(const json::object& metric, const json::object& current) {
  const json::object& target = object_in(metric, "target");
  const auto name = text_in(metric, "name");
  if (!lacks(target, "averageValue"))
    return fmt::format("{}: {}/{}", name, quantity_or(current, "averageValue", kUnknown),
                       text_in(target, "averageValue"));
  return fmt::format("{}: {}/{}", name, percent_or(current, kUnknown),
                     percent_or(target, "<auto>"));
}

// 5/10 (avg), 5/10
std::string value_metric(const json::object& metric, const json::object& current) {
  const json::object& target = object_in(metric, "target");
  if (!lacks(target, "averageValue"))
    return fmt::format("{}/{} (avg)", quantity_or(current, "averageValue", kUnknown),
                       text_in(target, "averageValue"));
  return fmt::format("{}/{}", quantity_or(current, "value", kUnknown), text_in(target, "value"));
}

std::string metric_text(const json::object& spec, const json::object& status) {
  const auto type = text_in(spec, "type");
  if (type == "Resource")
    return resource_metric(object_in(spec, "resource"), object_at(status, "resource.current"));
  if (type == "ContainerResource")
    return resource_metric(object_in(spec, "containerResource"),
                           object_at(status, "containerResource.current"));
  if (type == "External")
    return value_metric(object_in(spec, "external"), object_at(status, "external.current"));
  if (type == "Object")
    return value_metric(object_in(spec, "object"), object_at(status, "object.current"));
  if (type == "Pods")
    return fmt::format("{}/{}",
                       quantity_or(object_at(status, "pods.current"), "averageValue", kUnknown),
                       text_at(spec, "pods.target.averageValue"));
  return "<unknown type>";
}

}  // namespace

std::string autoscaler_metrics(const json::object& autoscaler) {
  const json::array& specs = array_at(autoscaler, "spec.metrics");
  const json::array& statuses = array_at(autoscaler, "status.currentMetrics");
  if (specs.empty()) return "<none>";
  static const json::object nothing;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < specs.size() && i < kMetricsShown; ++i) {
    const json::object* const spec = specs[i].if_object();
    const json::object* const status = i < statuses.size() ? statuses[i].if_object() : nullptr;
    shown.push_back(
        metric_text(spec == nullptr ? nothing : *spec, status == nullptr ? nothing : *status));
  }
  std::string out = fmt::format("{}", fmt::join(shown, ", "));
  if (specs.size() > kMetricsShown)
    out += fmt::format(" + {} more...", specs.size() - kMetricsShown);
  return out;
}

}  // namespace dynamod::apiserver
