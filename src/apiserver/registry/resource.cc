// Names of a resource in their different forms, and Resources from the table of built-in kinds.
#include "apiserver/registry/resource.h"

#include <algorithm>

#include "apiserver/registry/strategy.h"

namespace dynamod::apiserver {

std::string Resource::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string Resource::resource_name() const {
  return group.empty() ? plural : plural + "." + group;
}

const Subresource* Resource::subresource(std::string_view name) const {
  const auto found = std::ranges::find(subresources, name, &Subresource::name);
  return found == subresources.end() ? nullptr : &*found;
}

kube::ResourceType Resource::type() const {
  return {
      .group = group, .version = version, .plural = plural, .kind = kind, .namespaced = namespaced};
}

Resource resource_from(const kube::BuiltinResource& builtin) {
  Resource resource{.group = std::string(builtin.group),
                    .version = std::string(builtin.version),
                    .plural = std::string(builtin.plural),
                    .singular = std::string(builtin.singular),
                    .kind = std::string(builtin.kind),
                    .list_kind = std::string(builtin.kind) + "List",
                    .namespaced = builtin.namespaced,
                    .verbs = builtin.verbs};
  resource.short_names.assign(builtin.short_names.begin(), builtin.short_names.end());
  resource.categories.assign(builtin.categories.begin(), builtin.categories.end());
  for (const auto& each : builtin.subresources) {
    resource.subresources.push_back({.name = std::string(each.name),
                                     .group = std::string(each.group),
                                     .version = std::string(each.version),
                                     .kind = std::string(each.kind),
                                     .verbs = each.verbs});
  }
  if (resource.subresource("scale"))
    resource.scale = {
        .spec = ".spec.replicas", .status = ".status.replicas", .selector = ".spec.selector"};
  resource.schema = kube::builtin_schema(resource.api_version(), resource.kind);
  resource.collection = resource.resource_name();
  resource.storage_api_version = resource.api_version();
  resource.strategy = generic_strategy();
  return resource;
}

}  // namespace dynamod::apiserver
