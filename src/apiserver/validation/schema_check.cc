// One function for each group of keywords.
#include "apiserver/validation/schema_check.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/utf8.h"

namespace dynamod::apiserver {

namespace {

// One complaint before it becomes a Problem: kube-openapi tells equal ones apart by message.
struct Finding {
  std::string message;
  kube::Problem problem;
};

// Findings, and how many checks passed: of several alternatives that fail, the one that got
// furthest is reported.
struct Outcome {
  std::vector<Finding> findings = {};
  int passed = 0;

  [[nodiscard]] bool ok() const { return findings.empty(); }

  void add(Finding finding) {
    const auto same = [&](const Finding& known) { return known.message == finding.message; };
    if (std::ranges::none_of(findings, same)) findings.push_back(std::move(finding));
  }

  void merge(Outcome other) {
    for (auto& finding : other.findings) add(std::move(finding));
    passed += other.passed;
  }
};

std::string_view type_of(const json::value& value) {
  if (value.is_bool()) return "boolean";
  if (value.is_string()) return "string";
  if (value.is_int64()) return "integer";
  if (value.is_number()) return "number";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "null";
}

std::string_view format_of(const json::value& value) {
  if (value.is_int64()) return "int64";
  return value.is_number() ? "float64" : "";
}

// 3.0 is an integer to OpenAPI.
bool is_whole(double value) {
  constexpr double kMax = 9007199254740991.0;  // 2^53 - 1
  return std::abs(value) <= kMax && std::trunc(value) == value;
}

class Checker {
 public:
  explicit Checker(std::string_view prefix) : prefix_(prefix) {}

  Outcome check(const SchemaNode& node, const json::value& value, const json::value* old,
                const std::string& path) const {
    Outcome out = check_new(node, value, old, path);
    if (!out.ok() && old != nullptr && equal_json(value, *old)) out.findings.clear();
    return out;
  }

 private:
  using Problem = kube::Problem;

  // `path` as kube-openapi keeps it: "spec.x", ".x" for a missing field of the root, "" the root.
  [[nodiscard]] std::string problem_path(std::string_view path) const {
    if (path.starts_with('.')) path.remove_prefix(1);
    if (path.empty()) return shown_path(prefix_);
    return child_path(prefix_, path);
  }

  [[nodiscard]] Finding invalid(const std::string& path, const json::value& shown,
                                std::string detail) const {
    Problem problem = invalid_value(problem_path(path), shown, detail);
    return {.message = std::move(detail), .problem = std::move(problem)};
  }

  // Complaints that name no field of their own.
  [[nodiscard]] Finding composite(std::string detail) const {
    Problem problem = invalid_value(prefix_, json::value(""), detail);
    return {.message = std::move(detail), .problem = std::move(problem)};
  }

  [[nodiscard]] Finding wrong_type(const std::string& path, std::string_view wanted,
                                   std::string_view found) const {
    Finding out =
        invalid(path, json::value(found),
                fmt::format("{} in body must be of type {}: {}", path, wanted, go_quote(found)));
    out.problem.kind = Problem::Kind::kTypeInvalid;
    return out;
  }

  Outcome check_new(const SchemaNode& node, const json::value& value, const json::value* old,
                    const std::string& path) const {
    Outcome out;
    if (value.is_null()) {
      if (!node.types.empty() && !node.has_type("null") && !node.nullable)
        out.add(wrong_type(path, fmt::format("{}", fmt::join(node.types, ",")), "null"));
      else
        ++out.passed;
      out.merge(check_enum(node, value, path));
      return out;
    }
    if (!node.types.empty() || !node.format.empty()) merge_step(out, check_type(node, value, path));
    merge_step(out, check_alternatives(node, value, old, path));
    if (value.is_string()) {
      merge_step(out, check_text(node, value, path));
      if (!node.format.empty() && !is_number_format(node.format))
        merge_step(out, check_format(node, value, path));
    }
    if (value.is_number()) merge_step(out, check_number(node, value, path));
    if (value.is_array()) merge_step(out, check_array(node, value.get_array(), old, path));
    merge_step(out, check_enum(node, value, path));
    if (value.is_object()) merge_step(out, check_object(node, value.get_object(), old, path));
    ++out.passed;
    return out;
  }

  static void merge_step(Outcome& out, Outcome step) {
    out.merge(std::move(step));
    ++out.passed;
  }

