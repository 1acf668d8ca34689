// The objects of an informer, by key and by index, with the handlers that hear of each change.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kube/metadata.h"

namespace dynamod::runtime {

using ErasedObject = std::shared_ptr<const void>;

struct ErasedEntry {
  ErasedObject object;
  const kube::ObjectMeta* meta = nullptr;  // inside `object`
};

class ObjectStore {
 public:
  using IndexKeys = std::function<std::vector<std::string>(const void*)>;
  using OnChange = std::function<void(const ErasedObject& before, const ErasedObject& now)>;

  void add_index(std::string name, IndexKeys keys);

  void on_change(OnChange handler) { handlers_.push_back(std::move(handler)); }

  // One change; the same version again is none.
  void put(ErasedEntry entry);
  void erase(const kube::ObjectKey& key);
  // All there is now: the differences are reported, deletions first (so that a name that moved is
  // free when it is taken).
  void replace(std::map<kube::ObjectKey, ErasedEntry> entries);

  [[nodiscard]] ErasedObject find(const kube::ObjectKey& key) const;
  [[nodiscard]] std::vector<ErasedObject> by_index(const std::string& index,
                                                   const std::string& value) const;
  // How many by_index() gives.
  [[nodiscard]] std::size_t count(const std::string& index, const std::string& value) const;
  [[nodiscard]] std::vector<ErasedObject> all() const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Stored;

  struct ByKey {
    bool operator()(const Stored* a, const Stored* b) const;
  };

  using Group = std::set<const Stored*, ByKey>;
  using Groups = std::map<std::string, Group>;  // by the value they share

  struct Index {
    IndexKeys keys;
    Groups groups;
  };

  // One of the groups an object is in.
  struct Place {
    Index* index;
    Groups::iterator group;

    friend bool operator==(const Place&, const Place&) = default;
  };

  struct Stored {
    const kube::ObjectKey* key = nullptr;  // that of entries_
    ErasedEntry entry = {};
    std::vector<Place> places = {};
  };

  void reindex(Stored& stored);
  static void leave(const Stored& stored, const Place& place);
  [[nodiscard]] const Group* group(const std::string& index, const std::string& value) const;
  void report(const ErasedObject& before, const ErasedObject& now);

  std::map<kube::ObjectKey, Stored> entries_;
  std::map<std::string, Index> indexes_;
  std::vector<OnChange> handlers_;
};

}  // namespace dynamod::runtime
