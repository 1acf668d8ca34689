// JSON as CEL sees it, and what equality and order mean across types.
#include "apiserver/cel/value.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "apiserver/cel/duration.h"
#include "base/hash.h"
#include "base/timestamp.h"

namespace dynamod::apiserver::cel {

namespace {

std::string_view json_type_name(const json::value& json) {
  if (json.is_string()) return "string";
  if (json.is_bool()) return "bool";
  if (json.is_double()) return "float64";
  if (json.is_number()) return "int64";
  if (json.is_object()) return "map[string]interface {}";
  if (json.is_array()) return "[]interface {}";
  return "null";
}

Value mismatch(std::string_view wanted, const json::value& json) {
  return error_value(
      fmt::format("invalid data, expected {}, got {}", wanted, json_type_name(json)));
}

Value of_number(const json::value& json) {
  if (json.is_int64()) return json.get_int64();
  if (json.is_uint64()) return static_cast<double>(json.get_uint64());
  return json.get_double();
}

Value of_any(const json::value& json) {
  if (json.is_null()) return Null{};
  if (json.is_bool()) return json.get_bool();
  if (json.is_number()) return of_number(json);
  if (json.is_string()) return std::string(json.get_string());
  return JsonNode{&json, nullptr};
}

Value of_text(const json::value& json, Type::Kind kind) {
  if (!json.is_string()) return mismatch("string", json);
  const std::string_view text = json.get_string();
  switch (kind) {
    case Type::Kind::kBytes: {
      auto bytes = decode_base64(text);
      if (!bytes) return error_value(fmt::format("Invalid byte formatted string {}", text));
      return Bytes{std::move(*bytes)};
    }
    case Type::Kind::kTimestamp: {
      if (const auto date = parse_date(text)) return *date;
      const auto time = parse_time(text);
      if (!time) return error_value(fmt::format("Invalid date-time formatted string {}", text));
      return *time;
    }
    case Type::Kind::kDuration: {
      const auto duration = parse_go_duration(text);
      if (!duration) return error_value(fmt::format("Invalid duration {}", text));
      return *duration;
    }
    default:
      return std::string(text);
  }
}

const Type* element_type(const Type* type) {
  return type == nullptr ? nullptr : type->element;
}

bool is_object_type(const Type* type) {
  return type != nullptr && type->kind == Type::Kind::kObject;
}

// The property an object type knows by that identifier, with its value.
std::optional<Value> find_property(const JsonNode& node, std::string_view identifier) {
  const auto name = unescape_identifier(identifier);
  if (!name) return std::nullopt;
  const Type::Field* declared = nullptr;
  for (const auto& field : node.type->fields)
    if (field.name == *name) declared = &field;
  if (declared == nullptr) return std::nullopt;
  const auto* value = node.json->get_object().if_contains(*name);
  // A nullable field that is null counts as absent.
  if (value == nullptr || value->is_null()) return std::nullopt;
  return Value::of_json(*value, declared->type);
}

std::vector<Value> json_keys(const JsonNode& node) {
  std::vector<Value> keys;
  for (const auto& entry : node.json->get_object()) {
    const std::string_view name = entry.key();
    if (!is_object_type(node.type)) {
      keys.emplace_back(std::string(name));
    } else if (node.type->field(name) != nullptr) {
      keys.emplace_back(escape_identifier(name).value_or(std::string(name)));
    }
  }
  return keys;
}

Type::List list_kind(const Value& value) {
  const auto* node = value.get<JsonNode>();
  return node != nullptr && node->type != nullptr ? node->type->list : Type::List::kAtomic;
}

// Whether two elements of a list-type map have the same keys.
bool same_keys(const std::vector<std::string>& keys, const Value& a, const Value& b) {
  return std::ranges::all_of(keys, [&](const std::string& key) {
    const Value name = escape_identifier(key).value_or(key);
    const auto left = a.find(name);
    const auto right = b.find(name);
    if (!left || !right) return !left && !right;
    return equal(*left, *right);
  });
}

// Whether `a` and `b` stand for the same element of a set or map list.
bool same_element(const Value& list, const Value& a, const Value& b) {
  if (list_kind(list) == Type::List::kMap)
    return same_keys(list.get<JsonNode>()->type->list_keys, a, b);
  return equal(a, b);
}

std::optional<std::size_t> find_element(const Value& list, const std::vector<Value>& elements,
                                        const Value& wanted) {
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (same_element(list, elements[i], wanted)) return i;
  return std::nullopt;
}

std::vector<Value> elements_of(const Value& list) {
  std::vector<Value> out;
  out.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) out.push_back(list.at(i));
  return out;
}

bool equal_lists(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  if (list_kind(a) == Type::List::kAtomic) {
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!equal(a.at(i), b.at(i))) return false;
    return true;
  }
  const auto ours = elements_of(a);
  for (const auto& theirs : elements_of(b)) {
    const auto found = find_element(a, ours, theirs);
    if (!found || !equal(ours[*found], theirs)) return false;
  }
  return true;
}

