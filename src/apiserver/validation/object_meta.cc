// The rules of ObjectMeta, field by field, in the order Kubernetes reports them.
#include "apiserver/validation/object_meta.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/validation/go_value.h"
#include "apiserver/validation/names.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kAnnotationsMax = std::size_t{256} * 1024;
constexpr std::size_t kFieldManagerMax = 128;
constexpr std::size_t kSubresourceMax = 256;

constexpr std::string_view kOrphan = "orphan";
constexpr std::string_view kForeground = "foregroundDeletion";

void add_errors(Problems& out, std::string_view path, std::string_view value,
                const NameErrors& errors) {
  for (const auto& error : errors) out.push_back(invalid_value(path, json::value(value), error));
}

// Names and values in a fixed order: Go's maps have none.
std::vector<std::pair<std::string_view, std::string_view>> sorted_texts(
    const json::object& object) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (const auto& entry : object)
    out.emplace_back(entry.key(), entry.value().is_string()
                                      ? std::string_view(entry.value().get_string())
                                      : std::string_view());
  std::ranges::sort(out);
  return out;
}

void check_labels(const json::object& metadata, std::string_view path, Problems& out) {
  for (const auto& [name, value] : sorted_texts(object_in(metadata, "labels"))) {
    add_errors(out, path, name, qualified_name_errors(name));
    add_errors(out, path, value, label_value_errors(value));
  }
}

void check_annotations(const json::object& metadata, std::string_view path, Problems& out) {
  std::size_t total = 0;
  for (const auto& [name, value] : sorted_texts(object_in(metadata, "annotations"))) {
    std::string lower(name);
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    add_errors(out, path, name, qualified_name_errors(lower));
    total += name.size() + value.size();
  }
  if (total > kAnnotationsMax)
    out.push_back(too_long_value(path, static_cast<std::int64_t>(kAnnotationsMax)));
}

// Owners are printed as a Go struct: fields in its order, `as_list` in brackets.
kube::Problem shown_owners(std::string_view path, const json::array& owners, bool as_list,
                           std::string detail) {
  std::vector<std::string> shown;
  for (const auto& owner : owners) {
    std::vector<std::string> fields;
    for (const std::string_view name :
         {"apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"}) {
      const bool always = name != "controller" && name != "blockOwnerDeletion";
      const auto* value = owner.is_object() ? value_in(owner.get_object(), name) : nullptr;
      if (value == nullptr && !always) continue;
      fields.push_back(fmt::format("\"{}\":{}", name, value == nullptr ? "\"\"" : go_json(*value)));
    }
    shown.push_back(fmt::format("{{{}}}", fmt::join(fields, ",")));
  }
  kube::Problem out = invalid_value(path, json::value(), std::move(detail));
  out.value = fmt::format("{}", fmt::join(shown, ","));
  if (as_list) out.value = "[" + out.value + "]";
  return out;
}

void check_owner(const json::object& owner, std::string_view path, Problems& out) {
  const std::string_view api_version = text_in(owner, "apiVersion");
  const auto slash = api_version.find('/');
  const std::string_view version =
      slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
  const auto require = [&](std::string_view name) {
    if (text_in(owner, name).empty())
      out.push_back(invalid_value(child_path(path, name), json::value(""), "must not be empty"));
  };
  if (version.empty())
    out.push_back(invalid_value(child_path(path, "apiVersion"), json::value(api_version),
                                "version must not be empty"));
  require("kind");
  require("name");
  require("uid");
  if (api_version == "v1" && text_in(owner, "kind") == "Event")
    out.push_back(shown_owners(path, json::array{owner}, false,
                               "/v1, Kind=Event is disallowed from being an owner"));
}

void check_owners(const json::object& metadata, std::string_view path, Problems& out) {
  std::string first_controller;
  const json::array& owners = array_in(metadata, "ownerReferences");
  for (const auto& element : owners) {
    if (!element.is_object()) continue;
    const json::object& owner = element.get_object();
    check_owner(owner, path, out);
    if (!true_in(owner, "controller")) continue;
    const std::string name = fmt::format("{}/{}", text_in(owner, "kind"), text_in(owner, "name"));
    if (first_controller.empty()) {
      first_controller = name;
      continue;
    }
    out.push_back(shown_owners(
        path, owners, true,
        fmt::format("Only one reference can have Controller set to true. Found \"true\" in "
                    "references for {} and {}",
                    first_controller, name)));
  }
}

void check_finalizers(const json::object& metadata, std::string_view path, Problems& out) {
  const auto finalizers = texts_in(metadata, "finalizers");
  for (const auto& finalizer : finalizers)
    add_errors(out, path, finalizer, qualified_name_errors(finalizer));
  const auto has = [&](std::string_view name) {
    return std::ranges::find(finalizers, name) != finalizers.end();
  };
  if (has(kOrphan) && has(kForeground))
    out.push_back(
        invalid_value(path, array_in(metadata, "finalizers"),
                      fmt::format("finalizer {} and {} cannot be both set", kOrphan, kForeground)));
}

void check_managed_fields(const json::object& metadata, std::string_view path, Problems& out) {
  const json::array& entries = array_in(metadata, "managedFields");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_object()) continue;
    const json::object& entry = entries[i].get_object();
    const std::string at = index_path(path, i);
    const auto operation = text_in(entry, "operation");
    if (operation != "Apply" && operation != "Update")
      out.push_back(invalid_value(child_path(at, "operation"), json::value(operation),
                                  "must be `Apply` or `Update`"));
    const auto type = text_in(entry, "fieldsType");
    if (!type.empty() && type != "FieldsV1")
      out.push_back(
          invalid_value(child_path(at, "fieldsType"), json::value(type), "must be `FieldsV1`"));
    if (text_in(entry, "manager").size() > kFieldManagerMax)
      out.push_back(too_long_value(child_path(at, "manager"), kFieldManagerMax));
    if (text_in(entry, "subresource").size() > kSubresourceMax)
      out.push_back(too_long_value(child_path(at, "subresource"), kSubresourceMax));
  }
}

