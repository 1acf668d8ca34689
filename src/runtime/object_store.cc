// Putting, replacing, indexing and telling.
#include "runtime/object_store.h"

#include <utility>

#include "base/result.h"

namespace dynamod::runtime {

void ObjectStore::add_index(std::string name, IndexKeys keys) {
  DYN_ASSERT(entries_.empty());
  indexes_.emplace(std::move(name), Index{std::move(keys), {}});
}

void ObjectStore::index(const ErasedEntry& entry, const kube::ObjectKey& key) {
  for (auto& [name, index] : indexes_) {
    for (auto& value : index.keys(entry.object.get())) index.members[std::move(value)].insert(key);
  }
}

void ObjectStore::unindex(const ErasedEntry& entry, const kube::ObjectKey& key) {
  for (auto& [name, index] : indexes_) {
    for (const auto& value : index.keys(entry.object.get())) {
      const auto members = index.members.find(value);
      if (members == index.members.end()) continue;
      members->second.erase(key);
      if (members->second.empty()) index.members.erase(members);
    }
  }
}

void ObjectStore::report(const ErasedObject& before, const ErasedObject& now) {
  for (const auto& handler : handlers_) handler(before, now);
}

void ObjectStore::put(ErasedEntry entry) {
  const kube::ObjectKey key = entry.meta->key();
  ErasedObject before;
  const auto known = entries_.find(key);
  if (known != entries_.end()) {
    const kube::ObjectMeta& old = *known->second.meta;
    if (old.resource_version == entry.meta->resource_version && old.uid == entry.meta->uid) return;
    unindex(known->second, key);
    before = std::move(known->second.object);
  }
  const ErasedObject now = entry.object;
  index(entry, key);
  entries_.insert_or_assign(key, std::move(entry));
  report(before, now);
}

void ObjectStore::erase(const kube::ObjectKey& key) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  unindex(known->second, key);
  const ErasedObject before = std::move(known->second.object);
  entries_.erase(known);
  report(before, nullptr);
}

void ObjectStore::replace(std::map<kube::ObjectKey, ErasedEntry> entries) {
  std::vector<kube::ObjectKey> gone;
  for (const auto& [key, entry] : entries_) {
    if (!entries.contains(key)) gone.push_back(key);
  }
  for (const auto& key : gone) erase(key);
  for (auto& [key, entry] : entries) put(std::move(entry));
}

ErasedObject ObjectStore::find(const kube::ObjectKey& key) const {
  const auto known = entries_.find(key);
  return known == entries_.end() ? nullptr : known->second.object;
}

std::vector<ErasedObject> ObjectStore::by_index(const std::string& index,
                                                const std::string& value) const {
  const auto found = indexes_.find(index);
  DYN_ASSERT(found != indexes_.end());
  std::vector<ErasedObject> result;
  const auto members = found->second.members.find(value);
  if (members == found->second.members.end()) return result;
  result.reserve(members->second.size());
  for (const auto& key : members->second) result.push_back(entries_.at(key).object);
  return result;
}

std::vector<ErasedObject> ObjectStore::all() const {
  std::vector<ErasedObject> result;
  result.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) result.push_back(entry.object);
  return result;
}

}  // namespace dynamod::runtime
