// Operations, parameters and bodies of each verb.
#include "kube/builtin/openapi_paths.h"

#include <cctype>
#include <initializer_list>
#include <span>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

constexpr std::string_view kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

struct QueryParameter {
  std::string_view name;
  std::string_view type;
  std::string_view description;
};

constexpr QueryParameter kDryRun = {
    "dryRun", "string",
    "When present, indicates that modifications should not be persisted. The only valid value is "
    "All: every stage runs, nothing is stored."};

constexpr QueryParameter kWriteParameters[] = {
    kDryRun,
    {"fieldManager", "string",
     "The actor or entity that is making these changes: printable characters, at most 128 of them. "
     "Required for apply patches."},
    {"fieldValidation", "string",
     "What the server does with unknown or duplicate fields: Ignore drops them, Warn (the default) "
     "drops them and answers with a warning for each, Strict refuses the request."},
};

constexpr QueryParameter kForce = {
    "force", "boolean",
    "Apply patches only: take over fields that other managers own instead of failing."};

constexpr QueryParameter kDeleteParameters[] = {
    kDryRun,
    {"gracePeriodSeconds", "integer",
     "The duration in seconds before the object should be deleted; zero means at once. The default "
     "is that of the kind."},
    {"orphanDependents", "boolean", "Deprecated: use propagationPolicy."},
    {"propagationPolicy", "string",
     "How dependents are handled: Orphan leaves them, Background deletes them after the object, "
     "Foreground before it."},
};

constexpr QueryParameter kListParameters[] = {
    {"allowWatchBookmarks", "boolean", "A watch may be sent events of type BOOKMARK."},
    {"continue", "string", "Where a list goes on: metadata.continue of the page before."},
    {"fieldSelector", "string", "Restricts the list to objects whose fields match."},
    {"labelSelector", "string", "Restricts the list to objects whose labels match."},
    {"limit", "integer", "The most objects of one page."},
    {"resourceVersion", "string", "The version a list shows or a watch starts after."},
    {"resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan."},
    {"sendInitialEvents", "boolean",
     "A watch first sends what there is, then a bookmark with the annotation "
     "k8s.io/initial-events-end."},
    {"timeoutSeconds", "integer", "Limits the duration of a list or a watch."},
    {"watch", "boolean", "Watch for changes instead of listing."},
};

json::object parameter(const QueryParameter& query) {
  return {{"description", query.description},
          {"in", "query"},
          {"name", query.name},
          {"schema", {{"type", query.type}, {"uniqueItems", true}}}};
}

json::array parameters(std::span<const QueryParameter> queries) {
  json::array out;
  for (const auto& query : queries) out.push_back(parameter(query));
  return out;
}

json::object path_parameter(std::string_view name, std::string_view description) {
  return {{"description", description},
          {"in", "path"},
          {"name", name},
          {"required", true},
          {"schema", {{"type", "string"}, {"uniqueItems", true}}}};
}

json::object reference(std::string_view definition) {
  if (definition.empty()) return {{"type", "string"}};
  return {{"$ref", fmt::format("#/components/schemas/{}", definition)}};
}

json::object content(std::initializer_list<std::string_view> types, std::string_view definition) {
  json::object out;
  for (const auto type : types) out[type] = json::object{{"schema", reference(definition)}};
  return out;
}

json::object response(std::string_view description, std::string_view definition) {
  return {{"content", content({"application/json", "application/yaml"}, definition)},
          {"description", description}};
}

