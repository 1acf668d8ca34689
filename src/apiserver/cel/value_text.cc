// Values as text: names of their types, and literals that read the same.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "apiserver/cel/duration.h"
#include "apiserver/cel/value.h"
#include "base/go_number.h"
#include "base/json.h"

namespace dynamod::apiserver::cel {

namespace {

std::string double_text(double value) {
  if (std::isnan(value)) return "double(\"NaN\")";
  if (std::isinf(value)) return value > 0 ? "double(\"Infinity\")" : "double(\"-Infinity\")";
  std::string out;
  append_json_double(out, value);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string bytes_text(std::string_view data) {
  std::string out = "b\"";
  for (const char c : data) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return out + "\"";
}

std::string list_text(const Value& list) {
  std::string out = "[";
  for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : ", ") + list.at(i).text();
  return out + "]";
}

std::string map_text(const Value& map) {
  std::string out = "{";
  for (const auto& key : map.keys()) {
    const auto value = map.find(key);
    if (!value) continue;
    out += (out.size() == 1 ? "" : ", ") + key.text() + ": " + value->text();
  }
  return out + "}";
}

}  // namespace

std::string_view Value::type_name() const {
  if (is_list()) return "list";
  if (is_map()) return "map";
  constexpr std::array<std::string_view, std::variant_size_v<Rep>> kNames = {
      "error",
      "null_type",
      "bool",
      "int",
      "uint",
      "double",
      "string",
      "bytes",
      "google.protobuf.Timestamp",
      "google.protobuf.Duration",
      "type",
      "dyn",
      "list",
      "map",
      "optional_type",
      "kubernetes.Quantity"};
  return kNames[rep_.index()];
}

std::string Value::text() const {
  if (is_list()) return list_text(*this);
  if (is_map()) return map_text(*this);
  if (const auto* v = get<Failure>()) return "error: " + v->message;
  if (const auto* v = get<bool>()) return *v ? "true" : "false";
  if (const auto* v = get<std::int64_t>()) return fmt::format("{}", *v);
  if (const auto* v = get<std::uint64_t>()) return fmt::format("{}u", *v);
  if (const auto* v = get<double>()) return double_text(*v);
  if (const auto* v = get<std::string>()) return encode_json(json::value(*v));
  if (const auto* v = get<Bytes>()) return bytes_text(v->data);
  if (const auto* v = get<WallTime>())
    return fmt::format("timestamp(\"{}\")", format_nano_time(*v));
  if (const auto* v = get<Duration>()) return fmt::format("duration(\"{}\")", format_seconds(*v));
  if (const auto* v = get<TypeName>()) return std::string(v->name);
  if (const auto* v = get<Optional>())
    return v->value ? fmt::format("optional.of({})", v->value->text()) : "optional.none()";
  if (const auto* v = get<QuantityPtr>()) return fmt::format("quantity(\"{}\")", (*v)->text());
  return "null";
}

}  // namespace dynamod::apiserver::cel
