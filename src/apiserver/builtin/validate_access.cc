// Validation of access rules, signing requests, registrations, budgets and autoscalers.
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_kinds.h"
#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";

enum class RuleScope : std::uint8_t { kNamespace, kCluster };

void check_rule(const json::object& rule, RuleScope scope, const Place& place) {
  if (array_in(rule, "verbs").empty())
    place.child("verbs").required("verbs must contain at least one value");
  const json::array& urls = array_in(rule, "nonResourceURLs");
  if (!urls.empty()) {
    if (scope == RuleScope::kNamespace)
      place.child("nonResourceURLs")
          .invalid(urls, "namespaced rules cannot apply to non-resource URLs");
    if (!array_in(rule, "apiGroups").empty() || !array_in(rule, "resources").empty())
      place.child("nonResourceURLs")
          .invalid(urls, "rules cannot apply to both regular resources and non-resource URLs");
    return;
  }
  if (array_in(rule, "apiGroups").empty())
    place.child("apiGroups").required("resource rules must supply at least one api group");
  if (array_in(rule, "resources").empty())
    place.child("resources").required("resource rules must supply at least one resource");
}

void check_rules(const Checked& checked, RuleScope scope) {
  each(checked.object, "rules", checked.top(),
       [scope](const json::object& rule, const Place& at) { check_rule(rule, scope, at); });
}

void check_subject(const json::object& subject, RuleScope scope, const Place& place) {
  const auto name = text_in(subject, "name");
  const auto kind = text_in(subject, "kind");
  const auto group = text_in(subject, "apiGroup");
  check_given(subject, "name", place);
  if (kind == "ServiceAccount") {
    if (!name.empty()) place.child("name").names(name, dns1123_subdomain_errors(name));
    if (!group.empty()) place.child("apiGroup").unsupported(std::string(group), {""});
    if (text_in(subject, "namespace").empty() && scope == RuleScope::kCluster)
      place.child("namespace").required();
  } else if (kind == "User" || kind == "Group") {
    if (group != kRbacGroup) place.child("apiGroup").unsupported(std::string(group), {kRbacGroup});
  } else {
    place.child("kind").unsupported(std::string(kind), {"ServiceAccount", "User", "Group"});
  }
}

void check_binding(const Checked& checked, RuleScope scope) {
  const json::object& role = object_in(checked.object, "roleRef");
  const Place place = checked.place("roleRef");
  const auto kind = text_in(role, "kind");
  if (text_in(role, "apiGroup") != kRbacGroup)
    place.child("apiGroup").unsupported(std::string(text_in(role, "apiGroup")), {kRbacGroup});
  if (scope == RuleScope::kCluster && kind != "ClusterRole")
    place.child("kind").unsupported(std::string(kind), {"ClusterRole"});
  if (scope == RuleScope::kNamespace && kind != "Role" && kind != "ClusterRole")
    place.child("kind").unsupported(std::string(kind), {"Role", "ClusterRole"});
  if (check_given(role, "name", place)) {
    const auto name = text_in(role, "name");
    place.child("name").names(name, path_segment_errors(name));
  }
  each(
      checked.object, "subjects", checked.top(),
      [scope](const json::object& subject, const Place& at) { check_subject(subject, scope, at); });
  if (checked.old == nullptr || equal_field(checked.object, *checked.old, "roleRef")) return;
  place.invalid(json::value(), "cannot change roleRef");
  // The names of Go's fields: roleRef has no JSON names inside the server.
  checked.problems.back().value = fmt::format(R"({{"APIGroup":{},"Kind":{},"Name":{}}})",
                                              encode_json(json::string(text_in(role, "apiGroup"))),
                                              encode_json(json::string(kind)),
                                              encode_json(json::string(text_in(role, "name"))));
}

// "example.com/name": a domain with at least one dot, and something of a path.
bool is_signer_name(std::string_view name) {
  const auto slash = name.find('/');
  if (slash == std::string_view::npos || slash + 1 == name.size()) return false;
  const auto domain = name.substr(0, slash);
  return domain.find('.') != std::string_view::npos && dns1123_subdomain_errors(domain).empty();
}

void check_webhook(const json::object& webhook, const Place& place) {
  const auto name = text_in(webhook, "name");
  if (check_given(webhook, "name", place)) {
    if (std::ranges::count(name, '.') < 2)
      place.child("name").invalid(
          std::string(name), "should be a domain with at least three segments separated by dots");
    else
      place.child("name").names(name, dns1123_subdomain_errors(name));
  }
  check_one_of(webhook, "failurePolicy", place, {"Fail", "Ignore"});
  check_one_of(webhook, "matchPolicy", place, {"Equivalent", "Exact"});
  if (lacks(webhook, "sideEffects"))
    place.child("sideEffects").required("must specify one of None, NoneOnDryRun");
  else
    check_one_of(webhook, "sideEffects", place, {"None", "NoneOnDryRun"});
  const auto timeout = integer_in(webhook, "timeoutSeconds", 10);
  if (timeout < 1 || timeout > 30)
    place.child("timeoutSeconds")
        .invalid(timeout, "the timeout value must be between 1 and 30 seconds");
  check_selector(object_in(webhook, "namespaceSelector"), place.child("namespaceSelector"));
  check_selector(object_in(webhook, "objectSelector"), place.child("objectSelector"));
  const json::object& client = object_in(webhook, "clientConfig");
  if (lacks(client, "url") == lacks(client, "service"))
    place.child("clientConfig").required("exactly one of url or service is required");
}

