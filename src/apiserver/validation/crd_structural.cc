// The invariants of structural schemas, as k8s.io/apiextensions-apiserver checks them.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "apiserver/validation/crd_schema_check.h"

namespace dynamod::apiserver {

namespace {

enum class Level : std::uint8_t { kRoot, kItem, kField };

const json::object* object_or_null(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

bool is_types_of_int_or_string(const json::array& any_of) {
  const auto only_type = [&](std::size_t i, std::string_view type) {
    const auto* part = any_of[i].if_object();
    return part != nullptr && part->size() == 1 && text_in(*part, "type") == type;
  };
  return any_of.size() == 2 && only_type(0, "integer") && only_type(1, "string");
}

class Structural {
 public:
  Problems take() && {
    std::ranges::sort(out_, {}, [](const kube::Problem& p) { return p.text(); });
    return std::move(out_);
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the document
  void check(const json::object& schema, Level level, const std::string& path) {
    check_children(schema, level, path);
    const bool int_or_string = true_in(schema, "x-kubernetes-int-or-string");
    const bool preserve = true_in(schema, "x-kubernetes-preserve-unknown-fields");
    const bool embedded = true_in(schema, "x-kubernetes-embedded-resource");
    if (int_or_string && preserve)
      add(invalid_value(child_path(path, "x-kubernetes-preserve-unknown-fields"), true,
                        "must be false if x-kubernetes-int-or-string is true"));
    if (int_or_string && embedded)
      add(invalid_value(child_path(path, "x-kubernetes-embedded-resource"), true,
                        "must be false if x-kubernetes-int-or-string is true"));
    const json::array& all_of = array_in(schema, "allOf");
    const auto* first = all_of.empty() ? nullptr : all_of[0].if_object();
    check_value(schema, is_types_of_int_or_string(array_in(schema, "anyOf")),
                first != nullptr && is_types_of_int_or_string(array_in(*first, "anyOf")), path);
    check_type(schema, level, path);
    check_metadata(schema, level, path);
    if (embedded && !preserve && object_in(schema, "properties").empty())
      add(required_value(child_path(path, "properties"),
                         "must not be empty if x-kubernetes-embedded-resource is true without "
                         "x-kubernetes-preserve-unknown-fields"));
  }

  // Every field named in a value validation of the root is there outside of it too.
  void check_complete(const json::object& values, const json::object& schema,
                      const std::string& path, const std::string& value_path) {
    for (const std::string_view name : {"allOf", "anyOf", "oneOf"}) {
      const json::array& parts = array_in(values, name);
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (const auto* part = parts[i].if_object())
          complete_part(*part, &schema, path, index_path(child_path(value_path, name), i));
    }
    if (const auto* part = object_or_null(values, "not"))
      complete_part(*part, &schema, path, child_path(value_path, "not"));
  }

 private:
  void add(kube::Problem problem) { out_.push_back(std::move(problem)); }

  void check_children(const json::object& schema, Level level, const std::string& path) {
    const auto* items = object_or_null(schema, "items");
    if (text_in(schema, "type") == "array" && items == nullptr)
      add(required_value(child_path(path, "items"), "must be specified"));
    if (items != nullptr) check(*items, Level::kItem, child_path(path, "items"));
    for (const auto& entry : object_in(schema, "properties"))
      if (const auto* property = entry.value().if_object())
        check(*property, Level::kField, key_path(child_path(path, "properties"), entry.key()));
    if (value_in(schema, "additionalProperties") == nullptr) return;
    const std::string at = child_path(path, "additionalProperties");
    if (level == Level::kRoot) add(forbidden_value(at, "must not be used at the root"));
    if (const auto* extra = object_or_null(schema, "additionalProperties"))
      check(*extra, Level::kField, at);
    if (true_in(schema, "x-kubernetes-embedded-resource"))
      add(forbidden_value(at, "must not be used if x-kubernetes-embedded-resource is set"));
  }

  void check_type(const json::object& schema, Level level, const std::string& path) {
    const std::string at = child_path(path, "type");
    const auto type = text_in(schema, "type");
    if (true_in(schema, "x-kubernetes-embedded-resource") && type != "object") {
      constexpr std::string_view kDetail =
          "must be object if x-kubernetes-embedded-resource is true";
      add(type.empty() ? required_value(at, std::string(kDetail))
                       : invalid_value(at, json::value(type), std::string(kDetail)));
    } else if (type.empty() && !true_in(schema, "x-kubernetes-int-or-string") &&
               !true_in(schema, "x-kubernetes-preserve-unknown-fields")) {
      constexpr std::array<std::string_view, 3> kDetails = {
          "must not be empty at the root", "must not be empty for specified array items",
          "must not be empty for specified object fields"};
      add(required_value(at, std::string(kDetails[static_cast<std::size_t>(level)])));
    }
    if (level == Level::kRoot && !type.empty() && type != "object")
      add(invalid_value(at, json::value(type), "must be object at the root"));
  }

  void check_metadata(const json::object& schema, Level level, const std::string& path) {
    const json::object& properties = object_in(schema, "properties");
    const bool strict = level == Level::kRoot || true_in(schema, "x-kubernetes-embedded-resource");
    const auto at = [&](std::string_view name) {
      return key_path(child_path(path, "properties"), name);
    };
    for (const std::string_view name : {"kind", "apiVersion"}) {
      const auto* property = object_or_null(properties, name);
      if (property == nullptr || !strict || text_in(*property, "type") == "string") continue;
      add(invalid_value(child_path(at(name), "type"), json::value(text_in(*property, "type")),
                        "must be string"));
    }
    const auto* metadata = object_or_null(properties, "metadata");
    if (metadata == nullptr) return;
    if (strict && text_in(*metadata, "type") != "object")
      add(invalid_value(child_path(at("metadata"), "type"), json::value(text_in(*metadata, "type")),
                        "must be object"));
    if (level == Level::kRoot && !is_plain_metadata(*metadata))
      add(forbidden_value(at("metadata"),
                          "must not specify anything other than name and generateName, but "
                          "metadata is implicitly specified"));
  }

  static bool is_plain_metadata(const json::object& metadata) {
    for (const auto& entry : metadata)
      if (entry.key() != "type" && entry.key() != "default" && entry.key() != "properties")
        return false;
    return std::ranges::all_of(object_in(metadata, "properties"), [](const auto& entry) {
      return entry.key() == "name" || entry.key() == "generateName";
    });
  }

  void check_value(const json::object& schema, bool skip_any_of, bool skip_first_all_of,
                   const std::string& path) {
    for (const std::string_view name : {"anyOf", "allOf", "oneOf"}) {
      const json::array& parts = array_in(schema, name);
      if (name == "anyOf" && skip_any_of) continue;
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (const auto* part = parts[i].if_object())
          check_nested(*part, name == "allOf" && i == 0 && skip_first_all_of,
                       index_path(child_path(path, name), i));
    }
    if (const auto* part = object_or_null(schema, "not"))
      check_nested(*part, false, child_path(path, "not"));
    const auto pattern = text_in(schema, "pattern");
    if (const auto error = pattern_error(pattern); !error.empty())
      add(invalid_value(child_path(path, "pattern"), json::value(pattern),
                        "must be a valid regular expression, but isn't: " + error));
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the document
  void check_nested(const json::object& part, bool skip_any_of, const std::string& path) {
    check_value(part, skip_any_of, false, path);
    if (const auto* items = object_or_null(part, "items"))
      check_nested(*items, false, child_path(path, "items"));
    const json::object& properties = object_in(part, "properties");
    for (const auto& entry : properties)
      if (const auto* property = entry.value().if_object())
        check_nested(*property, false, key_path(child_path(path, "properties"), entry.key()));

    struct Forbidden {
      std::string_view name;
      std::string_view detail;
    };

    static constexpr std::array<Forbidden, 13> kForbidden = {{
        {"type", "must be empty to be structural"},
        {"additionalProperties", "must be undefined to be structural"},
        {"default", "must be undefined to be structural"},
        {"title", "must be empty to be structural"},
        {"description", "must be empty to be structural"},
        {"nullable", "must be false to be structural"},
        {"x-kubernetes-preserve-unknown-fields", "must be false to be structural"},
        {"x-kubernetes-embedded-resource", "must be false to be structural"},
        {"x-kubernetes-int-or-string", "must be false to be structural"},
        {"x-kubernetes-list-map-keys", "must be empty to be structural"},
        {"x-kubernetes-list-type", "must be undefined to be structural"},
        {"x-kubernetes-map-type", "must be undefined to be structural"},
        {"x-kubernetes-validations", "must be empty to be structural"},
    }};
    for (const auto& [name, detail] : kForbidden)
      if (is_set(part, name)) add(forbidden_value(child_path(path, name), std::string(detail)));
    if (properties.contains("metadata"))
      add(forbidden_value(key_path(child_path(path, "properties"), "metadata"),
                          "must not be specified in a nested context"));
  }

  static bool is_set(const json::object& part, std::string_view name) {
    const auto* value = value_in(part, name);
    if (value == nullptr) return false;
    if (value->is_bool()) return value->get_bool();
    if (value->is_string()) return !value->get_string().empty();
    return !value->is_array() || !value->get_array().empty();
  }

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the document
  void complete_part(const json::object& part, const json::object* schema, const std::string& path,
                     const std::string& value_path) {
    if (schema == nullptr) {
      add(required_value(path, "because it is defined in " + value_path));
      return;
    }
    check_complete(part, *schema, path, value_path);
    if (const auto* items = object_or_null(part, "items"))
      complete_part(*items, object_or_null(*schema, "items"), child_path(path, "items"),
                    child_path(value_path, "items"));
    for (const auto& entry : object_in(part, "properties")) {
      const auto* property = entry.value().if_object();
      if (property == nullptr) continue;
      complete_part(*property, object_or_null(object_in(*schema, "properties"), entry.key()),
                    key_path(child_path(path, "properties"), entry.key()),
                    key_path(child_path(value_path, "properties"), entry.key()));
    }
  }

  Problems out_;
};

}  // namespace

Problems check_structural(const json::object& schema, std::string_view path) {
  Structural checker;
  checker.check(schema, Level::kRoot, std::string(path));
  checker.check_complete(schema, schema, std::string(path), std::string(path));
  return std::move(checker).take();
}

std::string pattern_error(std::string_view pattern) {
  const re2::RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
  if (regex.ok()) return "";
  const auto words = [&]() -> std::string_view {
    switch (regex.error_code()) {
      case re2::RE2::ErrorBadEscape:
        return "invalid escape sequence";
      case re2::RE2::ErrorBadCharClass:
        return "invalid character class";
      case re2::RE2::ErrorBadCharRange:
        return "invalid character class range";
      case re2::RE2::ErrorMissingBracket:
        return "missing closing ]";
      case re2::RE2::ErrorMissingParen:
        return "missing closing )";
      case re2::RE2::ErrorUnexpectedParen:
        return "unexpected )";
      case re2::RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
      case re2::RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
      case re2::RE2::ErrorRepeatSize:
        return "invalid repeat count";
      case re2::RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
      case re2::RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
      case re2::RE2::ErrorBadUTF8:
        return "invalid UTF-8";
      case re2::RE2::ErrorBadNamedCapture:
        return "invalid named capture";
      case re2::RE2::ErrorPatternTooLarge:
        return "expression too large";
      default:
        return "internal error";
    }
  }();
  return fmt::format("error parsing regexp: {}: `{}`", words, regex.error_arg());
}

}  // namespace dynamod::apiserver