void check_namespace(const json::object& metadata, const ObjectMetaRules& rules, Problems& out) {
  const std::string path = child_path(rules.path, "namespace");
  const std::string_view ns = text_in(metadata, "namespace");
  if (rules.scope == Scope::kCluster) {
    if (!ns.empty()) out.push_back(forbidden_value(path, "not allowed on this type"));
    return;
  }
  if (ns.empty())
    out.push_back(required_value(path));
  else
    add_errors(out, path, ns, dns1123_label_errors(ns));
}

void check_immutable(const json::object& metadata, const json::object& old, std::string_view path,
                     Problems& out) {
  for (const std::string_view name : {"name", "namespace", "uid", "creationTimestamp",
                                      "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    const auto* now = value_in(metadata, name);
    const auto* before = value_in(old, name);
    const bool text = name == "name" || name == "namespace" || name == "uid";
    const json::value absent = text ? json::value("") : json::value();
    if (!equal_json(now == nullptr ? absent : *now, before == nullptr ? absent : *before))
      out.push_back(invalid_value(child_path(path, name), now == nullptr ? absent : *now,
                                  "field is immutable"));
  }
}

// Go's %#v of a sorted list of strings.
std::string go_syntax(const std::set<std::string>& names) {
  std::vector<std::string> quoted;
  for (const auto& name : names) quoted.push_back(go_quote(name));
  return fmt::format("[]string{{{}}}", fmt::join(quoted, ", "));
}

std::set<std::string> new_finalizers(const json::object& metadata, const json::object& old) {
  std::set<std::string> out;
  for (auto& name : texts_in(metadata, "finalizers")) out.insert(std::move(name));
  for (const auto& name : texts_in(old, "finalizers")) out.erase(name);
  return out;
}

}  // namespace

Problems validate_object_meta(const json::object& metadata, const ObjectMetaRules& rules) {
  Problems out;
  const auto at = [&](std::string_view name) { return child_path(rules.path, name); };
  const std::string_view prefix = text_in(metadata, "generateName");
  if (!prefix.empty())
    add_errors(out, at("generateName"), prefix, name_errors(rules.name, prefix, NamePart::kPrefix));
  const std::string_view name = text_in(metadata, "name");
  if (name.empty())
    out.push_back(required_value(at("name"), "name or generateName is required"));
  else
    add_errors(out, at("name"), name, name_errors(rules.name, name, NamePart::kWhole));
  check_namespace(metadata, rules, out);
  const std::int64_t generation = integer_in(metadata, "generation");
  if (generation < 0)
    out.push_back(invalid_value(at("generation"), json::value(generation),
                                "must be greater than or equal to 0"));
  check_labels(metadata, at("labels"), out);
  check_annotations(metadata, at("annotations"), out);
  check_owners(metadata, at("ownerReferences"), out);
  check_finalizers(metadata, at("finalizers"), out);
  check_managed_fields(metadata, at("managedFields"), out);
  return out;
}

Problems validate_object_meta_update(const json::object& metadata, const json::object& old,
                                     std::string_view path) {
  Problems out;
  const auto at = [&](std::string_view name) { return child_path(path, name); };
  if (value_in(old, "deletionTimestamp") != nullptr) {
    const auto added = new_finalizers(metadata, old);
    if (!added.empty())
      out.push_back(forbidden_value(
          at("finalizers"),
          "no new finalizers can be added if the object is being deleted, found new finalizers " +
              go_syntax(added)));
  }
  if (text_in(metadata, "resourceVersion").empty())
    out.push_back(
        invalid_value(at("resourceVersion"), json::value(""), "must be specified for an update"));
  const std::int64_t generation = integer_in(metadata, "generation");
  if (generation < integer_in(old, "generation"))
    out.push_back(
        invalid_value(at("generation"), json::value(generation), "must not be decremented"));
  check_immutable(metadata, old, path, out);
  check_labels(metadata, at("labels"), out);
  check_annotations(metadata, at("annotations"), out);
  check_owners(metadata, at("ownerReferences"), out);
  check_managed_fields(metadata, at("managedFields"), out);
  return out;
}

Problems validate_common_update(const json::object& metadata, const json::object& old,
                                Scope scope) {
  Problems out = validate_object_meta(metadata, {.name = NameRule::kPathSegment, .scope = scope});
  append(out, validate_object_meta_update(metadata, old));
  return out;
}

std::vector<std::string> finalizer_warnings(const json::object& metadata, const json::object& old) {
  std::vector<std::string> out;
  for (const auto& name : new_finalizers(metadata, old)) {
    const std::string shown = fmt::format("metadata.finalizers: {}: ", go_quote(name));
    for (const auto& error : qualified_name_errors(name)) out.push_back(shown + error);
    if (name.contains('/') || name == kOrphan || name == kForeground || name == "kubernetes")
      continue;
    out.push_back(shown + (name.contains('.')
                               ? "prefer a domain-qualified finalizer name including a path (/) to "
                                 "avoid accidental conflicts with other finalizer writers"
                               : "prefer a domain-qualified finalizer name to avoid accidental "
                                 "conflicts with other finalizer writers"));
  }
  return out;
}

}  // namespace dynamod::apiserver