std::string title(std::string_view text) {
  std::string out(text);
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

// "rbac.authorization.k8s.io" is RbacAuthorization, "" is Core.
std::string group_word(std::string_view group) {
  if (group.empty()) return "Core";
  if (group.ends_with(".k8s.io")) group.remove_suffix(std::string_view(".k8s.io").size());
  std::string out;
  while (!group.empty()) {
    const auto label = group.substr(0, group.find('.'));
    out += title(label);
    group.remove_prefix(std::min(group.size(), label.size() + 1));
  }
  return out;
}

// One kind of request, in OpenAPI's words and Kubernetes'.
struct Action {
  Verbs verb;
  std::string_view method;
  std::string_view id;      // the first word of operationId
  std::string_view action;  // x-kubernetes-action
};

constexpr Action kCollectionActions[] = {
    {kVerbList, "get", "list", "list"},
    {kVerbCreate, "post", "create", "post"},
    {kVerbDeleteCollection, "delete", "deleteCollection", "deletecollection"},
};

constexpr Action kObjectActions[] = {
    {kVerbGet, "get", "read", "get"},        {kVerbUpdate, "put", "replace", "put"},
    {kVerbPatch, "patch", "patch", "patch"}, {kVerbDelete, "delete", "delete", "delete"},
    {kVerbCreate, "post", "create", "post"},  // of subresources
};

// What an operation is about: a resource or one of its subresources.
struct Subject {
  const ApiResource& resource;
  ApiKind kind;  // of the body
  std::string_view definition;
  std::string id_suffix = {};  // "Status"
};

void add_bodies(json::object& operation, const Action& action, const Subject& subject) {
  const std::string_view definition = subject.definition;
  json::object responses;
  switch (action.verb) {
    case kVerbList:
      operation["parameters"] = parameters(kListParameters);
      responses["200"] = response("OK", subject.resource.list_definition);
      break;
    case kVerbCreate:
      operation["parameters"] = parameters(kWriteParameters);
      operation["requestBody"] = {{"content", content({"*/*"}, definition)}, {"required", true}};
      for (const auto code : {"200", "201", "202"}) responses[code] = response("OK", definition);
      break;
    case kVerbUpdate:
      operation["parameters"] = parameters(kWriteParameters);
      operation["requestBody"] = {{"content", content({"*/*"}, definition)}, {"required", true}};
      for (const auto code : {"200", "201"}) responses[code] = response("OK", definition);
      break;
    case kVerbPatch: {
      auto queries = parameters(kWriteParameters);
      queries.push_back(parameter(kForce));
      operation["parameters"] = std::move(queries);
      const auto patch = fmt::format("{}Patch", kMeta);
      auto types = content({"application/apply-patch+yaml", "application/json-patch+json",
                            "application/merge-patch+json"},
                           patch);
      if (subject.resource.strategic_patch)
        types["application/strategic-merge-patch+json"] =
            json::object{{"schema", reference(patch)}};
      operation["requestBody"] = {{"content", std::move(types)}, {"required", true}};
      for (const auto code : {"200", "201"}) responses[code] = response("OK", definition);
      break;
    }
    case kVerbDelete:
    case kVerbDeleteCollection:
      operation["parameters"] = parameters(kDeleteParameters);
      operation["requestBody"] = {
          {"content", content({"*/*"}, fmt::format("{}DeleteOptions", kMeta))}};
      responses["200"] = response("OK", fmt::format("{}Status", kMeta));
      break;
    default:
      responses["200"] = response("OK", definition);
  }
  responses["401"] = {{"description", "Unauthorized"}};
  operation["responses"] = std::move(responses);
}

json::object operation_of(const Action& action, const Subject& subject, std::string_view scope) {
  const auto& resource = subject.resource;
  const auto words = group_word(resource.kind.group) + title(resource.kind.version);
  json::object operation{{"description", fmt::format("{} {}", action.id, resource.kind.kind)},
                         {"operationId", fmt::format("{}{}{}{}{}", action.id, words, scope,
                                                     resource.kind.kind, subject.id_suffix)}};
  add_bodies(operation, action, subject);
  auto tag = words;
  tag[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(tag[0])));
  operation["tags"] = json::array{tag};
  operation["x-kubernetes-action"] = action.action;
  operation["x-kubernetes-group-version-kind"] = {{"group", subject.kind.group},
                                                  {"kind", subject.kind.kind},
                                                  {"version", subject.kind.version}};
  return operation;
}

// The operations of `verbs` at one path; none, no path.
struct PathOf {
  std::string path;
  std::string_view scope;  // "Namespaced" or ""
  bool named = false;
};

void add_path(json::object& paths, const PathOf& at, const Subject& subject, Verbs verbs) {
  json::object item;
  const auto actions = at.named ? std::span<const Action>(kObjectActions)
                                : std::span<const Action>(kCollectionActions);
  for (const auto& action : actions) {
    if ((verbs & action.verb) == 0) continue;
    item[action.method] = operation_of(action, subject, at.scope);
  }
  if (item.empty()) return;
  json::array shared;
  if (at.named) shared.push_back(path_parameter("name", "name of the object"));
  if (!at.scope.empty())
    shared.push_back(path_parameter("namespace", "object name and auth scope, such as for teams"));
  shared.push_back(
      parameter({"pretty", "string", "If 'true', then the output is pretty printed."}));
  item["parameters"] = std::move(shared);
  paths[at.path] = std::move(item);
}

}  // namespace

std::string openapi_path(std::string_view group, std::string_view version) {
  return group.empty() ? fmt::format("api/{}", version) : fmt::format("apis/{}/{}", group, version);
}

std::vector<std::string_view> common_definitions() {
  return {"io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList",
          "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
          "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
          "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
          "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
          "io.k8s.apimachinery.pkg.apis.meta.v1.Status"};
}

void add_paths(json::object& paths, const ApiResource& resource) {
  const auto base = "/" + openapi_path(resource.kind.group, resource.kind.version);
  const std::string_view scope = resource.namespaced ? "Namespaced" : "";
  const auto collection = fmt::format(
      "{}/{}{}", base, resource.namespaced ? "namespaces/{namespace}/" : "", resource.plural);
  const Subject subject{resource, resource.kind, resource.definition};
  add_path(paths, {collection, scope}, subject, resource.verbs);
  const Verbs of_object = resource.verbs & ~kVerbCreate;
  add_path(paths, {collection + "/{name}", scope, true}, subject, of_object);
  if (resource.namespaced) {
    Subject everywhere = subject;
    everywhere.id_suffix = "ForAllNamespaces";
    add_path(paths, {fmt::format("{}/{}", base, resource.plural), ""}, everywhere,
             resource.verbs & kVerbList);
  }
  for (const auto& sub : resource.subresources) {
    const Subject part{resource, sub.kind, sub.definition, title(sub.name)};
    add_path(paths, {fmt::format("{}/{{name}}/{}", collection, sub.name), scope, true}, part,
             sub.verbs);
  }
}

void add_discovery_path(json::object& paths, std::string_view group, std::string_view version) {
  const auto words = group_word(group) + title(version);
  paths[fmt::format("/{}/", openapi_path(group, version))] = {
      {"get",
       {{"description", "get available resources"},
        {"operationId", fmt::format("get{}APIResources", words)},
        {"responses",
         {{"200", response("OK", fmt::format("{}APIResourceList", kMeta))},
          {"401", {{"description", "Unauthorized"}}}}}}}};
}

}  // namespace dynamod::kube
