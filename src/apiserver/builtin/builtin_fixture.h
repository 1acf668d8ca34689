// A server of built-in kinds for tests: the strategies and a store in virtual time, and of the
// pipeline just the order of its steps.
#pragma once

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apiserver/builtin/builtin_strategies.h"
#include "apiserver/builtin/edit.h"
#include "apiserver/validation/object_meta.h"
#include "base/timestamp.h"
#include "testing/sim_loop.h"

namespace dynamod::apiserver {

// What a step came to: an object, or the Status that refuses it.
struct Outcome {
  json::object object = {};
  bool refused = false;
};

inline Outcome refusal(const Resource& resource, std::string_view name, const Problems& problems) {
  return {.object = kube::invalid_status(resource.type(), name, problems), .refused = true};
}

// An error of a strategy is a Status without causes: its message is what clients read.
inline Outcome refusal(const Error& error) {
  return {.object = {{"kind", "Status"}, {"message", error.message}}, .refused = true};
}

// A server with the strategies and a store, and nothing else.
class World {
 public:
  World()
      : store_(make_memory_store(loop_.executor(), loop_)),
        services({.store = *store_, .rng = loop_.rng()}),
        resources_(make_builtin_resources(services)) {}

  // With other `services`, whose store and chance are this world's.
  void serve() { resources_ = make_builtin_resources(services); }

  ~World() { loop_.await(store_->close()); }

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // "apis/apps/v1/namespaces/t/deployments"
  const Resource& resource_at(std::string_view path) const {
    std::vector<std::string> parts;
    std::stringstream rest{std::string(path)};
    for (std::string part; std::getline(rest, part, '/');) parts.push_back(part);
    const bool core = parts[0] == "api";
    const std::string api_version = core ? parts[1] : parts[1] + "/" + parts[2];
    for (const Resource& resource : resources_)
      if (resource.api_version() == api_version && resource.plural == parts.back()) return resource;
    DYN_ASSERT(false && "no such resource");
    return resources_.front();
  }

  const std::vector<Resource>& resources() const { return resources_; }

  WallTime now() const { return loop_.wall(); }

  void become(Caller caller) { caller_ = std::move(caller); }

  Outcome create(const Resource& resource, json::object object, std::string_view ns,
                 std::string_view uid) {
    const auto unknown = resource.strategy->normalize(object, resource);
    if (!unknown) return refusal(unknown.error());
    json::object& metadata = make_object(object, "metadata");
    if (resource.namespaced) metadata["namespace"] = ns;
    metadata["uid"] = uid;
    metadata["creationTimestamp"] = format_time(now());
    metadata["resourceVersion"] = "1";
    resource.strategy->set_defaults(object, resource);
    const WriteContext context{.resource = resource, .caller = caller_, .now = now()};
    if (auto ok = resource.strategy->prepare_create(object, context); !ok)
      return refusal(ok.error());
    const auto verdict = resource.strategy->validate_create(object, context);
    if (!verdict.ok()) return refusal(resource, name_of(object), verdict.problems);
    return stored(resource, std::move(object));
  }

  Outcome update(const Resource& resource, json::object object, const json::object& old,
                 std::string_view subresource) {
    const auto unknown = resource.strategy->normalize(object, resource);
    if (!unknown) return refusal(unknown.error());
    resource.strategy->set_defaults(object, resource);
    const WriteContext context{
        .resource = resource, .caller = caller_, .now = now(), .subresource = subresource};
    if (auto ok = resource.strategy->prepare_update(object, old, context); !ok)
      return refusal(ok.error());
    const Scope scope = resource.namespaced ? Scope::kNamespaced : Scope::kCluster;
    Problems problems = validate_common_update(std::as_const(object).at("metadata").get_object(),
                                               old.at("metadata").get_object(), scope);
    append(problems, resource.strategy->validate_update(object, old, context).problems);
    if (!problems.empty()) return refusal(resource, name_of(object), problems);
    return stored(resource, std::move(object));
  }

  // With the name's cell, wherever it stands.
  json::array row(const Resource& resource, const json::object& object, Duration age) const {
    auto cells = resource.strategy->cells(object, resource, now() + age);
    json::array out;
    if (!cells) return {json::string(name_of(object)), "<age>"};
    const bool names_itself = std::ranges::any_of(
        resource.columns, [](const TableColumn& column) { return column.name == "Name"; });
    if (!names_itself) out.emplace_back(name_of(object));
    for (json::value& cell : *cells) out.push_back(std::move(cell));
    return out;
  }

  const Resource& resource_of(std::string_view kind) const {
    const auto found = std::ranges::find(resources_, kind, &Resource::kind);
    DYN_ASSERT(found != resources_.end());
    return *found;
  }

  // POST of a virtual kind or a subresource.
  Result<SpecialAnswer> post(std::string_view kind, std::string_view subresource,
                             kube::ObjectKey key, json::object body) {
    const Resource& resource = resource_of(kind);
    EXPECT_TRUE(resource.strategy->answers("POST", subresource));
    SpecialRequest request{.resource = std::make_shared<Resource>(resource),
                           .caller = caller_,
                           .now = now(),
                           .method = "POST",
                           .subresource = std::string(subresource),
                           .key = std::move(key),
                           .body = std::move(body)};
    return loop_.await(resource.strategy->special(std::move(request)));
  }

  Store& store() { return *store_; }

 private:
  static std::string_view name_of(const json::object& object) {
    return text_at(object, "metadata.name");
  }

  // Through the version of the store and back.
  Outcome stored(const Resource& resource, json::object object) {
    auto ok = resource.strategy->to_storage(object, resource);
    EXPECT_TRUE(ok.has_value());
    Write write{.collection = resource.collection};
    write.object.key = {std::string(text_at(object, "metadata.namespace")),
                        std::string(name_of(object))};
    write.object.revision = store_->next_revision();
    write.object.uid = text_at(object, "metadata.uid");
    write.object.fields = resource.strategy->fields(object);
    write.object.bytes = encode_json(object);
    EXPECT_TRUE(loop_.await(store_->commit(std::move(write))).has_value());
    ok = resource.strategy->from_storage(object, resource);
    EXPECT_TRUE(ok.has_value());
    return {.object = std::move(object)};
  }

  testing::SimLoop loop_;
  std::unique_ptr<Store> store_;

 public:
  BuiltinServices services;

 private:
  std::vector<Resource> resources_;
  Caller caller_ = {.name = "admin", .groups = {"system:masters", "system:authenticated"}};
};

}  // namespace dynamod::apiserver
