// Serves what CustomResourceDefinitions in the store define: watches them, accepts their names,
// registers their resources, and cleans up after those that are deleted.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/custom_strategy.h"
#include "apiserver/validation/crd_object.h"
#include "apiserver/write_requests.h"

namespace dynamod::apiserver {

class CustomResources {
 public:
  // All outlive the object.
  CustomResources(const Core& core, const WriteRequests& writes, const Conversions& conversions);

  // Registers what is stored already: before the first request.
  void load();
  // Follows the store until it is cancelled.
  [[nodiscard]] Async<> follow();

  // All versions served of one group version.
  [[nodiscard]] std::vector<std::shared_ptr<const CustomResource>> definitions_in(
      std::string_view group, std::string_view version) const;

 private:
  struct Served {
    std::string group = {};
    std::string plural = {};
    std::int64_t generation = 0;
    CustomState state = CustomState::kServed;
    std::shared_ptr<const CustomResource> definition = {};
  };

  [[nodiscard]] Async<> look_at(std::string name);
  [[nodiscard]] Async<> keep_status(std::string name, json::object crd);
  [[nodiscard]] Async<> clean_up(std::string name, json::object crd);
  [[nodiscard]] Async<bool> delete_instances(std::string collection);
  void register_definition(const std::string& name, const json::object& crd, CustomState state);
  void unregister(const std::string& name);
  [[nodiscard]] bool is_taken(const json::object& crd, const NameClaim& claim) const;
  [[nodiscard]] RequestPtr own_request(const kube::ObjectKey& key, std::string subresource) const;

  const Core& core_;
  const WriteRequests& writes_;
  const Conversions& conversions_;
  std::map<std::string, Served> served_;
  std::vector<std::string> cleaning_;  // definitions whose objects take their time to go
};

}  // namespace dynamod::apiserver