  static bool is_number_format(std::string_view format) {
    return format == "int32" || format == "int64" || format == "float" || format == "double";
  }

  [[nodiscard]] Outcome check_type(const SchemaNode& node, const json::value& value,
                                   const std::string& path) const {
    Outcome out;
    const std::string_view type = type_of(value);
    const bool whole =
        type == "number" && is_whole(value.to_number<double>()) && node.has_type("integer");
    const bool fits =
        node.has_type(type) || whole || (type == "integer" && node.has_type("number"));
    const bool text_or_list = value.is_string() || value.is_array();
    if (!text_or_list && !node.format.empty() && !fits && format_of(value) != node.format) {
      out.add(wrong_type(path, node.format, format_of(value)));
      return out;
    }
    // Text with a format is judged by its format alone.
    const bool numeric = node.has_type("number") || node.has_type("integer");
    const bool skipped = !numeric && !node.format.empty() && text_or_list;
    if (!fits && !skipped)
      out.add(wrong_type(path, fmt::format("{}", fmt::join(node.types, ",")), type));
    else
      ++out.passed;
    return out;
  }

  [[nodiscard]] Outcome check_enum(const SchemaNode& node, const json::value& value,
                                   const std::string& path) const {
    Outcome out;
    if (node.enum_values.empty()) return out;
    const auto same = [&](const json::value& allowed) {
      return !value.is_null() && !allowed.is_null() && equal_json(allowed, value);
    };
    if (std::ranges::any_of(node.enum_values, same)) return out;
    std::vector<std::string> supported;
    for (const auto& allowed : node.enum_values)
      supported.push_back(allowed.is_string() ? std::string(allowed.get_string())
                                              : go_json(allowed));
    out.add({.message = fmt::format("{} in body should be one of {}", path, go_strings(supported)),
             .problem = unsupported_value(problem_path(path), value, supported)});
    return out;
  }

  // Only the first of these that fails is reported.
  [[nodiscard]] Outcome check_text(const SchemaNode& node, const json::value& value,
                                   const std::string& path) const {
    Outcome out;
    const std::string_view text = value.get_string();
    const bool counted = node.max_length || node.min_length;
    const std::int64_t length = counted ? count_code_points(text) : 0;
    if (node.max_length && length > *node.max_length)
      out.add({.message = fmt::format("{} in body should be at most {} chars long", path,
                                      *node.max_length),
               .problem = too_long_value(problem_path(path), *node.max_length)});
    else if (node.min_length && length < *node.min_length)
      out.add(invalid(
          path, value,
          fmt::format("{} in body should be at least {} chars long", path, *node.min_length)));
    else if (node.regex != nullptr &&
             !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *node.regex))
      out.add(
          invalid(path, value, fmt::format("{} in body should match '{}'", path, node.pattern)));
    return out;
  }

  static std::int64_t count_code_points(std::string_view text) {
    return std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  }

  [[nodiscard]] Outcome check_format(const SchemaNode& node, const json::value& value,
                                     const std::string& path) const {
    Outcome out;
    const std::string_view text = value.get_string();
    if (!matches_format(node.format, text)) out.add(wrong_type(path, node.format, text));
    return out;
  }

  // Whether `value` (or a limit for it) can be held by the schema's integer type at all.
  void check_range(const SchemaNode& node, double value, std::string_view what,
                   const std::string& path, Outcome& out) const {
    if (node.types.size() != 1 || node.types.front() != "integer") return;
    const bool small = node.format == "int32";
    const double limit = small ? 2147483648.0 : 9223372036854775808.0;
    if (std::trunc(value) == value && value < limit && value >= -limit) return;
    const std::string format =
        node.format.empty() ? "(default format)" : "with format " + node.format;
    out.add(
        composite(fmt::format("{} value must be of type integer {} in {}", what, format, path)));
  }

