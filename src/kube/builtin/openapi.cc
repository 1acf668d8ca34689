// Puts documents together: paths by openapi_paths.h, schemas from openapi_data.h or a CRD.
#include "kube/builtin/openapi.h"

#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/hash.h"
#include "kube/builtin/builtin.h"
#include "kube/builtin/openapi_data.h"
#include "kube/builtin/openapi_paths.h"

namespace dynamod::kube {

namespace {

constexpr std::string_view kMeta = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.";

// A group and version whose document is asked for.
struct Version {
  std::string_view group;
  std::string_view version;
};

std::string document(const json::object& paths, const std::vector<std::string>& schemas) {
  const json::object info{{"title", "Kubernetes"}, {"version", builtin_release()}};
  auto text = fmt::format(R"({{"openapi":"3.0.0","info":{},"paths":{},"components":{{"schemas":{{)",
                          encode_json(info), encode_json(paths));
  bool first = true;
  for (const auto& schema : schemas) {
    if (!std::exchange(first, false)) text += ',';
    text += schema;
  }
  return text += "}}}";
}

ApiResource api_resource(const BuiltinResource& builtin, const OpenApiDefinitions& definitions) {
  ApiResource resource{
      .kind = {builtin.group, builtin.version, builtin.kind},
      .plural = builtin.plural,
      .namespaced = builtin.namespaced,
      .verbs = builtin.verbs,
      .strategic_patch = true,
      .definition = std::string(definitions.name_of(builtin.group, builtin.version, builtin.kind)),
      .list_definition = std::string(definitions.name_of(builtin.group, builtin.version,
                                                         fmt::format("{}List", builtin.kind)))};
  for (const auto& sub : builtin.subresources)
    resource.subresources.push_back(
        {.name = sub.name,
         .kind = {sub.group, sub.version, sub.kind},
         .verbs = sub.verbs,
         .definition = std::string(definitions.name_of(sub.group, sub.version, sub.kind))});
  return resource;
}

std::string render_builtin(const OpenApiDefinitions& definitions, const Version& wanted) {
  json::object paths;
  add_discovery_path(paths, wanted.group, wanted.version);
  std::set<std::string> names;
  for (const auto& builtin : builtin_resources()) {
    if (builtin.group != wanted.group || builtin.version != wanted.version) continue;
    const auto resource = api_resource(builtin, definitions);
    names.insert(resource.definition);
    names.insert(resource.list_definition);
    for (const auto& sub : resource.subresources) names.insert(sub.definition);
    add_paths(paths, resource);
  }
  auto needed = common_definitions();
  needed.insert(needed.end(), names.begin(), names.end());
  return document(paths, {definitions.with_references(needed)});
}

// Group-versions in the order of discovery, each once.
std::vector<Version> builtin_versions() {
  std::vector<Version> versions;
  for (const auto& r : builtin_resources()) {
    if (versions.empty() || versions.back().group != r.group ||
        versions.back().version != r.version)
      versions.push_back({r.group, r.version});
  }
  return versions;
}

json::object meta_reference(std::string_view name, std::string_view description) {
  return {{"allOf", json::array{json::object{{"$ref", fmt::format("{}{}", kMeta, name)}}}},
          {"description", description}};
}

// apiVersion, kind and metadata, in the words of metav1.TypeMeta.
void add_meta_properties(json::object& schema, std::string_view meta) {
  auto& properties = schema["properties"];
  if (!properties.is_object()) properties.emplace_object();
  auto& fields = properties.get_object();
  fields["apiVersion"] = {
      {"description",
       "APIVersion defines the versioned schema of this representation of an object. Servers "
       "should convert recognized schemas to the latest internal value, and may reject "
       "unrecognized values. More info: "
       "https://git.k8s.io/community/contributors/devel/sig-architecture/"
       "api-conventions.md#resources"},
      {"type", "string"}};
  fields["kind"] = {
      {"description",
       "Kind is a string value representing the REST resource this object represents. Servers may "
       "infer this from the endpoint the client submits requests to. Cannot be updated. In "
       "CamelCase. More info: "
       "https://git.k8s.io/community/contributors/devel/sig-architecture/"
       "api-conventions.md#types-kinds"},
      {"type", "string"}};
  fields["metadata"] =
      meta_reference(meta,
                     "Standard object's metadata. More info: "
                     "https://git.k8s.io/community/contributors/devel/sig-architecture/"
                     "api-conventions.md#metadata");
}

// Embedded resources have the fields every resource has, though their schema need not say so.
void add_embedded(json::value& node) {
  if (auto* array = node.if_array()) {
    for (auto& element : *array) add_embedded(element);
    return;
  }
  auto* schema = node.if_object();
  if (!schema) return;
  for (const auto keyword : {"items", "additionalProperties"}) {
    if (auto* child = schema->if_contains(keyword)) add_embedded(*child);
  }
  if (auto* properties = schema->if_contains("properties"); properties && properties->is_object()) {
    for (auto& [name, property] : properties->get_object()) add_embedded(property);
  }
  const auto* embedded = schema->if_contains("x-kubernetes-embedded-resource");
  if (embedded && embedded->is_bool() && embedded->get_bool())
    add_meta_properties(*schema, "ObjectMeta");
}

json::array kind_list(const OpenApiKind& kind, std::string_view name) {
  return {json::object{{"group", kind.group}, {"kind", name}, {"version", kind.version}}};
}

// "nvidia.com" is com.nvidia.
std::string definition_prefix(const OpenApiKind& kind) {
  std::string out;
  auto rest = kind.group;
  while (!rest.empty()) {
    const auto dot = rest.rfind('.');
    out.append(dot == std::string_view::npos ? rest : rest.substr(dot + 1)).append(".");
    rest = dot == std::string_view::npos ? "" : rest.substr(0, dot);
  }
  return out.append(kind.version).append(".");
}

std::string named(std::string_view name, const json::object& schema) {
  return fmt::format("{}:{}", encode_json(json::value(name)), encode_json(schema));
}

json::object object_schema(const OpenApiKind& kind) {
  json::value schema =
      json::object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  if (kind.schema) schema = *kind.schema;
  add_embedded(schema);
  auto& object = schema.get_object();
  add_meta_properties(object, "ObjectMeta");
  object["x-kubernetes-group-version-kind"] = kind_list(kind, kind.kind);
  return std::move(object);
}

json::object list_schema(const OpenApiKind& kind, std::string_view element) {
  json::object schema{
      {"description", fmt::format("{} is a list of {}", kind.list_kind, kind.kind)},
      {"properties",
       {{"items",
         {{"description", fmt::format("List of {}.", kind.plural)},
          {"items",
           {{"allOf", json::array{json::object{
                          {"$ref", fmt::format("#/components/schemas/{}", element)}}}}}},
          {"type", "array"}}}}},
      {"type", "object"}};
  schema["required"] = json::array{"items"};
  add_meta_properties(schema, "ListMeta");
  schema["x-kubernetes-group-version-kind"] = kind_list(kind, kind.list_kind);
  return schema;
}

constexpr Verbs kAllVerbs = kVerbCreate | kVerbDelete | kVerbDeleteCollection | kVerbGet |
                            kVerbList | kVerbPatch | kVerbUpdate | kVerbWatch;
constexpr Verbs kSubresourceVerbs = kVerbGet | kVerbPatch | kVerbUpdate;

}  // namespace

std::span<const OpenApiEntry> openapi_entries() {
  static const auto entries = [] {
    const OpenApiDefinitions definitions;
    std::vector<OpenApiEntry> all;
    for (const auto& version : builtin_versions())
      all.push_back({openapi_path(version.group, version.version),
                     openapi_hash(render_builtin(definitions, version))});
    return all;
  }();
  return entries;
}

json::object openapi_index(std::span<const OpenApiEntry> entries) {
  json::object paths;
  for (const auto& entry : entries)
    paths[entry.path] = {
        {"serverRelativeURL", fmt::format("/openapi/v3/{}?hash={}", entry.path, entry.hash)}};
  return {{"paths", std::move(paths)}};
}

std::string openapi_document(std::string_view path) {
  for (const auto& version : builtin_versions()) {
    if (openapi_path(version.group, version.version) == path)
      return render_builtin(OpenApiDefinitions(), version);
  }
  return "";
}

std::string render_openapi(std::span<const OpenApiKind> kinds) {
  json::object paths;
  std::vector<std::string> schemas;
  const OpenApiDefinitions definitions;
  auto needed = common_definitions();
  const auto scale = definitions.name_of("autoscaling", "v1", "Scale");
  needed.push_back(scale);
  schemas.push_back(definitions.with_references(needed));
  for (const auto& kind : kinds) {
    if (schemas.size() == 1) add_discovery_path(paths, kind.group, kind.version);
    const auto prefix = definition_prefix(kind);
    ApiResource resource{.kind = {kind.group, kind.version, kind.kind},
                         .plural = kind.plural,
                         .namespaced = kind.namespaced,
                         .verbs = kAllVerbs,
                         .definition = prefix + std::string(kind.kind),
                         .list_definition = prefix + std::string(kind.list_kind)};
    if (kind.status_subresource)
      resource.subresources.push_back(
          {"status", resource.kind, kSubresourceVerbs, resource.definition});
    if (kind.scale_subresource)
      resource.subresources.push_back(
          {"scale", {"autoscaling", "v1", "Scale"}, kSubresourceVerbs, std::string(scale)});
    add_paths(paths, resource);
    schemas.push_back(named(resource.definition, object_schema(kind)));
    schemas.push_back(named(resource.list_definition, list_schema(kind, resource.definition)));
  }
  return document(paths, schemas);
}

std::string openapi_hash(std::string_view document) {
  return sha256_hex(document);
}

}  // namespace dynamod::kube
