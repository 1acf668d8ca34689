// Steps of paths: order, texts, and the form in FieldsV1.
#include "apiserver/apply/path_element.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

std::strong_ordering order_of(int compared) {
  return compared <=> 0;
}

// Numbers are one type: 1 and 1.0 are the same element.
int type_rank(const json::value& value) {
  switch (value.kind()) {
    case json::kind::double_:
    case json::kind::int64:
    case json::kind::uint64:
      return 0;
    case json::kind::string:
      return 1;
    case json::kind::bool_:
      return 2;
    case json::kind::array:
      return 3;
    case json::kind::object:
      return 4;
    case json::kind::null:
      break;
  }
  return 5;
}

std::strong_ordering compare_numbers(const json::value& a, const json::value& b) {
  if (a.is_int64() && b.is_int64()) return a.get_int64() <=> b.get_int64();
  const auto x = a.to_number<double>();
  const auto y = b.to_number<double>();
  if (x < y) return std::strong_ordering::less;
  return x > y ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering compare_lists(const json::array& a, const json::array& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (const auto order = compare_json(a[i], b[i]); order != 0) return order;
  return a.size() <=> b.size();
}

using Fields = std::vector<std::pair<std::string, json::value>>;

std::strong_ordering compare_fields(const Fields& a, const Fields& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int names = a[i].first.compare(b[i].first); names != 0) return order_of(names);
    if (const auto order = compare_json(a[i].second, b[i].second); order != 0) return order;
  }
  return a.size() <=> b.size();
}

Fields sorted_fields(const json::object& map) {
  Fields fields;
  for (const auto& [name, value] : map) fields.emplace_back(name, value);
  std::ranges::sort(fields, {}, &Fields::value_type::first);
  return fields;
}

// As structured-merge-diff shows a value.
std::string shown(const json::value& value) {
  if (value.is_null()) return "null";
  if (value.is_string()) return kube::go_quote(value.get_string());
  std::vector<std::string> parts;
  if (value.is_array()) {
    for (const json::value& element : value.get_array()) parts.push_back(shown(element));
    return fmt::format("[{}]", fmt::join(parts, ","));
  }
  if (value.is_object()) {
    for (const auto& [name, field] : sorted_fields(value.get_object()))
      parts.push_back(fmt::format("{}={}", name, shown(field)));
    return fmt::format("{}", fmt::join(parts, ""));
  }
  return kube::go_text(value);
}

std::unexpected<Error> malformed(std::string message) {
  return fail(Error::Kind::kInvalid, std::move(message));
}

Result<PathElement> decode_keys(std::string_view text) {
  TRY(const json::value value, decode_json(text));
  if (!value.is_object()) return malformed(fmt::format("keys must be an object: {}", text));
  return PathElement{ElementKeys{sorted_fields(value.get_object())}};
}

Result<PathElement> decode_index(std::string_view text) {
  std::int64_t index = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, index);
  if (code != std::errc() || stop != end || text.empty())
    return malformed(fmt::format("strconv.Atoi: parsing {}: invalid syntax", kube::go_quote(text)));
  return PathElement{ElementIndex{index}};
}

}  // namespace

std::strong_ordering compare_json(const json::value& a, const json::value& b) {
  if (const int rank = type_rank(a), other = type_rank(b); rank != other) return rank <=> other;
  if (a.is_number()) return compare_numbers(a, b);
  if (a.is_string()) return order_of(a.get_string().compare(b.get_string()));
  if (a.is_bool()) return a.get_bool() <=> b.get_bool();
  if (a.is_array()) return compare_lists(a.get_array(), b.get_array());
  if (a.is_object())
    return compare_fields(sorted_fields(a.get_object()), sorted_fields(b.get_object()));
  return std::strong_ordering::equal;
}

PathElement PathElement::field(std::string_view name) {
  return PathElement{FieldName{std::string(name)}};
}

const std::string* PathElement::field_name() const {
  const auto* field = std::get_if<FieldName>(&step);
  return field ? &field->name : nullptr;
}

std::string PathElement::text() const {
  if (const auto* field = std::get_if<FieldName>(&step)) return "." + field->name;
  if (const auto* index = std::get_if<ElementIndex>(&step))
    return fmt::format("[{}]", index->index);
  if (const auto* value = std::get_if<ElementValue>(&step))
    return fmt::format("[={}]", shown(value->value));
  std::vector<std::string> parts;
  for (const auto& [name, value] : std::get<ElementKeys>(step).keys)
    parts.push_back(fmt::format("{}={}", name, shown(value)));
  return fmt::format("[{}]", fmt::join(parts, ","));
}

std::string PathElement::encode() const {
  if (const auto* field = std::get_if<FieldName>(&step)) return "f:" + field->name;
  if (const auto* index = std::get_if<ElementIndex>(&step))
    return fmt::format("i:{}", index->index);
  if (const auto* value = std::get_if<ElementValue>(&step))
    return "v:" + kube::go_json(value->value);
  json::object keys;
  for (const auto& [name, value] : std::get<ElementKeys>(step).keys) keys[name] = value;
  return "k:" + kube::go_json(keys);
}

std::strong_ordering compare(const PathElement& a, const PathElement& b) {
  if (a.step.index() != b.step.index()) return a.step.index() <=> b.step.index();
  if (const auto* field = std::get_if<FieldName>(&a.step))
    return order_of(field->name.compare(std::get<FieldName>(b.step).name));
  if (const auto* keys = std::get_if<ElementKeys>(&a.step))
    return compare_fields(keys->keys, std::get<ElementKeys>(b.step).keys);
  if (const auto* value = std::get_if<ElementValue>(&a.step))
    return compare_json(value->value, std::get<ElementValue>(b.step).value);
  return std::get<ElementIndex>(a.step).index <=> std::get<ElementIndex>(b.step).index;
}

Result<PathElement> decode_path_element(std::string_view text) {
  if (text.size() < 2) return malformed("key must be 2 characters long:");
  if (text[1] != ':') return malformed(fmt::format("missing colon: {}", text));
  const std::string_view content = text.substr(2);
  switch (text[0]) {
    case 'f':
      return PathElement::field(content);
    case 'k':
      return decode_keys(content);
    case 'i':
      return decode_index(content);
    case 'v': {
      TRY(json::value value, decode_json(content));
      return PathElement{ElementValue{std::move(value)}};
    }
    default:
      return malformed("unknown path element type");
  }
}

std::string path_text(const FieldPath& path) {
  std::string text;
  for (const PathElement& element : path) text += element.text();
  return text;
}

}  // namespace dynamod::apiserver
