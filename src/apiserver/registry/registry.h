// All resources served now. A value that is asked on the core thread: requests look up, CRDs add
// and remove while the server runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "apiserver/registry/resource.h"

namespace dynamod::apiserver {

struct GroupVersions {
  std::string group = {};
  std::vector<std::string> versions = {};  // the preferred one first
  bool custom = false;                     // only of custom resources
};

// True when version `a` is preferred to `b`.
using VersionOrder = std::function<bool(std::string_view a, std::string_view b)>;

class Registry {
 public:
  // Groups of custom resources order their versions by `order`; without one, and in groups of
  // built-in kinds, they stand in the order they came.
  explicit Registry(VersionOrder order = {}) : order_(std::move(order)) {}

  // Registers one version of a resource; one of the same (group, version, plural) is replaced.
  void add(Resource resource);
  // All versions of a resource. True if there were any.
  bool remove(std::string_view group, std::string_view plural);

  // Null when it is not served.
  [[nodiscard]] ResourcePtr find(std::string_view group, std::string_view version,
                                 std::string_view plural) const;
  [[nodiscard]] ResourcePtr find_kind(std::string_view api_version, std::string_view kind) const;
  // Any served version of it; null when none is.
  [[nodiscard]] ResourcePtr find_any(std::string_view group, std::string_view plural) const;

  // Core first, then in the order of discovery.
  [[nodiscard]] const std::vector<GroupVersions>& groups() const { return groups_; }

  // By plural. Empty when the group version is not served.
  [[nodiscard]] std::vector<ResourcePtr> resources(std::string_view group,
                                                   std::string_view version) const;
  // Every resource in every version.
  [[nodiscard]] std::vector<ResourcePtr> all() const;
  [[nodiscard]] bool serves(std::string_view group, std::string_view version) const;

  // Goes up with every change: caches of documents compare it.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // group, version, plural

  void list_version(const Resource& resource);
  void drop_unserved();

  VersionOrder order_;
  std::map<Key, ResourcePtr, std::less<>> resources_;
  std::vector<GroupVersions> groups_;
  std::uint64_t generation_ = 0;
};

}  // namespace dynamod::apiserver
