// Level-triggered: every look compares the definition as it is stored with what is registered.
#include "apiserver/custom_resources.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apiserver/crd_strategy.h"
#include "apiserver/object_codec.h"
#include "apiserver/own_request.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

// Objects with finalizers keep their definition; how often it is looked whether they have gone.
constexpr Duration kCleaningPeriod = std::chrono::milliseconds(500);
constexpr Duration kIdlePeriod = std::chrono::hours(1);

bool is_dying(const json::object& crd) {
  return metadata_of(crd).contains("deletionTimestamp");
}

Error error_of(const Refusal& refusal) {
  return {Error::Kind::kInternal, string_in(refusal.status, "message")};
}

bool has_name(const Resource& resource, const NameClaim& claim) {
  if (claim.field == NameClaim::Field::kKind)
    return resource.kind == claim.name || resource.list_kind == claim.name;
  return resource.plural == claim.name || resource.singular == claim.name ||
         std::ranges::find(resource.short_names, claim.name) != resource.short_names.end();
}

}  // namespace

CustomResources::CustomResources(const Core& core, const WriteRequests& writes,
                                 const Conversions& conversions)
    : core_(core), writes_(writes), conversions_(conversions) {}

RequestPtr CustomResources::own_request(const kube::ObjectKey& key, std::string subresource) const {
  return make_own_request(core_, core_.registry.find(kCrdGroup, "v1", kCrdPlural), key,
                          subresource);
}

void CustomResources::load() {
  const ResourcePtr definitions = core_.registry.find(kCrdGroup, "v1", kCrdPlural);
  for (const ObjectPtr& stored : core_.store.list(std::string(kCrdCollection), "")) {
    const auto crd = read_object(*definitions, *stored);
    if (!crd || !crd_condition_true(*crd, "Established")) continue;
    register_definition(stored->key.name, *crd,
                        is_dying(*crd) ? CustomState::kTerminating : CustomState::kServed);
  }
}

Async<> CustomResources::follow() {
  const std::string collection(kCrdCollection);
  for (;;) {
    // What changed while nobody looked, then every change.
    const Revision from = core_.store.revision();
    CO_TRY(const auto cursor, core_.store.watch(collection, "", from));
    for (const ObjectPtr& stored : core_.store.list(collection, ""))
      CO_CHECK(co_await look_at(stored->key.name));
    for (;;) {
      const Duration limit = cleaning_.empty() ? kIdlePeriod : kCleaningPeriod;
      const auto changes = co_await cursor->next(limit);
      if (!changes) break;
      for (const Change& change : *changes) CO_CHECK(co_await look_at(change.object->key.name));
      const auto again = std::exchange(cleaning_, {});
      for (const std::string& name : again) CO_CHECK(co_await look_at(name));
    }
  }
}

// A refused write is logged and tried again with the next change: nothing else stops for it.
Async<> CustomResources::look_at(std::string name) {
  const ObjectPtr stored = core_.store.find(std::string(kCrdCollection), {"", name});
  if (!stored) {
    unregister(name);
    co_return Result<>();
  }
  const ResourcePtr definitions = core_.registry.find(kCrdGroup, "v1", kCrdPlural);
  CO_TRY(json::object crd, read_object(*definitions, *stored));
  Result<> done;
  if (is_dying(crd))
    done = co_await clean_up(name, std::move(crd));
  else
    done = co_await keep_status(name, std::move(crd));
  if (!done)
    core_.log.warning("A custom resource definition could not be served",
                      {{"crd", name}, {"error", done.error().message}});
  co_return Result<>();
}

// Served first, called established then: who waits for the condition may use it at once.
Async<> CustomResources::keep_status(std::string name, json::object crd) {
  const auto taken = [&](const NameClaim& claim) { return is_taken(crd, claim); };
  json::object status = crd_status(crd, taken, core_.clock.wall());
  const json::object before = crd;
  crd["status"] = status;
  if (crd_condition_true(crd, "Established")) register_definition(name, crd, CustomState::kServed);
  if (same_field(crd, before, "status")) co_return Result<>();
  Edit edit = [status = std::move(status)](const json::object& current) -> Outcome<Edited> {
    Edited edited{.object = current};
    edited.object["status"] = status;
    return edited;
  };
  const kube::ObjectKey key{"", name};
  const auto written = co_await writes_.edit_object(own_request(key, "status"), std::move(edit));
  if (!written) co_return std::unexpected(error_of(written.error()));
  co_return Result<>();
}