bool equal_maps(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  for (const auto& key : a.keys()) {
    const auto left = a.find(key);
    const auto right = b.find(key);
    if (!left || !right) {
      if (left || right) return false;
      continue;
    }
    if (!equal(*left, *right)) return false;
  }
  return true;
}

// As cel-go: beyond the edge a double is greater, else both are compared as doubles.
std::partial_ordering compare_int_to_double(std::int64_t a, double b) {
  if (b > 9223372036854775808.0) return std::partial_ordering::less;
  if (b < -9223372036854775808.0) return std::partial_ordering::greater;
  return static_cast<double>(a) <=> b;
}

std::partial_ordering compare_uint_to_double(std::uint64_t a, double b) {
  if (b > 18446744073709551616.0) return std::partial_ordering::less;
  if (b < 0) return std::partial_ordering::greater;
  return static_cast<double>(a) <=> b;
}

std::partial_ordering compare_int_to_uint(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}

std::partial_ordering reversed(std::partial_ordering order) {
  return 0 <=> order;
}

std::optional<std::partial_ordering> compare_numbers(const Value& a, const Value& b) {
  if (const auto* x = a.get<std::int64_t>()) {
    if (const auto* y = b.get<std::int64_t>()) return *x <=> *y;
    if (const auto* y = b.get<std::uint64_t>()) return compare_int_to_uint(*x, *y);
    if (const auto* y = b.get<double>()) return compare_int_to_double(*x, *y);
  }
  if (const auto* x = a.get<std::uint64_t>()) {
    if (const auto* y = b.get<std::int64_t>()) return reversed(compare_int_to_uint(*y, *x));
    if (const auto* y = b.get<std::uint64_t>()) return *x <=> *y;
    if (const auto* y = b.get<double>()) return compare_uint_to_double(*x, *y);
  }
  if (const auto* x = a.get<double>()) {
    if (const auto* y = b.get<std::int64_t>()) return reversed(compare_int_to_double(*y, *x));
    if (const auto* y = b.get<std::uint64_t>()) return reversed(compare_uint_to_double(*y, *x));
    if (const auto* y = b.get<double>()) return *x <=> *y;
  }
  return std::nullopt;
}

}  // namespace

const Type* Type::field(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : found->type;
}

Value Value::of_json(const json::value& json, const Type* type) {
  if (json.is_null() || type == nullptr) return of_any(json);
  switch (type->kind) {
    case Type::Kind::kDyn:
      return of_any(json);
    case Type::Kind::kBool:
      return json.is_bool() ? Value(json.get_bool()) : mismatch("bool", json);
    case Type::Kind::kInt:
      return json.is_int64() ? Value(json.get_int64()) : mismatch("int", json);
    case Type::Kind::kDouble:
      return json.is_number() ? Value(json.to_number<double>()) : mismatch("float", json);
    case Type::Kind::kString:
    case Type::Kind::kBytes:
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      return of_text(json, type->kind);
    case Type::Kind::kList:
      return json.is_array() ? Value(JsonNode{&json, type}) : mismatch("an array", json);
    case Type::Kind::kMap:
    case Type::Kind::kObject:
      return json.is_object() ? Value(JsonNode{&json, type}) : mismatch("a map", json);
  }
  return of_any(json);
}

Value Value::list(std::vector<Value> elements) {
  return std::make_shared<const List>(List{std::move(elements)});
}

Value Value::some(Value value) {
  return Optional{std::make_shared<const Value>(std::move(value))};
}

