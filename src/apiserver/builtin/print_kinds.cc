// Rows of nodes, events, configuration, policy, access and registrations.
#include "apiserver/builtin/print_kinds.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"

namespace dynamod::apiserver {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The condition of that type, or an empty object.
const json::object& condition_of(const json::object& object, std::string_view type) {
  for (const json::value& value : array_at(object, "status.conditions")) {
    const json::object* const condition = value.if_object();
    if (condition != nullptr && text_in(*condition, "type") == type) return *condition;
  }
  static const json::object nothing;
  return nothing;
}

std::string node_status(const json::object& node) {
  const json::object& ready = condition_of(node, "Ready");
  std::string out = "Unknown";
  if (!ready.empty()) out = text_in(ready, "status") == "True" ? "Ready" : "NotReady";
  if (true_in(object_in(node, "spec"), "unschedulable")) out += ",SchedulingDisabled";
  return out;
}

std::string node_roles(const json::object& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::set<std::string> roles;
  for (const auto& [key, value] : object_at(node, "metadata.labels")) {
    const std::string_view name = key;
    if (name.starts_with(kPrefix) && name.size() > kPrefix.size())
      roles.emplace(name.substr(kPrefix.size()));
    else if (name == "kubernetes.io/role" && value.is_string() && !value.get_string().empty())
      roles.emplace(value.get_string());
  }
  return text_or(fmt::format("{}", fmt::join(roles, ",")), "<none>");
}

std::string node_address(const json::object& node, std::string_view type) {
  for (const json::value& value : array_at(node, "status.addresses")) {
    const json::object* const address = value.if_object();
    if (address != nullptr && text_in(*address, "type") == type)
      return std::string(text_in(*address, "address"));
  }
  return "<none>";
}

std::string int_or_string(const json::object& holder, std::string_view name) {
  const json::value* const value = value_in(holder, name);
  if (value == nullptr) return "N/A";
  return value->is_string() ? std::string(value->get_string())
                            : std::to_string(integer_in(holder, name));
}

std::string subjects_text(const json::object& binding, std::string_view kind) {
  std::vector<std::string> names;
  for_each_object(binding, "subjects", [&](const json::object& subject) {
    if (text_in(subject, "kind") != kind) return;
    const auto name = text_in(subject, "name");
    const auto ns = text_in(subject, "namespace");
    names.push_back(kind == "ServiceAccount" && !ns.empty() ? fmt::format("{}/{}", ns, name)
                                                            : std::string(name));
  });
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string request_status(const json::object& request) {
  std::string out = "Pending";
  if (!condition_of(request, "Approved").empty()) out = "Approved";
  if (!condition_of(request, "Denied").empty()) out = "Denied";
  if (!condition_of(request, "Failed").empty()) out += ",Failed";
  if (!text_at(request, "status.certificate").empty()) out += ",Issued";
  return out;
}

}  // namespace

json::array print_created(const json::object& object, WallTime) {
  return {text_at(object, "metadata.name"), text_at(object, "metadata.creationTimestamp")};
}

json::array print_named(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), object_age(object, now)};
}

json::array print_event(const json::object& object, WallTime now) {
  const json::object& involved = object_in(object, "involvedObject");
  const auto event_time = text_in(object, "eventTime");
  const std::string first =
      age_of(lacks(object, "firstTimestamp") ? event_time : text_in(object, "firstTimestamp"), now);
  std::string last =
      lacks(object, "lastTimestamp") ? first : age_of(text_in(object, "lastTimestamp"), now);
  std::int64_t count = std::max<std::int64_t>(integer_in(object, "count"), 1);
  if (const json::object& series = object_in(object, "series"); !series.empty()) {
    last = age_of(text_in(series, "lastObservedTime"), now);
    count = integer_in(series, "count");
  }
  std::string target = lower(text_in(involved, "kind"));
  if (const auto name = text_in(involved, "name"); !name.empty()) target.append("/").append(name);
  std::string source =
      text_or(text_at(object, "source.component"), text_in(object, "reportingComponent"));
  const std::string host =
      text_or(text_at(object, "source.host"), text_in(object, "reportingInstance"));
  if (!host.empty()) source.append(", ").append(host);
  return {last,
          text_in(object, "type"),
          text_in(object, "reason"),
          target,
          text_in(involved, "fieldPath"),
          source,
          trim(text_in(object, "message")),
          first,
          count,
          text_at(object, "metadata.name")};
}

