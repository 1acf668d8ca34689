// What dynamod makes of built-in kinds, one line for each line of standard input: kinds.py holds it
// against Kubernetes' own vectors and packages.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "kube/builtin/builtin.h"
#include "kube/builtin/canonical.h"
#include "kube/builtin/protobuf.h"
#include "kube/quantity.h"
#include "kube/schema/defaults.h"
#include "kube/schema/prune.h"
#include "kube/schema/schema_from_openapi.h"

namespace dynamod {
namespace {

std::string failed(const Error& error) {
  return "error: " + error.message;
}

// A protobuf body in base64.
std::string protobuf(std::string_view line) {
  const auto body = decode_base64(line);
  if (!body) return failed(body.error());
  const auto object = kube::decode_protobuf(*body);
  return object ? encode_json(*object) : failed(object.error());
}

// An object of a built-in kind: its canonical form and the fields nobody knows.
std::string canonical(std::string_view line) {
  auto value = decode_json(line);
  if (!value || !value->is_object()) return "error: no object";
  auto& object = value->get_object();
  const auto api_version = string_at(*value, "apiVersion");
  const auto kind = string_at(*value, "kind");
  const auto unknown = kube::canonicalize(object, api_version, kind);
  if (!unknown) return failed(unknown.error());
  json::object answer{{"object", object}, {"unknown", json::value_from(*unknown)}};
  return encode_json(answer);
}

// Two quantities with a tab between them: their texts, values, order and sum.
std::string quantities(std::string_view line) {
  const auto tab = line.find('\t');
  const auto a = kube::Quantity::parse(line.substr(0, tab));
  if (!a) return failed(a.error());
  const auto b = kube::Quantity::parse(line.substr(tab + 1));
  if (!b) return failed(b.error());
  auto sum = *a;
  sum += *b;
  auto difference = *a;
  difference -= *b;
  const auto order = *a <=> *b;
  // Where int64 overflows, and below zero, Go's rounding goes astray: no value is compared there.
  constexpr std::int64_t kValueMax = 9'000'000'000'000'000;
  const bool plain = a->sign() >= 0 && *a <= kube::Quantity::of(kValueMax);
  const auto values = plain ? fmt::format("{} {}", a->value(), a->milli_value()) : "- -";
  return fmt::format("{} {} {} {} {} {}", a->text(), b->text(), values, (order > 0) - (order < 0),
                     sum.text(), difference.text());
}

// {"schema":..., "object":...}: pruned (with the paths), then without nulls and with defaults.
std::string structural(std::string_view line) {
  const auto value = decode_json(line);
  if (!value) return failed(value.error());
  const auto& input = value->get_object();
  kube::SchemaTree tree;
  const auto schema = kube::schema_from_openapi(input.at("schema").get_object(), tree);
  if (!schema) return failed(schema.error());
  auto object = input.at("object").get_object();
  const auto paths = kube::prune(object, **schema);
  const auto pruned = object;
  kube::drop_nulls(object, **schema);
  kube::apply_defaults(object, **schema);
  return encode_json(
      json::object{{"paths", json::value_from(paths)}, {"pruned", pruned}, {"defaulted", object}});
}

// Nodes form cycles (JSONSchemaProps); no path of a built-in kind that matters is deeper.
constexpr int kDepthMax = 14;

json::object schema_json(const kube::Schema& schema, int depth) {
  constexpr std::string_view kListTypes[] = {"atomic", "set", "map"};
  json::object out;
  if (schema.preserve_unknown_fields) {
    out["type"] = "any";
  } else if (schema.type == kube::SchemaType::kArray) {
    out["type"] = "list";
    out["list"] = kListTypes[static_cast<std::size_t>(schema.list_type)];
    out["keys"] = json::value_from(schema.list_map_keys);
  } else {
    out["type"] = schema.type == kube::SchemaType::kObject ? "object" : "scalar";
  }
  if (schema.atomic_map && !schema.preserve_unknown_fields) out["atomic"] = true;
  if (schema.default_value) out["default"] = *schema.default_value;
  if (depth == kDepthMax) return out;
  if (schema.items) out["items"] = schema_json(*schema.items, depth + 1);
  if (schema.additional_properties)
    out["values"] = schema_json(*schema.additional_properties, depth + 1);
  json::object fields;
  for (const auto& property : schema.properties)
    fields[property.name] = schema_json(*property.schema, depth + 1);
  if (!fields.empty()) out["fields"] = std::move(fields);
  return out;
}

// "apps/v1 Deployment": its schema as server-side apply sees it.
std::string schema(std::string_view line) {
  const auto space = line.find(' ');
  const auto* found = kube::builtin_schema(line.substr(0, space), line.substr(space + 1));
  return found ? encode_json(schema_json(*found, 0)) : "error: no such kind";
}

// The kinds served, in the form schema() takes.
void print_kinds() {
  for (const auto& resource : kube::builtin_resources())
    std::cout << resource.group << (resource.group.empty() ? "" : "/") << resource.version << ' '
              << resource.kind << '\n';
}

using Mode = std::string (*)(std::string_view);

Mode mode_named(std::string_view name) {
  if (name == "protobuf") return protobuf;
  if (name == "canonical") return canonical;
  if (name == "quantities") return quantities;
  if (name == "structural") return structural;
  return name == "schema" ? schema : nullptr;
}

}  // namespace
}  // namespace dynamod

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "kinds") {
    dynamod::print_kinds();
    return 0;
  }
  const auto mode = dynamod::mode_named(name);
  if (!mode) return 2;
  std::string line;
  while (std::getline(std::cin, line)) std::cout << mode(line) << '\n';
}
