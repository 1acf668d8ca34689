// Keywords of a CRD's schema, its defaults and its rules.
#include "apiserver/validation/crd_schema_check.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "apiserver/cel/cel.h"
#include "apiserver/validation/crd_list_check.h"
#include "apiserver/validation/rule_check.h"
#include "apiserver/validation/schema_check.h"
#include "apiserver/validation/schema_node.h"
#include "apiserver/validation/structural_check.h"

namespace dynamod::apiserver {

namespace {

const json::object* object_or_null(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\n\r\v\f";
  const auto start = text.find_first_not_of(kWhite);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kWhite) - start + 1);
}

bool has_newline(std::string_view text) {
  return text.find_first_of("\n\r") != std::string_view::npos;
}

// Keywords that no structural schema has; with one of them the schema is not looked at further.
constexpr std::array<std::string_view, 6> kUnsupported = {
    "id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"};

template <class Visit>
void visit_schemas(const json::object& schema, const Visit& visit) {
  visit(schema);
  if (const auto* items = object_or_null(schema, "items")) visit_schemas(*items, visit);
  for (const std::string_view name : {"allOf", "anyOf", "oneOf"})
    for (const auto& part : array_in(schema, name))
      if (part.is_object()) visit_schemas(part.get_object(), visit);
  if (const auto* part = object_or_null(schema, "not")) visit_schemas(*part, visit);
  for (const auto& entry : object_in(schema, "properties"))
    if (entry.value().is_object()) visit_schemas(entry.value().get_object(), visit);
  if (const auto* extra = object_or_null(schema, "additionalProperties"))
    visit_schemas(*extra, visit);
}

bool is_unsupported(const json::object& schema) {
  bool found = false;
  visit_schemas(schema, [&](const json::object& node) {
    const auto* items = node.if_contains("items");
    const auto* preserve = node.if_contains("x-kubernetes-preserve-unknown-fields");
    found = found || (items != nullptr && items->is_array()) ||
            (preserve != nullptr && preserve->is_bool() && !preserve->get_bool());
    for (const auto name : kUnsupported) found = found || value_in(node, name) != nullptr;
  });
  return found;
}

// What a schema is inside of.
struct Surroundings {
  bool root = false;
  bool meta = false;                // apiVersion, kind or metadata of an object
  std::string no_defaults = {};     // why defaults are forbidden; "" when they are not
  std::string uncorrelatable = {};  // the first ancestor whose old value cannot be told
  bool spine = true;                // not below allOf and its like: rules run
};

class SchemaRules {
 public:
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the document
  void check(const json::object& schema, const std::string& path, const Surroundings& around) {
    check_keywords(schema, path, around);
    check_children(schema, path, around);
    check_extensions(schema, path);
    check_rules(schema, path, around);
  }

  kube::Verdict take() && {
    append(schema_, std::move(rules_));
    return {.problems = std::move(schema_), .warnings = std::move(warnings_)};
  }

 private:
  void add(kube::Problem problem) { schema_.push_back(std::move(problem)); }

  void check_keywords(const json::object& schema, const std::string& path,
                      const Surroundings& around) {
    const auto at = [&](std::string_view name) { return child_path(path, name); };
    const auto type = text_in(schema, "type");
    constexpr std::array<std::string_view, 6> kTypes = {"array",  "boolean", "integer",
                                                        "number", "object",  "string"};
    if (!type.empty() && std::ranges::find(kTypes, type) == kTypes.end())
      add(unsupported_value(at("type"), json::value(type), {kTypes.begin(), kTypes.end()}));
    if (value_in(schema, "default") != nullptr && !around.no_defaults.empty())
      add(forbidden_value(at("default"), "must not be set " + around.no_defaults));
    for (const auto name : kUnsupported)
      if (value_in(schema, name) != nullptr)
        add(forbidden_value(at(name), fmt::format("{} is not supported", name)));
    if (type == "null")
      add(forbidden_value(at("type"),
                          "type cannot be set to null, use nullable as an alternative"));
    if (!array_in(schema, "items").empty())
      add(forbidden_value(at("items"), "items must be a schema object and not an array"));
    if (around.meta && true_in(schema, "x-kubernetes-embedded-resource"))
      add(forbidden_value(at("x-kubernetes-embedded-resource"),
                          "must not be used inside of resource meta"));
    if (true_in(schema, "uniqueItems"))
      add(forbidden_value(at("uniqueItems"),
                          "uniqueItems cannot be set to true since the runtime complexity becomes "
                          "quadratic"));
    const auto* extra = value_in(schema, "additionalProperties");
    const bool opens = extra != nullptr && extra->is_bool() && extra->get_bool();
    if (extra != nullptr && !opens && !object_in(schema, "properties").empty())
      add(forbidden_value(at("additionalProperties"),
                          "additionalProperties and properties are mutual exclusive"));
  }

