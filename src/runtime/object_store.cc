// Putting, replacing, indexing and telling.
#include "runtime/object_store.h"

#include <algorithm>
#include <utility>

#include "base/result.h"

namespace dynamod::runtime {

void ObjectStore::add_index(std::string name, IndexKeys keys) {
  DYN_ASSERT(entries_.empty());
  indexes_.emplace(std::move(name), Index{std::move(keys), {}});
}

bool ObjectStore::ByKey::operator()(const Stored* a, const Stored* b) const {
  return *a->key < *b->key;
}

// Most changes of an object leave it in its groups.
void ObjectStore::reindex(Stored& stored) {
  std::vector<Place> places;
  for (auto& [name, index] : indexes_) {
    for (auto& value : index.keys(stored.entry.object.get())) {
      const Place place{&index, index.groups.try_emplace(std::move(value)).first};
      if (std::ranges::find(places, place) != places.end()) continue;
      place.group->second.insert(&stored);
      places.push_back(place);
    }
  }
  const auto before = std::exchange(stored.places, std::move(places));
  for (const Place& place : before) {
    if (std::ranges::find(stored.places, place) == stored.places.end()) leave(stored, place);
  }
}

void ObjectStore::leave(const Stored& stored, const Place& place) {
  place.group->second.erase(&stored);
  if (place.group->second.empty()) place.index->groups.erase(place.group);
}

void ObjectStore::report(const ErasedObject& before, const ErasedObject& now) {
  for (const auto& handler : handlers_) handler(before, now);
}

void ObjectStore::put(ErasedEntry entry) {
  const auto [place, added] = entries_.try_emplace(entry.meta->key());
  Stored& stored = place->second;
  if (!added) {
    const kube::ObjectMeta& old = *stored.entry.meta;
    if (old.resource_version == entry.meta->resource_version && old.uid == entry.meta->uid) return;
  }
  const ErasedObject before = std::move(stored.entry.object);
  const ErasedObject now = entry.object;
  stored.key = &place->first;
  stored.entry = std::move(entry);
  reindex(stored);
  report(before, now);
}

void ObjectStore::erase(const kube::ObjectKey& key) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  for (const Place& place : known->second.places) leave(known->second, place);
  const ErasedObject before = std::move(known->second.entry.object);
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
  return known == entries_.end() ? nullptr : known->second.entry.object;
}

// Null when nobody has the value.
const ObjectStore::Group* ObjectStore::group(const std::string& index,
                                             const std::string& value) const {
  const auto found = indexes_.find(index);
  DYN_ASSERT(found != indexes_.end());
  const auto place = found->second.groups.find(value);
  return place == found->second.groups.end() ? nullptr : &place->second;
}

std::vector<ErasedObject> ObjectStore::by_index(const std::string& index,
                                                const std::string& value) const {
  std::vector<ErasedObject> result;
  const Group* members = group(index, value);
  if (members == nullptr) return result;
  result.reserve(members->size());
  for (const Stored* stored : *members) result.push_back(stored->entry.object);
  return result;
}

std::size_t ObjectStore::count(const std::string& index, const std::string& value) const {
  const Group* members = group(index, value);
  return members == nullptr ? 0 : members->size();
}

std::vector<ErasedObject> ObjectStore::all() const {
  std::vector<ErasedObject> result;
  result.reserve(entries_.size());
  for (const auto& [key, stored] : entries_) result.push_back(stored.entry.object);
  return result;
}

}  // namespace dynamod::runtime