  // "less than or equal to 3": integers are compared with the limit cut to an integer.
  void check_limit(const SchemaNode& node, const json::value& value, bool is_maximum,
                   const std::string& path, Outcome& out) const {
    const double limit = is_maximum ? *node.maximum : *node.minimum;
    const bool exclusive = is_maximum ? node.exclusive_maximum : node.exclusive_minimum;
    check_range(node, limit, is_maximum ? "Maximum boundary" : "Minimum boundary", path, out);
    int order = 0;
    std::string shown = go_number(limit);
    if (value.is_int64() && std::abs(limit) < 9.2e18) {
      const auto whole = static_cast<std::int64_t>(limit);
      order = value.get_int64() < whole ? -1 : value.get_int64() > whole ? 1 : 0;
      shown = fmt::format("{}", whole);
    } else {
      const auto number = value.to_number<double>();
      order = number < limit ? -1 : number > limit ? 1 : 0;
    }
    const int beyond = is_maximum ? order : -order;
    if (beyond < 0 || (beyond == 0 && !exclusive)) return;
    const std::string_view words = is_maximum
                                       ? (exclusive ? "less than" : "less than or equal to")
                                       : (exclusive ? "greater than" : "greater than or equal to");
    out.add(invalid(path, value, fmt::format("{} in body should be {} {}", path, words, shown)));
  }

  [[nodiscard]] Outcome check_number(const SchemaNode& node, const json::value& value,
                                     const std::string& path) const {
    Outcome out;
    if (value.is_double()) check_range(node, value.get_double(), "Checked", path, out);
    if (value.is_int64() && node.format == "int32")
      check_range(node, static_cast<double>(value.get_int64()), "Checked", path, out);
    if (node.multiple_of && !is_multiple(value, *node.multiple_of))
      out.add(invalid(path, value,
                      fmt::format("{} in body should be a multiple of {}", path,
                                  go_number(*node.multiple_of))));
    if (node.minimum) check_limit(node, value, false, path, out);
    if (node.maximum) check_limit(node, value, true, path, out);
    ++out.passed;
    return out;
  }

  static bool is_multiple(const json::value& value, double factor) {
    if (factor <= 0) return false;
    if (value.is_int64() && factor >= 1 && factor < 9e18)
      return value.get_int64() % static_cast<std::int64_t>(factor) == 0;
    const auto number = value.to_number<double>();
    return is_whole(factor < 1 ? 1 / factor * number : number / factor);
  }

  [[nodiscard]] Outcome check_array(const SchemaNode& node, const json::array& array,
                                    const json::value* old, const std::string& path) const {
    Outcome out;
    for (std::size_t i = 0; node.items != nullptr && i < array.size(); ++i)
      out.merge(check(*node.items, array[i], correlated_element(node, old, array[i]),
                      index_path(path, i)));
    const auto size = static_cast<std::int64_t>(array.size());
    if (node.min_items && size < *node.min_items)
      out.add(
          invalid(path, json::value(size),
                  fmt::format("{} in body should have at least {} items", path, *node.min_items)));
    if (node.max_items && size > *node.max_items)
      out.add(
          {.message = fmt::format("{} in body should have at most {} items", path, *node.max_items),
           .problem = too_many_values(problem_path(path), size, *node.max_items)});
    if (node.unique_items && has_duplicates(array))
      out.add(invalid(path, json::value(""),
                      fmt::format("{} in body shouldn't contain duplicates", path)));
    ++out.passed;
    return out;
  }