  void check_children(const json::object& schema, const std::string& path,
                      const Surroundings& around) {
    Surroundings inner = around;
    inner.root = false;
    if (const auto* extra = object_or_null(schema, "additionalProperties")) {
      Surroundings below = inner;
      if (around.meta)
        below.no_defaults = "inside additionalProperties applying to object metadata";
      check(*extra, child_path(path, "additionalProperties"), below);
    }
    for (const auto& entry : object_in(schema, "properties"))
      if (const auto* property = entry.value().if_object())
        check(*property, key_path(child_path(path, "properties"), entry.key()),
              inside_property(schema, entry.key(), path, around));
    Surroundings nested = inner;
    nested.spine = false;
    if (const auto* part = object_or_null(schema, "not"))
      check(*part, child_path(path, "not"), nested);
    for (const std::string_view name : {"allOf", "oneOf", "anyOf"}) {
      const json::array& parts = array_in(schema, name);
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (const auto* part = parts[i].if_object())
          check(*part, index_path(child_path(path, name), i), nested);
    }
    if (const auto* items = object_or_null(schema, "items")) {
      Surroundings below = inner;
      if (text_in(schema, "x-kubernetes-list-type") != "map" && below.uncorrelatable.empty())
        below.uncorrelatable = path;
      check(*items, child_path(path, "items"), below);
    }
  }

  static Surroundings inside_property(const json::object& schema, std::string_view name,
                                      const std::string& path, const Surroundings& around) {
    Surroundings out = around;
    out.root = false;
    const auto map_type = text_in(schema, "x-kubernetes-map-type");
    if (!map_type.empty() && map_type != "granular" && map_type != "atomic" &&
        out.uncorrelatable.empty())
      out.uncorrelatable = path;
    const bool holds_meta = around.root || true_in(schema, "x-kubernetes-embedded-resource");
    if (holds_meta && (name == "metadata" || name == "kind" || name == "apiVersion")) {
      out.meta = true;
      if (around.root) out.no_defaults = fmt::format("in top-level {}", name);
    }
    return out;
  }

  void check_extensions(const json::object& schema, const std::string& path) {
    const auto at = [&](std::string_view name) { return child_path(path, name); };
    const auto* preserve = schema.if_contains("x-kubernetes-preserve-unknown-fields");
    if (preserve != nullptr && preserve->is_bool() && !preserve->get_bool())
      add(invalid_value(at("x-kubernetes-preserve-unknown-fields"), false,
                        "must be true or undefined"));
    const auto require_type = [&](std::string_view extension, std::string_view wanted) {
      const auto type = text_in(schema, "type");
      if (value_in(schema, extension) == nullptr || type == wanted) return true;
      const std::string detail = fmt::format("must be {} if {} is specified", wanted, extension);
      add(type.empty() ? required_value(at("type"), detail)
                       : invalid_value(at("type"), json::value(type), detail));
      return false;
    };
    require_type("x-kubernetes-map-type", "object");
    require_one_of(schema, at("x-kubernetes-map-type"), "x-kubernetes-map-type",
                   {"atomic", "granular"});
    const bool is_list = require_type("x-kubernetes-list-type", "array");
    require_one_of(schema, at("x-kubernetes-list-type"), "x-kubernetes-list-type",
                   {"atomic", "set", "map"});
    check_list_keywords(schema, path, is_list, schema_);
  }

