// The fields of each document stand in the order Kubernetes prints them.
#include "apiserver/registry/discovery.h"

#include <algorithm>

#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

json::array verb_names(kube::Verbs verbs) {
  json::array names;
  for (const auto& each : kube::kVerbNames) {
    if ((verbs & each.verb) != 0) names.emplace_back(each.name);
  }
  return names;
}

// The order in which Kubernetes names what can be done to custom resources; elsewhere it is that of
// the alphabet.
constexpr std::string_view kCustomOrder[] = {"delete", "deletecollection", "get",    "list",
                                             "patch",  "create",           "update", "watch"};

json::array resource_verbs(const Resource& resource) {
  json::array names = verb_names(resource.verbs);
  if (resource.origin == Origin::kCustom)
    std::ranges::sort(names, {}, [](const json::value& name) {
      return std::ranges::find(kCustomOrder, std::string_view(name.get_string())) - kCustomOrder;
    });
  return names;
}

json::array texts(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(value);
  return array;
}

std::string group_version(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

json::object group_body(const GroupVersions& group) {
  json::array versions;
  for (const auto& version : group.versions) {
    versions.push_back(
        json::object{{"groupVersion", group_version(group.group, version)}, {"version", version}});
  }
  const json::value preferred = versions.front();
  return {
      {"name", group.group}, {"versions", std::move(versions)}, {"preferredVersion", preferred}};
}

// What clients of the storage migrator compare; eight bytes are what Kubernetes shows.
std::string storage_version_hash(const Resource& resource) {
  const std::string digest = sha256(resource.storage_api_version + "/" + resource.kind);
  return encode_base64(std::string_view(digest).substr(0, 8));
}

json::object resource_row(const Resource& resource) {
  json::object row{{"name", resource.plural},
                   {"singularName", resource.singular},
                   {"namespaced", resource.namespaced},
                   {"kind", resource.kind},
                   {"verbs", resource_verbs(resource)}};
  if (!resource.short_names.empty()) row["shortNames"] = texts(resource.short_names);
  if (!resource.categories.empty()) row["categories"] = texts(resource.categories);
  if (!resource.is_virtual()) row["storageVersionHash"] = storage_version_hash(resource);
  return row;
}

json::object subresource_row(const Resource& resource, const Subresource& sub) {
  json::object row{{"name", resource.plural + "/" + sub.name},
                   {"singularName", ""},
                   {"namespaced", resource.namespaced}};
  if (sub.group != resource.group || sub.version != resource.version) {
    if (!sub.group.empty()) row["group"] = sub.group;
    row["version"] = sub.version;
  }
  row["kind"] = sub.kind;
  row["verbs"] = verb_names(sub.verbs);
  return row;
}

// Built-in kinds leave out a group and version that are those of the resource.
json::object response_kind(const Resource& resource, const Subresource& of) {
  const bool same = resource.origin == Origin::kBuiltin && of.group == resource.group &&
                    of.version == resource.version;
  return {{"group", same ? "" : of.group}, {"version", same ? "" : of.version}, {"kind", of.kind}};
}

json::object aggregated_resource(const Resource& resource) {
  const Subresource itself{
      .group = resource.group, .version = resource.version, .kind = resource.kind};
  json::object row{{"resource", resource.plural},
                   {"responseKind", response_kind(resource, itself)},
                   {"scope", resource.namespaced ? "Namespaced" : "Cluster"},
                   {"singularResource", resource.singular},
                   {"verbs", resource_verbs(resource)}};
  if (!resource.short_names.empty()) row["shortNames"] = texts(resource.short_names);
  if (!resource.categories.empty()) row["categories"] = texts(resource.categories);
  json::array subresources;
  for (const auto& sub : resource.subresources) {
    subresources.push_back(json::object{{"subresource", sub.name},
                                        {"responseKind", response_kind(resource, sub)},
                                        {"verbs", verb_names(sub.verbs)}});
  }
  if (!subresources.empty()) row["subresources"] = std::move(subresources);
  return row;
}

json::object aggregated_group(const Registry& registry, const GroupVersions& group) {
  json::array versions;
  for (const auto& version : group.versions) {
    json::array resources;
    for (const auto& resource : registry.resources(group.group, version))
      resources.push_back(aggregated_resource(*resource));
    versions.push_back(json::object{
        {"version", version}, {"resources", std::move(resources)}, {"freshness", "Current"}});
  }
  json::object metadata;
  if (!group.group.empty()) metadata["name"] = group.group;
  return {{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

}  // namespace

json::object api_versions(std::string_view address) {
  return {{"kind", "APIVersions"},
          {"versions", json::array{"v1"}},
          {"serverAddressByClientCIDRs",
           json::array{json::object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", address}}}}};
}

json::object api_group_list(const Registry& registry) {
  json::array groups;
  for (const auto& group : registry.groups()) {
    if (!group.group.empty()) groups.push_back(group_body(group));
  }
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

json::object api_group(const Registry& registry, std::string_view group) {
  const auto& groups = registry.groups();
  const auto found = std::ranges::find(groups, group, &GroupVersions::group);
  if (group.empty() || found == groups.end()) return {};
  json::object document{{"kind", "APIGroup"}, {"apiVersion", "v1"}};
  for (auto& field : group_body(*found)) document[field.key()] = std::move(field.value());
  return document;
}

json::object api_resource_list(const Registry& registry, std::string_view group,
                               std::string_view version) {
  const auto served = registry.resources(group, version);
  if (served.empty()) return {};
  json::array rows;
  for (const auto& resource : served) {
    rows.push_back(resource_row(*resource));
    for (const auto& sub : resource->subresources) rows.push_back(subresource_row(*resource, sub));
  }
  json::object document{{"kind", "APIResourceList"}};
  if (!group.empty()) document["apiVersion"] = "v1";
  document["groupVersion"] = group_version(group, version);
  document["resources"] = std::move(rows);
  return document;
}

json::object aggregated_discovery(const Registry& registry, DiscoveryRoot root) {
  json::array items;
  for (const auto& group : registry.groups()) {
    if (group.group.empty() == (root == DiscoveryRoot::kCore))
      items.push_back(aggregated_group(registry, group));
  }
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/v2"},
          {"metadata", json::object()},
          {"items", std::move(items)}};
}

}  // namespace dynamod::apiserver
