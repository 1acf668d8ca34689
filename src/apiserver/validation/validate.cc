// The order of checks and what stops them, as the custom-resource strategy of Kubernetes has it.
#include "apiserver/validation/validate.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "apiserver/validation/rule_check.h"
#include "apiserver/validation/schema_check.h"
#include "apiserver/validation/schema_node.h"
#include "apiserver/validation/structural_check.h"

namespace dynamod::apiserver {

namespace {

const json::object& metadata_of(const json::object& object) {
  return object_in(object, "metadata");
}

Problems check_type_meta(const json::object& object, const ObjectRules& rules) {
  Problems out;
  const auto check = [&](std::string_view name, const std::string& wanted) {
    const auto found = text_in(object, name);
    if (found != wanted)
      out.push_back(invalid_value(name, json::value(found), "must be " + wanted));
  };
  check("kind", rules.kind);
  check("apiVersion", rules.api_version);
  return out;
}

// Go's name for the type of a JSON value, with its %v.
std::string go_typed(const json::value& value) {
  if (value.is_string())
    return fmt::format("{} is of the type string", std::string_view(value.get_string()));
  if (value.is_bool()) return fmt::format("{} is of the type bool", value.get_bool());
  if (value.is_double())
    return fmt::format("{} is of the type float64", go_number(value.get_double()));
  if (value.is_null()) return "<nil> is of the type <nil>";
  if (value.is_int64()) return fmt::format("{} is of the type int64", value.get_int64());
  return fmt::format("{} is of the type {}", go_text(value),
                     value.is_array() ? "[]interface {}" : "map[string]interface {}");
}

// The value at ".spec.replicas"; null when a step is missing.
const json::value* value_at(const json::object& object, std::string_view path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  const json::object* here = &object;
  for (;;) {
    const auto dot = path.find('.');
    const auto* value = here->if_contains(path.substr(0, dot));
    if (value == nullptr || dot == std::string_view::npos) return value;
    if (!value->is_object()) return nullptr;
    here = &value->get_object();
    path.remove_prefix(dot + 1);
  }
}

void check_replicas(const json::object& object, const std::string& path, Problems& out) {
  const auto* value = value_at(object, path);
  if (value == nullptr) return;
  if (!value->is_int64()) {
    out.push_back(invalid_value(
        path, json::value(0),
        fmt::format("{} accessor error: {}, expected int64", path, go_typed(*value))));
    return;
  }
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  if (value->get_int64() < 0)
    out.push_back(invalid_value(path, *value, "should be a non-negative integer"));
  else if (value->get_int64() > kMax)
    out.push_back(
        invalid_value(path, *value, fmt::format("should be less than or equal to {}", kMax)));
}

void check_scale_status(const json::object& object, const ScalePaths& scale, Problems& out) {
  check_replicas(object, scale.status_replicas, out);
  if (scale.label_selector.empty()) return;
  const auto* selector = value_at(object, scale.label_selector);
  if (selector == nullptr || selector->is_string()) return;
  out.push_back(invalid_value(scale.label_selector, json::value(""),
                              fmt::format("{} accessor error: {}, expected string",
                                          scale.label_selector, go_typed(*selector))));
}

// Rules may rely on types and limits, so they wait until those hold.
bool blocks_rules(const kube::Problem& problem) {
  using Kind = kube::Problem::Kind;
  return problem.kind == Kind::kNotSupported || problem.kind == Kind::kRequired ||
         problem.kind == Kind::kTooLong || problem.kind == Kind::kTooMany ||
         problem.kind == Kind::kTypeInvalid;
}

void run_rules(const CompiledSchema& schema, const json::value& value, const json::value* old,
               kube::Verdict& verdict) {
  if (!schema.has_rules) return;
  if (std::ranges::any_of(verdict.problems, blocks_rules)) {
    verdict.problems.push_back(invalid_value(
        "", json::value(),
        "some validation rules were not checked because the object was invalid; correct the "
        "existing errors to complete validation"));
    return;
  }
  kube::Verdict found = check_rules(schema, value, old);
  append(verdict.problems, std::move(found.problems));
  std::ranges::move(found.warnings, std::back_inserter(verdict.warnings));
}

void add_warnings(kube::Verdict& verdict, std::vector<std::string> warnings) {
  std::ranges::move(warnings, std::back_inserter(verdict.warnings));
}

// Custom resources cannot be overwritten blindly.
Problems check_version(const json::object& object) {
  if (!text_in(metadata_of(object), "resourceVersion").empty()) return {};
  return {
      invalid_value("metadata.resourceVersion", json::value(0), "must be specified for an update")};
}

// False when nothing more is to be said: the object is not of its kind.
bool check_updated_metadata(const json::object& object, const json::object& old,
                            const ObjectRules& rules, Problems& problems) {
  problems = check_version(object);
  if (!problems.empty()) return false;
  append(problems, validate_common_update(metadata_of(object), metadata_of(old), rules.scope));
  Problems type_meta = check_type_meta(object, rules);
  const bool is_of_kind = type_meta.empty();
  append(problems, std::move(type_meta));
  if (!is_of_kind) return false;
  append(problems, validate_object_meta_update(metadata_of(object), metadata_of(old)));
  return true;
}

}  // namespace

struct ObjectValidator::Parts {
  std::unique_ptr<const CompiledSchema> schema;
  ObjectRules rules;
};

ObjectValidator::ObjectValidator(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}

ObjectValidator::~ObjectValidator() = default;

std::shared_ptr<const ObjectValidator> ObjectValidator::create(const json::object& schema,
                                                               ObjectRules rules) {
  auto parts = std::make_unique<Parts>();
  parts->schema = compile_schema(schema);
  parts->rules = std::move(rules);
  return std::shared_ptr<const ObjectValidator>(new ObjectValidator(std::move(parts)));
}

kube::Verdict ObjectValidator::validate_create(const json::object& object) const {
  const ObjectRules& rules = parts_->rules;
  const SchemaNode& root = *parts_->schema->root;
  kube::Verdict out{.problems = check_type_meta(object, rules)};
  if (!out.ok()) return out;
  append(out.problems, validate_object_meta(metadata_of(object), {.name = NameRule::kDnsSubdomain,
                                                                  .scope = rules.scope}));
  const json::value value(object);
  append(out.problems, check_schema(root, value, nullptr, ""));
  if (rules.scale) {
    check_replicas(object, rules.scale->spec_replicas, out.problems);
    check_scale_status(object, *rules.scale, out.problems);
  }
  append(out.problems, check_embedded(root, value));
  append(out.problems, check_list_types(root, value));
  run_rules(*parts_->schema, value, nullptr, out);
  if (out.ok()) add_warnings(out, finalizer_warnings(metadata_of(object), {}));
  return out;
}

kube::Verdict ObjectValidator::validate_update(const json::object& object,
                                               const json::object& old) const {
  const ObjectRules& rules = parts_->rules;
  const SchemaNode& root = *parts_->schema->root;
  kube::Verdict out;
  if (!check_updated_metadata(object, old, rules, out.problems)) return out;
  const json::value value(object);
  const json::value before(old);
  append(out.problems, check_schema(root, value, &before, ""));
  if (rules.scale) {
    check_replicas(object, rules.scale->spec_replicas, out.problems);
    check_scale_status(object, *rules.scale, out.problems);
  }
  append(out.problems, check_embedded(root, value));
  if (check_list_types(root, before).empty()) append(out.problems, check_list_types(root, value));
  run_rules(*parts_->schema, value, &before, out);
  if (out.ok()) add_warnings(out, finalizer_warnings(metadata_of(object), metadata_of(old)));
  return out;
}

kube::Verdict ObjectValidator::validate_status_update(const json::object& object,
                                                      const json::object& old) const {
  const ObjectRules& rules = parts_->rules;
  const SchemaNode& root = *parts_->schema->root;
  kube::Verdict out;
  if (!check_updated_metadata(object, old, rules, out.problems)) return out;
  const auto* status = object.if_contains("status");
  const auto schema = root.properties.find("status");
  if (status != nullptr && schema != root.properties.end())
    append(out.problems,
           check_schema(*schema->second, *status, old.if_contains("status"), "status"));
  if (rules.scale) check_scale_status(object, *rules.scale, out.problems);
  const json::value value(object);
  const json::value before(old);
  if (check_list_types(root, before).empty()) append(out.problems, check_list_types(root, value));
  run_rules(*parts_->schema, value, &before, out);
  return out;
}

const std::vector<std::string>& ObjectValidator::unusable() const {
  return parts_->schema->unusable;
}

}  // namespace dynamod::apiserver