  void require_one_of(const json::object& schema, const std::string& path, std::string_view name,
                      const std::vector<std::string>& allowed) {
    const auto* value = value_in(schema, name);
    if (value == nullptr || std::ranges::find(allowed, text_in(schema, name)) != allowed.end())
      return;
    add(unsupported_value(path, *value, allowed));
  }

  void check_rules(const json::object& schema, const std::string& path,
                   const Surroundings& around) {
    const json::array& rules = array_in(schema, "x-kubernetes-validations");
    const auto at = [&](std::size_t i) {
      return index_path(child_path(path, "x-kubernetes-validations"), i);
    };
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (rules[i].is_object()) check_rule_words(schema, rules[i].get_object(), at(i));
    if (!schema_.empty() || !around.spine) return;
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (rules[i].is_object()) compile_rule(rules[i].get_object(), at(i), around);
  }

  void check_rule_words(const json::object& schema, const json::object& rule,
                        const std::string& path) {
    const auto at = [&](std::string_view name) { return child_path(path, name); };
    const auto text = trimmed(text_in(rule, "rule"));
    const auto message = text_in(rule, "message");
    if (text.empty())
      add(required_value(at("rule"), "rule is not specified"));
    else if (!message.empty() && trimmed(message).empty())
      add(invalid_value(at("message"), json::value(message), "must be non-empty if specified"));
    else if (has_newline(trimmed(message)))
      add(invalid_value(at("message"), json::value(message), "must not contain line breaks"));
    else if (has_newline(text) && trimmed(message).empty())
      add(required_value(at("message"), "message must be specified if rule contains line breaks"));
    const auto expression = text_in(rule, "messageExpression");
    if (!expression.empty() && trimmed(expression).empty())
      add(required_value(at("messageExpression"),
                         "messageExpression must be non-empty if specified"));
    require_one_of(
        rule, at("reason"), "reason",
        {"FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"});
    const auto field = text_in(rule, "fieldPath");
    const json::value shown(field);
    if (!field.empty() && trimmed(field).empty())
      add(invalid_value(at("fieldPath"), shown, "must be non-empty if specified"));
    if (has_newline(field))
      add(invalid_value(at("fieldPath"), shown, "must not contain line breaks"));
    if (!field.empty() && !follow_field_path(schema, field, true))
      add(invalid_value(at("fieldPath"), shown, "must be a valid path"));
  }

  void leave_out(const std::string& path, const Error& error) {
    const std::string_view line =
        std::string_view(error.message).substr(0, error.message.find('\n'));
    warnings_.push_back(fmt::format("{}: this server does not run it: {}", path, line));
  }

  void compile_rule(const json::object& rule, const std::string& path, const Surroundings& around) {
    const std::string at = child_path(path, "rule");
    const auto text = text_in(rule, "rule");
    const auto program = cel::Program::compile(text);
    if (!program) {
      leave_out(at, program.error());
    } else if (program->uses_old_self()) {
      if (!around.uncorrelatable.empty())
        rules_.push_back(invalid_value(
            at, json::value(text),
            "oldSelf cannot be used on the uncorrelatable portion of the schema within " +
                around.uncorrelatable));
    } else if (const auto* optional = value_in(rule, "optionalOldSelf")) {
      rules_.push_back(invalid_value(child_path(path, "optionalOldSelf"), *optional,
                                     "may not be set if oldSelf is not used in rule"));
    }
    const auto message = text_in(rule, "messageExpression");
    const auto message_program = cel::Program::compile(message);
    if (!message.empty() && !message_program)
      leave_out(child_path(path, "messageExpression"), message_program.error());
  }

  Problems schema_;
  Problems rules_;
  std::vector<std::string> warnings_;
};

