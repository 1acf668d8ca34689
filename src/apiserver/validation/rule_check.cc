// A walk of schema, value and old value; each node's rules in the order written.
#include "apiserver/validation/rule_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "apiserver/validation/schema_check.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kMessageMax = 5 * 1024;  // of a messageExpression, as in Kubernetes

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\n\r\v\f";
  const auto start = text.find_first_not_of(kWhite);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kWhite) - start + 1);
}

std::string_view rule_text(const SchemaRule& rule) {
  return trimmed(rule.message.empty() ? rule.rule : rule.message);
}

// A value, its old twin, and what decides whether it is said to be unchanged.
struct Place {
  const json::value& value;
  const json::value* old;   // what oldSelf is; null: cannot be told or was not there
  const json::value* twin;  // the old value for ratcheting; null: not correlatable
  bool parent_unchanged;    // the nearest correlatable ancestor equals its old value
  std::string path;
};

class RuleChecker {
 public:
  void check(const SchemaNode& node, const Place& place) {
    if (place.value.is_null() || node.cel_type == nullptr || stopped_) return;
    check_node(node, node.rules, place);
    for (const auto& part : node.all_of) {
      if (stopped_) return;
      check_node(node, part->rules,
                 {.value = place.value,
                  .old = place.old,
                  .twin = nullptr,
                  .parent_unchanged = place.parent_unchanged,
                  .path = place.path});
    }
    if (place.value.is_array()) check_elements(node, place);
    if (place.value.is_object()) check_members(node, place);
  }

  kube::Verdict take() { return std::move(verdict_); }

 private:
  static bool unchanged(const Place& place) {
    return place.twin != nullptr ? equal_json(place.value, *place.twin) : place.parent_unchanged;
  }

  void check_elements(const SchemaNode& node, const Place& place) {
    if (node.items == nullptr || !needs_walk(*node.items)) return;
    const json::array& array = place.value.get_array();
    const bool same = unchanged(place);
    for (std::size_t i = 0; i < array.size(); ++i)
      check(*node.items, {.value = array[i],
                          .old = correlated_element(node, place.old, array[i]),
                          .twin = correlated_element(node, place.twin, array[i]),
                          .parent_unchanged = same,
                          .path = index_path(place.path, i)});
  }

  void check_members(const SchemaNode& node, const Place& place) {
    const bool same = unchanged(place);
    for (const auto& entry : place.value.get_object()) {
      const std::string_view name = entry.key();
      const auto property = node.properties.find(name);
      const bool declared = property != node.properties.end();
      const SchemaNode* child = declared ? property->second.get() : node.additional.get();
      if (child == nullptr || !needs_walk(*child)) continue;
      check(*child, {.value = entry.value(),
                     .old = node.map_correlatable ? member_of(place.old, name) : nullptr,
                     .twin = member_of(place.twin, name),
                     .parent_unchanged = same,
                     .path = declared ? child_path(place.path, name) : key_path(place.path, name)});
    }
  }

  static const json::value* member_of(const json::value* object, std::string_view name) {
    return object == nullptr || !object->is_object() ? nullptr
                                                     : object->get_object().if_contains(name);
  }

  // Scalars without rules are most of an object.
  static bool needs_walk(const SchemaNode& node) {
    return !node.rules.empty() || !node.all_of.empty() || !node.properties.empty() ||
           node.items != nullptr || node.additional != nullptr;
  }

  void check_node(const SchemaNode& node, const std::vector<SchemaRule>& rules,
                  const Place& place) {
    for (const auto& rule : rules) {
      if (stopped_) return;
      if (!rule.program) continue;
      const bool old_is_null = place.old == nullptr || place.old->is_null();
      if (rule.program->uses_old_self() && old_is_null && !rule.optional_old_self) continue;
      run(node, rule, place);
    }
  }

  void run(const SchemaNode& node, const SchemaRule& rule, const Place& place) {
    const cel::Variables variables{.self = &place.value,
                                   .old_self = place.old,
                                   .type = node.cel_type,
                                   .old_self_optional = rule.optional_old_self};
    const auto passed = rule.program->run_bool(variables, budget_);
    if (!passed) {
      add_error(node, rule, place, passed.error());
      return;
    }
    if (*passed) return;
    kube::Problem problem = broken(node, rule, place, variables);
    if (rule.program->uses_old_self() || !unchanged(place))
      verdict_.problems.push_back(std::move(problem));
    else
      verdict_.warnings.push_back(problem.text());
  }

  void add_error(const SchemaNode& node, const SchemaRule& rule, const Place& place,
                 const Error& error) {
    std::string detail = fmt::format("{} evaluating rule: {}", error.message, rule_text(rule));
    if (error.kind == Error::Kind::kTooLarge) {
      stopped_ = true;
      detail = budget_.steps_left == 0
                   ? "validation failed due to running out of cost budget, no further validation "
                     "rules will be run"
                   : fmt::format(
                         "'{}': no further validation rules will be run due to call cost "
                         "exceeds limit for rule: {}",
                         error.message, rule_text(rule));
    } else if (error.message.starts_with("no such overload")) {
      detail = fmt::format(
          "'{}': call arguments did not match a supported operator, function or macro signature "
          "for rule: {}",
          error.message, rule_text(rule));
    }
    verdict_.problems.push_back(
        invalid_value(place.path, json::value(node.type), std::move(detail)));
  }

  // The words of a rule that is not met: messageExpression, message, or the rule itself.
  std::string words_of(const SchemaRule& rule, const cel::Variables& variables) {
    if (rule.message_program) {
      const auto made = rule.message_program->run_string(variables, budget_);
      if (made) {
        const std::string_view text = trimmed(*made);
        if (!text.empty() && text.size() <= kMessageMax && !text.contains('\n'))
          return std::string(text);
      }
    }
    return rule.message.empty() ? fmt::format("failed rule: {}", rule_text(rule))
                                : std::string(trimmed(rule.message));
  }

  kube::Problem broken(const SchemaNode& node, const SchemaRule& rule, const Place& place,
                       const cel::Variables& variables) {
    using Kind = kube::Problem::Kind;
    const std::string path =
        rule.field_path.empty() ? place.path : child_path(place.path, rule.field_path);
    kube::Problem out = invalid_value(path, place.value, words_of(rule, variables));
    if (node.type == "object" || node.type == "array") out.value.clear();
    if (rule.reason == "FieldValueForbidden") out.kind = Kind::kForbidden;
    if (rule.reason == "FieldValueRequired") out.kind = Kind::kRequired;
    if (rule.reason == "FieldValueDuplicate") {
      out.kind = Kind::kDuplicate;
      out.detail.clear();
    }
    return out;
  }

  kube::Verdict verdict_;
  cel::Budget budget_;
  bool stopped_ = false;
};

}  // namespace

kube::Verdict check_rules(const CompiledSchema& schema, const json::value& value,
                          const json::value* old) {
  RuleChecker checker;
  checker.check(*schema.root,
                {.value = value, .old = old, .twin = old, .parent_unchanged = false, .path = ""});
  return checker.take();
}

}  // namespace dynamod::apiserver