constexpr std::string_view kReviewVersions = "must specify one of v1, v1beta1";

void check_review_versions(const json::object& webhook, const Place& place) {
  const auto versions = texts_in(webhook, "admissionReviewVersions");
  const Place at = place.child("admissionReviewVersions");
  if (versions.empty()) return at.required(std::string(kReviewVersions));
  const bool known = std::ranges::any_of(
      versions, [](const std::string& version) { return version == "v1" || version == "v1beta1"; });
  if (!known)
    at.invalid(array_in(webhook, "admissionReviewVersions"),
               "must include at least one of v1, v1beta1");
}

void check_scale_target(const json::object& spec, const Place& place) {
  const json::object& target = object_in(spec, "scaleTargetRef");
  const Place at = place.child("scaleTargetRef");
  check_given(target, "kind", at);
  check_given(target, "name", at);
}

void check_replica_bounds(const json::object& spec, const Place& place) {
  const auto min = integer_in(spec, "minReplicas", 1);
  const auto max = integer_in(spec, "maxReplicas");
  if (min < 1) place.child("minReplicas").invalid(min, "must be greater than or equal to 1");
  if (max < 1) place.child("maxReplicas").required("must be set and greater than 0");
  if (max < min)
    place.child("maxReplicas").invalid(max, "must be greater than or equal to `minReplicas`");
}

}  // namespace

void check_role(const Checked& checked) {
  check_rules(checked, RuleScope::kNamespace);
}

void check_cluster_role(const Checked& checked) {
  check_rules(checked, RuleScope::kCluster);
}

void check_role_binding(const Checked& checked) {
  check_binding(checked, RuleScope::kNamespace);
}

void check_cluster_role_binding(const Checked& checked) {
  check_binding(checked, RuleScope::kCluster);
}

void check_signing_request(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  const auto request = text_in(spec, "request");
  const std::string pem = decode_base64(request).value_or("");
  if (pem.find("-----BEGIN CERTIFICATE REQUEST-----") == std::string::npos &&
      pem.find("-----BEGIN NEW CERTIFICATE REQUEST-----") == std::string::npos)
    place.child("request").invalid(std::string(request),
                                   "PEM block type must be CERTIFICATE REQUEST");
  if (array_in(spec, "usages").empty()) place.child("usages").required();
  const auto signer = text_in(spec, "signerName");
  if (!is_signer_name(signer))
    place.child("signerName")
        .invalid(std::string(signer),
                 "must be a fully qualified domain and path of the form 'example.com/signer-name'");
  constexpr std::int64_t kSecondsMin = 600;
  if (!lacks(spec, "expirationSeconds") && integer_in(spec, "expirationSeconds") < kSecondsMin)
    place.child("expirationSeconds")
        .invalid(integer_in(spec, "expirationSeconds"),
                 "may not specify a duration less than 600 seconds (10 minutes)");
}

void check_webhooks(const Checked& checked) {
  each(checked.object, "webhooks", checked.top(), check_webhook);
  each(checked.object, "webhooks", checked.top(), check_review_versions);
}

void check_api_service(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  const std::string wanted = fmt::format("{}.{}", text_in(spec, "version"), text_in(spec, "group"));
  const auto name = text_at(checked.object, "metadata.name");
  if (name != wanted)
    checked.place("metadata.name")
        .invalid(std::string(name),
                 fmt::format("must be `spec.version+\".\"+spec.group`: {}", go_quote(wanted)));
  constexpr std::int64_t kGroupPriorityMax = 20000;
  constexpr std::int64_t kVersionPriorityMax = 1000;
  const auto group_priority = integer_in(spec, "groupPriorityMinimum");
  if (group_priority <= 0 || group_priority > kGroupPriorityMax)
    place.child("groupPriorityMinimum")
        .invalid(group_priority,
                 fmt::format("must be positive and less than {}", kGroupPriorityMax));
  const auto version_priority = integer_in(spec, "versionPriority");
  if (version_priority <= 0 || version_priority > kVersionPriorityMax)
    place.child("versionPriority")
        .invalid(version_priority,
                 fmt::format("must be positive and less than {}", kVersionPriorityMax));
}

void check_budget(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  if (!lacks(spec, "minAvailable") && !lacks(spec, "maxUnavailable")) {
    place.invalid(json::value(), "minAvailable and maxUnavailable cannot be both set");
    checked.problems.back().value = fmt::format(
        R"({{"MinAvailable":{},"Selector":{},"MaxUnavailable":{},"UnhealthyPodEvictionPolicy":null}})",
        encode_json(spec.at("minAvailable")), encode_json(object_in(spec, "selector")),
        encode_json(spec.at("maxUnavailable")));
  }
  for (const std::string_view field : {"minAvailable", "maxUnavailable"})
    if (const json::value* const value = value_in(spec, field))
      check_count_or_percent(*value, place.child(field));
  check_selector(object_in(spec, "selector"), place.child("selector"));
}

void check_autoscaler(const Checked& checked) {
  const json::object& spec = checked.spec();
  check_replica_bounds(spec, checked.place());
  check_scale_target(spec, checked.place());
  const json::object& target = object_in(spec, "scaleTargetRef");
  if (text_in(target, "kind").empty() && lacks(target, "apiVersion"))
    checked.place("spec.scaleTargetRef.apiVersion")
        .invalid("", "apiVersion must specify API group");
}

}  // namespace dynamod::apiserver