// Whether pruning would take something out of a default.
bool has_unknown(const SchemaNode& node, const json::value& value) {
  if (value.is_array())
    return node.items != nullptr &&
           std::ranges::any_of(value.get_array(), [&](const json::value& element) {
             return has_unknown(*node.items, element);
           });
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.get_object(), [&](const auto& entry) {
    const std::string_view name = entry.key();
    if (const auto* field = node.field(name)) return has_unknown(*field, entry.value());
    if (node.embedded_resource && (name == "apiVersion" || name == "kind" || name == "metadata"))
      return false;
    return !node.preserve_unknown_fields;
  });
}

void check_default(const json::object& schema, const json::value& value, const std::string& path,
                   Problems& out) {
  const auto compiled = compile_schema(schema);
  if (has_unknown(*compiled->root, value))
    out.push_back(invalid_value(path, value, "must not have unknown fields"));
  Problems found = check_schema(*compiled->root, value, nullptr, path);
  if (found.empty() && compiled->has_rules) {
    found = check_rules(*compiled, value, nullptr).problems;
    for (auto& problem : found)
      problem.path = problem.path == "<nil>" ? path : child_path(path, problem.path);
  }
  append(out, std::move(found));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the document
void check_defaults(const json::object& schema, const std::string& path, Problems& out) {
  if (const auto* value = value_in(schema, "default"))
    check_default(schema, *value, child_path(path, "default"), out);
  if (const auto* items = object_or_null(schema, "items"))
    check_defaults(*items, child_path(path, "items"), out);
  for (const auto& entry : object_in(schema, "properties"))
    if (const auto* property = entry.value().if_object())
      check_defaults(*property, key_path(child_path(path, "properties"), entry.key()), out);
}

// A rule as Go prints its internal struct.
std::string shown_rule(const json::object& rule) {
  const auto text = [&](std::string_view name) {
    return go_json(json::value(text_in(rule, name)));
  };
  const auto or_null = [&](std::string_view name) {
    const auto* value = value_in(rule, name);
    return value == nullptr ? std::string("null") : go_json(*value);
  };
  return fmt::format(
      "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},"
      "\"OptionalOldSelf\":{}}}",
      text("rule"), text("message"), text("messageExpression"), or_null("reason"),
      text("fieldPath"), or_null("optionalOldSelf"));
}

// Rules that read what their type does not have.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the document
void check_rule_fields(const json::object& schema, const SchemaNode& node, const std::string& path,
                       Problems& out) {
  const json::array& rules = array_in(schema, "x-kubernetes-validations");
  for (std::size_t i = 0; i < node.rules.size() && i < rules.size(); ++i) {
    if (!node.rules[i].program || node.cel_type == nullptr || !rules[i].is_object()) continue;
    const auto found =
        node.rules[i].program->check_fields(node.cel_type, node.rules[i].optional_old_self);
    if (found) continue;
    const std::string at = index_path(child_path(path, "x-kubernetes-validations"), i);
    auto problem = invalid_value(child_path(at, "rule"), json::value(),
                                 "compilation failed: " + found.error().message);
    problem.value = shown_rule(rules[i].get_object());
    out.push_back(std::move(problem));
  }
  if (const auto* items = object_or_null(schema, "items"); items != nullptr && node.items)
    check_rule_fields(*items, *node.items, child_path(path, "items"), out);
  if (const auto* extra = object_or_null(schema, "additionalProperties");
      extra != nullptr && node.additional)
    check_rule_fields(*extra, *node.additional, child_path(path, "additionalProperties"), out);
  for (const auto& [name, property] : node.properties)
    if (const auto* inner = object_or_null(object_in(schema, "properties"), name))
      check_rule_fields(*inner, *property, key_path(child_path(path, "properties"), name), out);
}

// status is cut out of the root and checked alone: what stands beside it would be lost.
Problems check_status_root(const json::object& schema, const std::string& path) {
  constexpr std::array<std::string_view, 22> kAllowed = {"description",
                                                         "type",
                                                         "format",
                                                         "title",
                                                         "maximum",
                                                         "exclusiveMaximum",
                                                         "minimum",
                                                         "exclusiveMinimum",
                                                         "maxLength",
                                                         "minLength",
                                                         "pattern",
                                                         "maxItems",
                                                         "minItems",
                                                         "uniqueItems",
                                                         "multipleOf",
                                                         "required",
                                                         "items",
                                                         "properties",
                                                         "externalDocs",
                                                         "example",
                                                         "x-kubernetes-preserve-unknown-fields",
                                                         "x-kubernetes-validations"};
  Problems out;
  const auto type = text_in(schema, "type");
  if (!type.empty() && type != "object")
    out.push_back(invalid_value(path + ".type", json::value(type),
                                "only \"object\" is allowed as the type at the root of the schema "
                                "if the status subresource is enabled"));
  for (const auto& entry : schema) {
    if (entry.value().is_null() ||
        std::ranges::find(kAllowed, std::string_view(entry.key())) != kAllowed.end())
      continue;
    out.push_back(invalid_value(
        path, schema,
        "only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum "
        "MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items "
        "Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed "
        "at the root of the schema if the status subresource is enabled"));
    break;
  }
  return out;
}

}  // namespace