bool Value::is_list() const {
  if (const auto* node = get<JsonNode>()) return node->json->is_array();
  return is<ListPtr>();
}

bool Value::is_map() const {
  if (const auto* node = get<JsonNode>()) return node->json->is_object();
  return is<MapPtr>();
}

bool Value::is_number() const {
  return is<std::int64_t>() || is<std::uint64_t>() || is<double>();
}

std::size_t Value::size() const {
  if (const auto* list = get<ListPtr>()) return (*list)->elements.size();
  if (const auto* map = get<MapPtr>()) return (*map)->entries.size();
  const auto* node = get<JsonNode>();
  if (node == nullptr) return 0;
  return node->json->is_array() ? node->json->get_array().size() : node->json->get_object().size();
}

Value Value::at(std::size_t index) const {
  if (const auto* list = get<ListPtr>()) return (*list)->elements[index];
  const auto& node = *get<JsonNode>();
  return of_json(node.json->get_array()[index], element_type(node.type));
}

std::optional<Value> Value::find(const Value& key) const {
  if (const auto* map = get<MapPtr>()) {
    for (const auto& [name, value] : (*map)->entries)
      if (equal(name, key)) return value;
    return std::nullopt;
  }
  const auto* name = key.get<std::string>();
  if (name == nullptr) return no_such_overload();
  const auto& node = *get<JsonNode>();
  if (is_object_type(node.type)) return find_property(node, *name);
  const auto* value = node.json->get_object().if_contains(*name);
  if (value == nullptr) return std::nullopt;
  return of_json(*value, element_type(node.type));
}

std::vector<Value> Value::keys() const {
  if (!is_map()) return {};
  if (const auto* node = get<JsonNode>()) return json_keys(*node);
  std::vector<Value> keys;
  if (const auto* map = get<MapPtr>())
    for (const auto& entry : (*map)->entries) keys.push_back(entry.first);
  return keys;
}

Value error_value(std::string message) {
  return Failure{std::move(message)};
}

Value no_such_overload() {
  return Failure{std::string(kNoSuchOverload)};
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number())
    return compare_numbers(a, b) == std::partial_ordering::equivalent;
  if (a.is_list()) return b.is_list() && equal_lists(a, b);
  if (a.is_map()) return b.is_map() && equal_maps(a, b);
  if (const auto* x = a.get<Bytes>()) return b.is<Bytes>() && x->data == b.get<Bytes>()->data;
  if (const auto* x = a.get<TypeName>())
    return b.is<TypeName>() && x->name == b.get<TypeName>()->name;
  if (const auto* x = a.get<Optional>()) {
    const auto* y = b.get<Optional>();
    if (y == nullptr) return false;
    if (x->value == nullptr || y->value == nullptr) return x->value == y->value;
    return equal(*x->value, *y->value);
  }
  if (a.is<Null>()) return b.is<Null>();
  return compare(a, b) == std::partial_ordering::equivalent;
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  const auto same = [&]<class T>(const T* x) -> std::optional<std::partial_ordering> {
    const auto* y = b.get<T>();
    if (x == nullptr || y == nullptr) return std::nullopt;
    return *x <=> *y;
  };
  if (a.is<std::string>()) return same(a.get<std::string>());
  if (a.is<bool>()) return same(a.get<bool>());
  if (a.is<Duration>()) return same(a.get<Duration>());
  if (a.is<WallTime>()) return same(a.get<WallTime>());
  if (a.is<QuantityPtr>() && b.is<QuantityPtr>())
    return **a.get<QuantityPtr>() <=> **b.get<QuantityPtr>();
  if (a.is<Bytes>() && b.is<Bytes>()) return a.get<Bytes>()->data <=> b.get<Bytes>()->data;
  return std::nullopt;
}

Value concatenate(const Value& a, const Value& b) {
  std::vector<Value> out = elements_of(a);
  const Type::List kind = list_kind(a);
  for (auto& element : elements_of(b)) {
    const auto found = kind == Type::List::kAtomic ? std::nullopt : find_element(a, out, element);
    if (!found)
      out.push_back(std::move(element));
    else if (kind == Type::List::kMap)
      out[*found] = std::move(element);
  }
  return Value::list(std::move(out));
}

}  // namespace dynamod::apiserver::cel