json::array print_node(const json::object& object, WallTime now) {
  const json::object& facts = object_at(object, "status.nodeInfo");
  std::string kernel = text_or(text_in(facts, "kernelVersion"), "<unknown>");
  if (const auto architecture = text_in(facts, "architecture"); !architecture.empty())
    kernel += fmt::format(" ({})", architecture);
  return {text_at(object, "metadata.name"),
          node_status(object),
          node_roles(object),
          object_age(object, now),
          text_in(facts, "kubeletVersion"),
          node_address(object, "InternalIP"),
          node_address(object, "ExternalIP"),
          text_or(text_in(facts, "osImage"), "<unknown>"),
          kernel,
          text_or(text_in(facts, "containerRuntimeVersion"), "<unknown>")};
}

json::array print_namespace(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), text_at(object, "status.phase"),
          object_age(object, now)};
}

json::array print_secret(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), text_in(object, "type"),
          object_in(object, "data").size(), object_age(object, now)};
}

json::array print_config_map(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"),
          object_in(object, "data").size() + object_in(object, "binaryData").size(),
          object_age(object, now)};
}

json::array print_budget(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  return {text_at(object, "metadata.name"), int_or_string(spec, "minAvailable"),
          int_or_string(spec, "maxUnavailable"),
          integer_in(object_in(object, "status"), "disruptionsAllowed"), object_age(object, now)};
}

json::array print_autoscaler(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& target = object_in(spec, "scaleTargetRef");
  return {text_at(object, "metadata.name"),
          fmt::format("{}/{}", text_in(target, "kind"), text_in(target, "name")),
          autoscaler_metrics(object),
          lacks(spec, "minReplicas") ? "<unset>" : std::to_string(integer_in(spec, "minReplicas")),
          integer_in(spec, "maxReplicas"),
          integer_in(object_in(object, "status"), "currentReplicas"),
          object_age(object, now)};
}

json::array print_role_binding(const json::object& object, WallTime now) {
  const json::object& role = object_in(object, "roleRef");
  return {text_at(object, "metadata.name"),
          fmt::format("{}/{}", text_in(role, "kind"), text_in(role, "name")),
          object_age(object, now),
          subjects_text(object, "User"),
          subjects_text(object, "Group"),
          subjects_text(object, "ServiceAccount")};
}

json::array print_signing_request(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const auto seconds = std::chrono::seconds(integer_in(spec, "expirationSeconds"));
  return {text_at(object, "metadata.name"),
          object_age(object, now),
          text_or(text_in(spec, "signerName"), "<none>"),
          text_in(spec, "username"),
          lacks(spec, "expirationSeconds") ? "<none>" : human_duration(seconds),
          request_status(object)};
}

json::array print_lease(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), text_at(object, "spec.holderIdentity"),
          object_age(object, now)};
}

json::array print_quota(const json::object& object, WallTime now) {
  const json::object& hard = object_at(object, "status.hard");
  const json::object& used = object_at(object, "status.used");
  std::set<std::string> names;
  for (const auto& [name, quantity] : hard) names.emplace(name);
  std::vector<std::string> requests;
  std::vector<std::string> limits;
  for (const auto& name : names)
    (name.starts_with("limits.") ? limits : requests)
        .push_back(
            fmt::format("{}: {}/{}", name, text_or(text_in(used, name), "0"), text_in(hard, name)));
  return {text_at(object, "metadata.name"), fmt::format("{}", fmt::join(requests, ", ")),
          fmt::format("{}", fmt::join(limits, ", ")), object_age(object, now)};
}

json::array print_priority_class(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), integer_in(object, "value"),
          true_in(object, "globalDefault"), object_age(object, now),
          text_in(object, "preemptionPolicy")};
}

json::array print_webhooks(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), array_in(object, "webhooks").size(),
          object_age(object, now)};
}

json::array print_api_service(const json::object& object, WallTime now) {
  const json::object& service = object_at(object, "spec.service");
  const std::string where = service.empty() ? "Local"
                                            : fmt::format("{}/{}", text_in(service, "namespace"),
                                                          text_in(service, "name"));
  const json::object& available = condition_of(object, "Available");
  std::string shown = text_or(text_in(available, "status"), "Unknown");
  if (!available.empty() && shown != "True")
    shown += fmt::format(" ({})", text_in(available, "reason"));
  return {text_at(object, "metadata.name"), where, shown, object_age(object, now)};
}

}  // namespace dynamod::apiserver