Async<> CustomResources::clean_up(std::string name, json::object crd) {
  if (served_.contains(name)) register_definition(name, crd, CustomState::kTerminating);
  CO_TRY(const bool all_gone, co_await delete_instances(name));
  if (!all_gone) {
    cleaning_.push_back(name);
    co_return Result<>();
  }
  Edit edit = [](const json::object& current) -> Outcome<Edited> {
    Edited edited{.object = current};
    json::value& finalizers = metadata_of(edited.object)["finalizers"];
    if (finalizers.is_array()) {
      json::array& list = finalizers.get_array();
      const auto found = std::ranges::find(list, json::value(kCrdFinalizer));
      if (found != list.end()) list.erase(found);
    }
    return edited;
  };
  const kube::ObjectKey key{"", name};
  const auto written = co_await writes_.edit_object(own_request(key, ""), std::move(edit));
  if (!written && written.error().code() != 404)
    co_return std::unexpected(error_of(written.error()));
  co_return Result<>();
}

Async<bool> CustomResources::delete_instances(std::string collection) {
  const auto served = served_.find(collection);
  if (served == served_.end()) co_return true;
  const ResourcePtr resource = core_.registry.find_any(served->second.group, served->second.plural);
  if (!resource) co_return true;
  for (const ObjectPtr& each : core_.store.list(collection, "")) {
    const DeleteOptions options;
    const auto removed =
        co_await writes_.remove_object(make_own_request(core_, resource, each->key), options);
    if (!removed && removed.error().code() != 404)
      co_return std::unexpected(error_of(removed.error()));
  }
  co_return core_.store.count(collection) == 0;
}

void CustomResources::register_definition(const std::string& name, const json::object& crd,
                                          CustomState state) {
  const std::int64_t generation = number_in(crd, "metadata.generation");
  const auto known = served_.find(name);
  if (known != served_.end() && known->second.generation == generation &&
      known->second.state == state)
    return;
  auto definition = read_custom_resource(crd);
  if (!definition) {
    core_.log.error("A stored custom resource definition cannot be read",
                    {{"crd", name}, {"error", definition.error().message}});
    return;
  }
  unregister(name);
  const auto conversion = conversions_.find(name);
  const Conversion convert = conversion == conversions_.end() ? Conversion() : conversion->second;
  for (Resource& resource : custom_resources(*definition, convert, state))
    core_.registry.add(std::move(resource));
  served_[name] = {.group = (*definition)->group,
                   .plural = (*definition)->names.plural,
                   .generation = generation,
                   .state = state,
                   .definition = *definition};
}

void CustomResources::unregister(const std::string& name) {
  const auto known = served_.find(name);
  if (known == served_.end()) return;
  core_.registry.remove(known->second.group, known->second.plural);
  served_.erase(known);
}

// Within the group, by any other resource.
bool CustomResources::is_taken(const json::object& crd, const NameClaim& claim) const {
  const std::string group = string_in(crd, "spec.group");
  const std::string plural = string_in(crd, "spec.names.plural");
  const auto all = core_.registry.all();
  return std::ranges::any_of(all, [&](const ResourcePtr& each) {
    return each->group == group && each->plural != plural && has_name(*each, claim);
  });
}

std::vector<std::shared_ptr<const CustomResource>> CustomResources::definitions_in(
    std::string_view group, std::string_view version) const {
  std::vector<std::shared_ptr<const CustomResource>> found;
  for (const auto& [name, served] : served_) {
    const auto* of_version = served.definition->version(version);
    if (served.group == group && of_version && of_version->served)
      found.push_back(served.definition);
  }
  return found;
}

}  // namespace dynamod::apiserver
