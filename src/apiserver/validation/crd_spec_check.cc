// A CustomResourceDefinition but for its versions: group, names, scope, conversion, what may not
// change.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/validation/crd_object.h"
#include "apiserver/validation/crd_versions_check.h"
#include "apiserver/validation/go_value.h"
#include "apiserver/validation/names.h"

namespace dynamod::apiserver {

namespace {

void add_label_errors(Problems& out, std::string_view path, std::string_view shown,
                      std::string_view value, std::string_view before = "") {
  if (value.empty()) return;
  const auto errors = dns1035_label_errors(value);
  if (errors.empty()) return;
  out.push_back(
      invalid_value(path, json::value(shown), fmt::format("{}{}", before, fmt::join(errors, ","))));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

void require_one_of(Problems& out, const std::string& path, std::string_view value,
                    const std::vector<std::string>& allowed) {
  if (value.empty())
    out.push_back(required_value(path));
  else if (std::ranges::find(allowed, value) == allowed.end())
    out.push_back(unsupported_value(path, json::value(value), allowed));
}

void check_names(const json::object& names, const std::string& path, Problems& out) {
  const auto at = [&](std::string_view name) { return child_path(path, name); };
  for (const std::string_view name : {"plural", "singular"})
    add_label_errors(out, at(name), text_in(names, name), text_in(names, name));
  for (const std::string_view name : {"kind", "listKind"})
    add_label_errors(out, at(name), text_in(names, name), lower(text_in(names, name)),
                     "may have mixed case, but should otherwise match: ");
  const auto kind = text_in(names, "kind");
  const auto check_list = [&](std::string_view name) {
    const auto values = texts_in(names, name);
    for (std::size_t i = 0; i < values.size(); ++i)
      add_label_errors(out, index_path(at(name), i), values[i], values[i]);
  };
  check_list("shortNames");
  if (!kind.empty() && kind == text_in(names, "listKind"))
    out.push_back(
        invalid_value(at("listKind"), json::value(kind), "kind and listKind may not be the same"));
  check_list("categories");
}

void check_review_versions(const json::array& versions, const std::string& path, Problems& out) {
  if (versions.empty()) {
    out.push_back(required_value(path));
    return;
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (!versions[i].is_string()) continue;
    const std::string_view version = versions[i].get_string();
    if (!seen.insert(version).second) {
      out.push_back(invalid_value(index_path(path, i), versions[i], "duplicate version"));
      continue;
    }
    for (const auto& error : dns1035_label_errors(version))
      out.push_back(invalid_value(index_path(path, i), versions[i], error));
  }
  if (!seen.contains("v1") && !seen.contains("v1beta1"))
    out.push_back(invalid_value(path, versions, "must include at least one of v1, v1beta1"));
}

void check_client_config(const json::object& webhook, const std::string& path, Problems& out) {
  const std::string at = child_path(path, "webhookClientConfig");
  const auto* config = value_in(webhook, "clientConfig");
  if (config == nullptr || !config->is_object()) {
    out.push_back(required_value(at, "required when strategy is set to Webhook"));
    return;
  }
  const auto* url = value_in(config->get_object(), "url");
  const auto* service = value_in(config->get_object(), "service");
  if ((url == nullptr) == (service == nullptr))
    out.push_back(required_value(at, "exactly one of url or service is required"));
  else if (url != nullptr && !text_in(config->get_object(), "url").starts_with("https://"))
    out.push_back(invalid_value(at + ".url", *url,
                                "'https' is the only allowed URL scheme; desired format: "
                                "https://host[/path]"));
}

void check_conversion(const json::object& spec, Problems& out) {
  const std::string path = "spec.conversion";
  const auto* value = value_in(spec, "conversion");
  if (value == nullptr || !value->is_object()) return;
  const json::object& conversion = value->get_object();
  const auto strategy = text_in(conversion, "strategy");
  require_one_of(out, path + ".strategy", strategy, {"None", "Webhook"});
  const json::object& webhook = object_in(conversion, "webhook");
  const json::array& versions = array_in(webhook, "conversionReviewVersions");
  const std::string versions_path = path + ".conversionReviewVersions";
  if (strategy == "Webhook") {
    check_client_config(webhook, path, out);
    check_review_versions(versions, versions_path, out);
    return;
  }
  constexpr std::string_view kDetail = "should not be set when strategy is not set to Webhook";
  if (value_in(webhook, "clientConfig") != nullptr)
    out.push_back(forbidden_value(path + ".webhookClientConfig", std::string(kDetail)));
  if (!versions.empty()) out.push_back(forbidden_value(versions_path, std::string(kDetail)));
}

void check_group(const json::object& spec, Problems& out) {
  const auto group = text_in(spec, "group");
  const json::value shown(group);
  if (group.empty())
    out.push_back(required_value("spec.group"));
  else if (const auto errors = dns1123_subdomain_errors(group); !errors.empty())
    out.push_back(invalid_value("spec.group", shown, fmt::format("{}", fmt::join(errors, ","))));
  else if (!group.contains('.'))
    out.push_back(invalid_value("spec.group", shown, "should be a domain with at least one dot"));
}

// Groups of the Kubernetes project need its approval.
void check_approval(const json::object& crd, const json::object* old, Problems& out) {
  constexpr std::string_view kAnnotation = "api-approved.kubernetes.io";
  const auto group = text_in(object_in(crd, "spec"), "group");
  const bool is_protected = group == "k8s.io" || group == "kubernetes.io" ||
                            group.ends_with(".k8s.io") || group.ends_with(".kubernetes.io");
  if (!is_protected) return;
  const auto approval_of = [&](const json::object& object) {
    return text_in(object_in(object_in(object, "metadata"), "annotations"), kAnnotation);
  };
  const auto approval = approval_of(crd);
  if (old != nullptr && approval_of(*old) == approval) return;
  const std::string path = key_path("metadata.annotations", kAnnotation);
  if (approval.empty())
    out.push_back(required_value(
        path, fmt::format("protected groups must have approval annotation \"{}\", see "
                          "https://github.com/kubernetes/enhancements/pull/1111",
                          kAnnotation)));
  else if (!approval.starts_with("https://") && !approval.starts_with("http://") &&
           !approval.starts_with("unapproved"))
    out.push_back(invalid_value(
        path, json::value(approval),
        fmt::format("protected groups must have approval annotation \"{}\" with either a URL or a "
                    "reason starting with \"unapproved\", see "
                    "https://github.com/kubernetes/enhancements/pull/1111",
                    kAnnotation)));
}

void check_stored_versions(const json::object& crd, Problems& out) {
  const json::array& stored = array_in(object_in(crd, "status"), "storedVersions");
  const std::string path = "status.storedVersions";
  if (stored.empty()) {
    out.push_back(invalid_value(path, json::value(), "must have at least one stored version"));
    return;
  }
  const auto known = [&](std::string_view name) {
    return std::ranges::any_of(stored, [&](const json::value& v) {
      return v.is_string() && std::string_view(v.get_string()) == name;
    });
  };
  std::set<std::string_view> names;
  for (const auto& version : array_in(object_in(crd, "spec"), "versions")) {
    if (!version.is_object()) continue;
    const auto name = text_in(version.get_object(), "name");
    names.insert(name);
    if (true_in(version.get_object(), "storage") && !known(name))
      out.push_back(
          invalid_value(path, stored, fmt::format("must have the storage version {}", name)));
  }
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!stored[i].is_string()) continue;
    const std::string_view name = stored[i].get_string();
    if (names.contains(name)) continue;
    out.push_back(invalid_value(
        index_path(path, i), stored[i],
        fmt::format("missing from spec.versions; {0} was previously a storage version, and must "
                    "remain in spec.versions until a storage migration ensures no data remains "
                    "persisted in {0} and removes {0} from status.storedVersions",
                    name)));
  }
}

// What holds for a new and for a changed definition alike.
void check_spec(const json::object& crd, const json::object* old, kube::Verdict& out) {
  const json::object& spec = object_in(crd, "spec");
  Problems& problems = out.problems;
  check_group(spec, problems);
  require_one_of(problems, "spec.scope", text_in(spec, "scope"), {"Cluster", "Namespaced"});
  check_versions(array_in(spec, "versions"), problems);
  const json::object& names = object_in(spec, "names");
  for (const std::string_view name : {"plural", "singular", "kind", "listKind"})
    if (text_in(names, name).empty())
      problems.push_back(required_value(child_path("spec.names", name)));
  check_names(names, "spec.names", problems);
  check_version_fields(array_in(spec, "versions"), out);
  check_conversion(spec, problems);
  check_names(object_in(object_in(crd, "status"), "acceptedNames"), "status.acceptedNames",
              problems);
  check_stored_versions(crd, problems);
  check_approval(crd, old, problems);
  const bool preserved =
      old != nullptr && true_in(object_in(*old, "spec"), "preserveUnknownFields");
  if (true_in(spec, "preserveUnknownFields") && !preserved)
    problems.push_back(invalid_value("spec.preserveUnknownFields", true,
                                     "cannot set to true, set x-kubernetes-preserve-unknown-fields "
                                     "to true in spec.versions[*].schema instead"));
}

}  // namespace