kube::Verdict check_crd_schema(const json::object& schema, std::string_view path,
                               StatusSubresource status) {
  const std::string at = child_path(path, "openAPIV3Schema");
  kube::Verdict out;
  if (status == StatusSubresource::kOn) append(out.problems, check_status_root(schema, at));
  if (true_in(schema, "nullable"))
    out.problems.push_back(
        forbidden_value(at + ".nullable", "nullable cannot be true at the root"));
  const bool unsupported = is_unsupported(schema);
  bool structural = false;
  if (!unsupported) {
    Problems found = check_structural(schema, at);
    structural = found.empty();
    if (structural) check_defaults(schema, at, found);
    structural = found.empty();
    append(out.problems, std::move(found));
  }
  SchemaRules rules;
  rules.check(schema, at, {.root = true, .spine = structural});
  kube::Verdict found = std::move(rules).take();
  append(out.problems, std::move(found.problems));
  out.warnings = std::move(found.warnings);
  if (out.ok() && !unsupported) {
    const auto compiled = compile_schema(schema);
    check_rule_fields(schema, *compiled->root, at, out.problems);
  }
  if (unsupported && out.problems.empty())
    out.problems.push_back(invalid_value(at, json::value(""), "the schema is not structural"));
  return out;
}

std::vector<std::string> unknown_formats(const json::object& schema) {
  std::vector<std::string> out;
  visit_schemas(schema, [&](const json::object& node) {
    const auto format = text_in(node, "format");
    if (!format.empty() && !is_known_format(text_in(node, "type"), format))
      out.emplace_back(format);
  });
  return out;
}

Result<const json::object*> follow_field_path(const json::object& schema, std::string_view path,
                                              bool array_notation) {
  const json::object* here = &schema;
  const auto step = [&](std::string_view name) -> Result<> {
    const json::object& properties = object_in(*here, "properties");
    const json::object* next = nullptr;
    if (!properties.empty())
      next = object_or_null(properties, name);
    else
      next = object_or_null(*here, "additionalProperties");
    if (next == nullptr) return fail(Error::Kind::kInvalid, "does not refer to a valid field");
    here = next;
    return {};
  };
  while (!path.empty()) {
    if (path.front() == '[') {
      if (!array_notation) return fail(Error::Kind::kInvalid, "array notation is not allowed");
      const auto end = path.find("']");
      if (!path.starts_with("['") || end == std::string_view::npos)
        return fail(Error::Kind::kInvalid, "expected single quoted string");
      CHECK_OK(step(path.substr(2, end - 2)));
      path.remove_prefix(end + 2);
      continue;
    }
    const auto word_end = std::min(path.find_first_of(".[]", 1), path.size());
    if (path.front() != '.')
      return fail(Error::Kind::kInvalid,
                  fmt::format("expected [ or . but got: {}", path.substr(0, word_end)));
    if (word_end == 1) return fail(Error::Kind::kInvalid, "unexpected end of JSON path");
    CHECK_OK(step(path.substr(1, word_end - 1)));
    path.remove_prefix(word_end);
  }
  return here;
}

}  // namespace dynamod::apiserver
