// Lookups, and the order in which groups and versions are preferred.
#include "apiserver/registry/registry.h"

#include <algorithm>
#include <memory>

namespace dynamod::apiserver {

void Registry::add(Resource resource) {
  list_version(resource);
  Key key{resource.group, resource.version, resource.plural};
  resources_.insert_or_assign(std::move(key),
                              std::make_shared<const Resource>(std::move(resource)));
  ++generation_;
}

void Registry::list_version(const Resource& resource) {
  auto group = std::ranges::find(groups_, resource.group, &GroupVersions::group);
  if (group == groups_.end()) {
    // Built-in groups come first and in their own order, custom groups by name behind them.
    auto place = groups_.end();
    if (resource.origin == Origin::kCustom) {
      while (place != groups_.begin() && std::prev(place)->custom &&
             std::prev(place)->group > resource.group)
        --place;
    }
    group = groups_.insert(place,
                           {.group = resource.group, .custom = resource.origin == Origin::kCustom});
  }
  if (std::ranges::find(group->versions, resource.version) != group->versions.end()) return;
  group->versions.push_back(resource.version);
  if (group->custom && order_) std::ranges::sort(group->versions, order_);
}

bool Registry::remove(std::string_view group, std::string_view plural) {
  const auto removed = std::erase_if(resources_, [&](const auto& entry) {
    return entry.second->group == group && entry.second->plural == plural;
  });
  if (removed == 0) return false;
  drop_unserved();
  ++generation_;
  return true;
}

void Registry::drop_unserved() {
  for (auto& group : groups_) {
    std::erase_if(group.versions,
                  [&](const auto& version) { return !serves(group.group, version); });
  }
  std::erase_if(groups_, [](const auto& group) { return group.versions.empty(); });
}

ResourcePtr Registry::find(std::string_view group, std::string_view version,
                           std::string_view plural) const {
  const auto found =
      resources_.find(Key{std::string(group), std::string(version), std::string(plural)});
  return found == resources_.end() ? nullptr : found->second;
}

ResourcePtr Registry::find_kind(std::string_view api_version, std::string_view kind) const {
  for (const auto& [key, resource] : resources_) {
    if (resource->kind == kind && resource->api_version() == api_version) return resource;
  }
  return nullptr;
}

ResourcePtr Registry::find_any(std::string_view group, std::string_view plural) const {
  for (const auto& known : groups_) {
    if (known.group != group) continue;
    for (const auto& version : known.versions) {
      if (auto resource = find(group, version, plural)) return resource;
    }
  }
  return nullptr;
}

std::vector<ResourcePtr> Registry::resources(std::string_view group,
                                             std::string_view version) const {
  std::vector<ResourcePtr> found;
  const Key first{std::string(group), std::string(version), ""};
  for (auto it = resources_.lower_bound(first); it != resources_.end(); ++it) {
    if (it->second->group != group || it->second->version != version) break;
    found.push_back(it->second);
  }
  return found;
}

std::vector<ResourcePtr> Registry::all() const {
  std::vector<ResourcePtr> found;
  found.reserve(resources_.size());
  for (const auto& entry : resources_) found.push_back(entry.second);
  return found;
}

bool Registry::serves(std::string_view group, std::string_view version) const {
  return !resources(group, version).empty();
}

}  // namespace dynamod::apiserver