  static bool has_duplicates(const json::array& array) {
    for (std::size_t i = 0; i < array.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (equal_json(array[i], array[j])) return true;
    return false;
  }

  [[nodiscard]] Outcome check_object(const SchemaNode& node, const json::object& object,
                                     const json::value* old, const std::string& path) const {
    Outcome out;
    const auto size = static_cast<std::int64_t>(object.size());
    if (node.min_properties && size < *node.min_properties)
      out.add(invalid(path, json::value(size),
                      fmt::format("{} in body should have at least {} properties", path,
                                  *node.min_properties)));
    if (node.max_properties && size > *node.max_properties)
      out.add({.message = fmt::format("{} in body should have at most {} properties", path,
                                      *node.max_properties),
               .problem = too_many_values(problem_path(path), size, *node.max_properties)});
    for (const auto& entry : object) check_member(node, entry, old, path, out);
    for (const auto& name : node.required) {
      if (object.contains(name)) continue;
      const std::string at = fmt::format("{}.{}", path, name);
      out.add(
          {.message = at + " in body is required", .problem = required_value(problem_path(at))});
    }
    return out;
  }

  void check_member(const SchemaNode& node, const json::key_value_pair& entry,
                    const json::value* old, const std::string& path, Outcome& out) const {
    const std::string_view name = entry.key();
    const json::value* before = nullptr;
    // What version an object was written in does not show in `old`.
    const bool type_meta = path.empty() && (name == "apiVersion" || name == "kind");
    if (old != nullptr && old->is_object() && !type_meta)
      before = old->get_object().if_contains(name);
    if (const auto property = node.properties.find(name); property != node.properties.end()) {
      out.merge(check(*property->second, entry.value(), before, child_path(path, name)));
      return;
    }
    if (node.additional != nullptr)
      out.merge(check(*node.additional, entry.value(), before, fmt::format("{}.{}", path, name)));
    if (node.additional_forbidden)
      out.add(invalid(path, json::value(name),
                      fmt::format("{}.{} in body is a forbidden property", path, name)));
  }

  [[nodiscard]] Outcome check_alternatives(const SchemaNode& node, const json::value& value,
                                           const json::value* old, const std::string& path) const {
    Outcome out;
    if (!node.any_of.empty()) check_any_of(node, value, old, path, out);
    if (!node.one_of.empty()) check_one_of(node, value, old, path, out);
    if (!node.all_of.empty()) check_all_of(node, value, old, path, out);
    if (node.not_of != nullptr && check_new(*node.not_of, value, old, path).ok())
      out.add(composite(fmt::format("{} must not validate the schema (not)", go_quote(path))));
    ++out.passed;
    return out;
  }

  void check_any_of(const SchemaNode& node, const json::value& value, const json::value* old,
                    const std::string& path, Outcome& out) const {
    std::optional<Outcome> best;
    for (const auto& part : node.any_of) {
      Outcome result = check_new(*part, value, old, path);
      if (result.ok()) {
        out.merge(std::move(result));
        return;
      }
      if (!best || result.passed > best->passed) best = std::move(result);
    }
    out.add(composite(fmt::format("{} must validate at least one schema (anyOf)", go_quote(path))));
    out.merge(*std::move(best));
  }

  void check_one_of(const SchemaNode& node, const json::value& value, const json::value* old,
                    const std::string& path, Outcome& out) const {
    std::optional<Outcome> best;
    std::optional<Outcome> success;
    int valid = 0;
    for (const auto& part : node.one_of) {
      Outcome result = check_new(*part, value, old, path);
      if (result.ok()) {
        ++valid;
        best.reset();
        if (!success) success = std::move(result);
      } else if (valid == 0 && (!best || result.passed > best->passed)) {
        best = std::move(result);
      }
    }
    if (valid == 1) {
      out.merge(*std::move(success));
      return;
    }
    const std::string found =
        valid == 0 ? "Found none valid" : fmt::format("Found {} valid alternatives", valid);
    out.add(composite(fmt::format("{} must validate one and only one schema (oneOf). {}",
                                  go_quote(path), found)));
    if (best) out.merge(*std::move(best));
  }

  void check_all_of(const SchemaNode& node, const json::value& value, const json::value* old,
                    const std::string& path, Outcome& out) const {
    std::size_t valid = 0;
    for (const auto& part : node.all_of) {
      Outcome result = check_new(*part, value, old, path);
      valid += result.ok() ? 1 : 0;
      out.merge(std::move(result));
    }
    if (valid == node.all_of.size()) return;
    out.add(composite(fmt::format("{} must validate all the schemas (allOf){}", go_quote(path),
                                  valid == 0 ? ". None validated" : "")));
  }

  std::string_view prefix_;
};

}  // namespace

Problems check_schema(const SchemaNode& schema, const json::value& value, const json::value* old,
                      std::string_view prefix) {
  Problems out;
  for (auto& finding : Checker(prefix).check(schema, value, old, "").findings)
    out.push_back(std::move(finding.problem));
  return out;
}

const json::value* correlated_element(const SchemaNode& list, const json::value* old,
                                      const json::value& wanted) {
  const bool has_keys = list.list_type == SchemaListType::kMap && !list.list_map_keys.empty();
  if (old == nullptr || !old->is_array() || !wanted.is_object() || !has_keys) return nullptr;
  const json::object& now = wanted.get_object();
  const auto same_key = [&](const json::object& before, const std::string& key) {
    const auto* a = now.if_contains(key);
    const auto* b = before.if_contains(key);
    return a != nullptr && b != nullptr ? equal_json(*a, *b) : a == b;
  };
  for (const auto& element : old->get_array()) {
    if (!element.is_object()) continue;
    const json::object& before = element.get_object();
    if (std::ranges::all_of(list.list_map_keys,
                            [&](const std::string& key) { return same_key(before, key); }))
      return &element;
  }
  return nullptr;
}

}  // namespace dynamod::apiserver
