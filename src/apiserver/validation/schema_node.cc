// JSON schema -> SchemaNode.
#include "apiserver/validation/schema_node.h"

#include <algorithm>

#include <fmt/format.h>

#include "apiserver/validation/cel_types.h"
#include "apiserver/validation/go_value.h"

namespace dynamod::apiserver {

namespace {

std::optional<double> number_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::optional<std::int64_t> count_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  const auto number = value->to_number<double>();
  constexpr double kMax = 9e18;  // what no int64 holds is no limit
  if (!(number > -kMax && number < kMax)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// "['a'].b" and ".a.b" as "a.b": how a rule's fieldPath is shown.
std::string normalized_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("['")) {
      const auto end = path.find("']");
      if (end == std::string_view::npos) return out;
      const auto name = path.substr(2, end - 2);
      out = out.empty() ? std::string(name) : out + "." + std::string(name);
      path.remove_prefix(end + 2);
      continue;
    }
    if (path.starts_with('.')) path.remove_prefix(1);
    const auto end = std::min(path.find_first_of(".["), path.size());
    if (end == 0) return out;
    out = out.empty() ? std::string(path.substr(0, end))
                      : out + "." + std::string(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

class Compiler {
 public:
  explicit Compiler(CompiledSchema& out) : out_(out) {}

  SchemaNodePtr node(const json::object& schema, const std::string& path) {
    auto out = std::make_unique<SchemaNode>();
    read_type(schema, *out);
    read_limits(schema, *out);
    read_pattern(schema, path, *out);
    read_extensions(schema, *out);
    read_rules(schema, path, *out);
    read_children(schema, path, *out);
    return out;
  }

 private:
  static void read_type(const json::object& schema, SchemaNode& node) {
    node.type = text_in(schema, "type");
    node.int_or_string = true_in(schema, "x-kubernetes-int-or-string");
    if (!node.type.empty()) node.types = {node.type};
    if (node.int_or_string) node.types = {"integer", "string"};
    node.nullable = true_in(schema, "nullable");
    const auto format = text_in(schema, "format");
    const std::string_view only = node.types.size() == 1 ? node.types.front() : std::string_view();
    if (is_known_format(only, format)) node.format = format;
  }

  static void read_limits(const json::object& schema, SchemaNode& node) {
    node.maximum = number_in(schema, "maximum");
    node.minimum = number_in(schema, "minimum");
    node.multiple_of = number_in(schema, "multipleOf");
    node.exclusive_maximum = true_in(schema, "exclusiveMaximum");
    node.exclusive_minimum = true_in(schema, "exclusiveMinimum");
    node.max_length = count_in(schema, "maxLength");
    node.min_length = count_in(schema, "minLength");
    node.max_items = count_in(schema, "maxItems");
    node.min_items = count_in(schema, "minItems");
    node.max_properties = count_in(schema, "maxProperties");
    node.min_properties = count_in(schema, "minProperties");
    node.unique_items = true_in(schema, "uniqueItems");
    node.required = texts_in(schema, "required");
    for (const auto& value : array_in(schema, "enum")) node.enum_values.push_back(value);
  }

  void read_pattern(const json::object& schema, const std::string& path, SchemaNode& node) {
    node.pattern = text_in(schema, "pattern");
    if (node.pattern.empty()) return;
    node.regex = std::make_unique<const re2::RE2>(node.pattern, re2::RE2::Quiet);
    if (node.regex->ok()) return;
    out_.unusable.push_back(
        fmt::format("{}: {}", child_path(path, "pattern"), node.regex->error()));
    node.regex = nullptr;
  }

  static void read_extensions(const json::object& schema, SchemaNode& node) {
    node.preserve_unknown_fields = true_in(schema, "x-kubernetes-preserve-unknown-fields");
    node.embedded_resource = true_in(schema, "x-kubernetes-embedded-resource");
    const auto list_type = text_in(schema, "x-kubernetes-list-type");
    if (list_type == "set") node.list_type = SchemaListType::kSet;
    if (list_type == "map") node.list_type = SchemaListType::kMap;
    node.list_map_keys = texts_in(schema, "x-kubernetes-list-map-keys");
    const auto map_type = text_in(schema, "x-kubernetes-map-type");
    node.map_correlatable = map_type.empty() || map_type == "granular" || map_type == "atomic";
  }

  std::optional<cel::Program> compile(std::string_view source, const std::string& path) {
    auto program = cel::Program::compile(source);
    if (program) return *std::move(program);
    out_.unusable.push_back(fmt::format("{}: {}", path, program.error().message));
    return std::nullopt;
  }

  void read_rules(const json::object& schema, const std::string& path, SchemaNode& node) {
    const json::array& rules = array_in(schema, "x-kubernetes-validations");
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (!rules[i].is_object()) continue;
      const json::object& written = rules[i].get_object();
      const std::string at = index_path(child_path(path, "x-kubernetes-validations"), i);
      SchemaRule rule{.rule = std::string(text_in(written, "rule"))};
      rule.message = text_in(written, "message");
      rule.reason = text_in(written, "reason");
      rule.field_path = normalized_path(text_in(written, "fieldPath"));
      rule.optional_old_self = true_in(written, "optionalOldSelf");
      rule.program = compile(rule.rule, child_path(at, "rule"));
      const auto message = text_in(written, "messageExpression");
      if (!message.empty())
        rule.message_program = compile(message, child_path(at, "messageExpression"));
      node.rules.push_back(std::move(rule));
    }
  }

  void read_children(const json::object& schema, const std::string& path, SchemaNode& node) {
    for (const auto& entry : object_in(schema, "properties")) {
      if (!entry.value().is_object()) continue;
      const std::string name(entry.key());
      node.properties[name] = this->node(entry.value().get_object(), child_path(path, name));
    }
    if (const auto* extra = schema.if_contains("additionalProperties")) {
      if (extra->is_object()) node.additional = this->node(extra->get_object(), path + "[*]");
      node.additional_forbidden = extra->is_bool() && !extra->get_bool();
    }
    if (const auto* items = schema.if_contains("items"); items != nullptr && items->is_object())
      node.items = this->node(items->get_object(), path + "[*]");
    node.all_of = list(schema, "allOf", path);
    node.any_of = list(schema, "anyOf", path);
    node.one_of = list(schema, "oneOf", path);
    if (const auto* other = schema.if_contains("not"); other != nullptr && other->is_object())
      node.not_of = this->node(other->get_object(), path);
  }

  std::vector<SchemaNodePtr> list(const json::object& schema, std::string_view name,
                                  const std::string& path) {
    std::vector<SchemaNodePtr> out;
    for (const auto& element : array_in(schema, name))
      if (element.is_object()) out.push_back(node(element.get_object(), path));
    return out;
  }

  CompiledSchema& out_;
};

bool spine_has_rules(const SchemaNode& node) {
  if (!node.rules.empty()) return true;
  if (node.items != nullptr && spine_has_rules(*node.items)) return true;
  if (node.additional != nullptr && spine_has_rules(*node.additional)) return true;
  return std::ranges::any_of(node.properties,
                             [](const auto& entry) { return spine_has_rules(*entry.second); });
}

}  // namespace

const SchemaNode* SchemaNode::field(std::string_view name) const {
  const auto found = properties.find(name);
  return found == properties.end() ? additional.get() : found->second.get();
}

bool SchemaNode::has_type(std::string_view wanted) const {
  return std::ranges::find(types, wanted) != types.end();
}

std::unique_ptr<const CompiledSchema> compile_schema(const json::object& schema,
                                                     std::string_view path) {
  auto out = std::make_unique<CompiledSchema>();
  out->root = Compiler(*out).node(schema, std::string(path));
  out->has_rules = spine_has_rules(*out->root);
  if (out->has_rules) assign_cel_types(*out->root, out->cel_types);
  return out;
}

}  // namespace dynamod::apiserver