kube::Verdict validate_crd(const json::object& crd) {
  const json::object& metadata = object_in(crd, "metadata");
  const json::object& spec = object_in(crd, "spec");
  kube::Verdict out{.problems = validate_object_meta(
                        metadata, {.name = NameRule::kDnsSubdomain, .scope = Scope::kCluster})};
  const auto name = text_in(metadata, "name");
  const std::string wanted =
      fmt::format("{}.{}", text_in(object_in(spec, "names"), "plural"), text_in(spec, "group"));
  if (!name.empty() && name != wanted)
    out.problems.push_back(invalid_value("metadata.name", json::value(name),
                                         "must be spec.names.plural+\".\"+spec.group"));
  check_spec(crd, nullptr, out);
  if (!out.ok()) out.warnings.clear();
  if (out.ok()) add_format_warnings(crd, nullptr, out);
  return out;
}

kube::Verdict validate_crd_update(const json::object& crd, const json::object& old) {
  const json::object& metadata = object_in(crd, "metadata");
  if (text_in(metadata, "resourceVersion").empty())
    return {.problems = {invalid_value("metadata.resourceVersion", json::value(0),
                                       "must be specified for an update")}};
  const json::object& old_metadata = object_in(old, "metadata");
  kube::Verdict out{.problems = validate_common_update(metadata, old_metadata, Scope::kCluster)};
  append(out.problems, validate_object_meta_update(metadata, old_metadata));
  check_spec(crd, &old, out);
  const json::object& spec = object_in(crd, "spec");
  const json::object& old_spec = object_in(old, "spec");
  const auto immutable = [&](const json::object& now, const json::object& before,
                             std::string_view path, std::string_view name) {
    const auto value = text_in(now, name);
    if (value != text_in(before, name))
      out.problems.push_back(
          invalid_value(child_path(path, name), json::value(value), "field is immutable"));
  };
  const json::object& names = object_in(spec, "names");
  const json::object& old_names = object_in(old_spec, "names");
  if (crd_condition_true(old, "Established")) {
    immutable(spec, old_spec, "spec", "scope");
    immutable(names, old_names, "spec.names", "kind");
  }
  immutable(spec, old_spec, "spec", "group");
  immutable(names, old_names, "spec.names", "plural");
  if (!out.ok()) out.warnings.clear();
  if (out.ok()) add_format_warnings(crd, &old, out);
  return out;
}

kube::Verdict validate_crd_status_update(const json::object& crd, const json::object& old) {
  const json::object& metadata = object_in(crd, "metadata");
  const json::object& old_metadata = object_in(old, "metadata");
  kube::Verdict out{.problems = validate_common_update(metadata, old_metadata, Scope::kCluster)};
  append(out.problems, validate_object_meta_update(metadata, old_metadata));
  check_names(object_in(object_in(crd, "status"), "acceptedNames"), "status.acceptedNames",
              out.problems);
  return out;
}

}  // namespace dynamod::apiserver
