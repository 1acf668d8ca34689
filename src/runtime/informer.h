// A live copy of one kind of object: one list, then one watch that is resumed after every break
// where it stood, so that no change is missed or seen twice. When the position is too old (410) it
// lists again and reports the differences.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kube/decode.h"
#include "kube/metadata.h"
#include "runtime/informer_core.h"

namespace dynamod::runtime {

// T keeps only the fields its declaration lists: that is how memory stays small. Objects are
// immutable and shared.
template <class T>
class Informer {
 public:
  using Object = std::shared_ptr<const T>;
  using IndexKeys = std::function<std::vector<std::string>(const T&)>;
  // Null `before`: new; null `now`: gone. Called after the copy holds `now`, from the loop; must
  // not wait.
  using OnChange = std::function<void(const Object& before, const Object& now)>;

  Informer(InformerServices services, client::ListQuery query)
      : core_(services, T::kType, std::move(query), decode) {}

  // Before start().
  void add_index(std::string name, IndexKeys keys) {
    core_.add_index(std::move(name), [keys = std::move(keys)](const void* object) {
      return keys(*static_cast<const T*>(object));
    });
  }

  void on_change(OnChange handler) {
    core_.on_change([handler = std::move(handler)](const ErasedObject& before,
                                                   const ErasedObject& now) {
      handler(std::static_pointer_cast<const T>(before), std::static_pointer_cast<const T>(now));
    });
  }

  // Called when contact().state changes.
  void on_contact(std::function<void(const Contact&)> handler) {
    core_.on_contact(std::move(handler));
  }

  void start() { core_.start(); }

  Task<> stop() { return core_.stop(); }

  // Null when there is none.
  [[nodiscard]] Object find(const kube::ObjectKey& key) const {
    return std::static_pointer_cast<const T>(core_.find(key));
  }

  // In key order. An index that was never added is a bug.
  [[nodiscard]] std::vector<Object> by_index(const std::string& index,
                                             const std::string& value) const {
    return typed(core_.by_index(index, value));
  }

  // How many by_index() gives.
  [[nodiscard]] std::size_t count(const std::string& index, const std::string& value) const {
    return core_.count(index, value);
  }

  [[nodiscard]] std::vector<Object> all() const { return typed(core_.all()); }

  [[nodiscard]] std::size_t size() const { return core_.size(); }

  // The first list is complete. Stays true afterwards.
  [[nodiscard]] bool synced() const { return core_.contact().synced; }

  [[nodiscard]] const Contact& contact() const { return core_.contact(); }

  // Returns when synced, or when the API server says it does not serve this type (contact().state
  // == kAbsent).
  Task<> wait_synced() { return core_.wait_synced(); }

 private:
  static ErasedEntry decode(const json::value& document, std::vector<kube::Problem>& problems) {
    auto object = std::make_shared<const T>(kube::from_json<T>(document, problems));
    const kube::ObjectMeta* meta = &object->metadata;
    return {std::move(object), meta};
  }

  static std::vector<Object> typed(std::vector<ErasedObject> objects) {
    std::vector<Object> result;
    result.reserve(objects.size());
    for (auto& object : objects)
      result.push_back(std::static_pointer_cast<const T>(std::move(object)));
    return result;
  }

  InformerCore core_;
};

}  // namespace dynamod::runtime
