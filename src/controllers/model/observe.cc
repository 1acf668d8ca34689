// Looking at one model.
#include "controllers/model/observe.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/timestamp.h"
#include "controllers/model/ownership.h"
#include "kinds/dynamo_model_validation.h"
#include "lora/base_model.h"
#include "lora/discovery_slug.h"

namespace dynamod::controllers::model {

namespace {

using kinds::DynamoModel;

Claim claim_of(const DynamoModel& model) {
  Claim claim;
  claim.object = model.metadata.name;
  claim.created = model.metadata.creation_timestamp.value_or(WallTime{});
  claim.slug = lora::discovery_slug(model.spec.model_name);
  claim.deleting = model.metadata.deleting();
  if (const auto applied = applied_of(model)) {
    for (const std::string& name : applied->names) claim.held.push_back(lora::discovery_slug(name));
  } else if (claim.deleting && model.metadata.has_finalizer(kinds::kFinalizer)) {
    // Taken over from an operator that left no annotation: it may have loaded the one name of the
    // spec.
    claim.held.push_back(claim.slug);
  }
  return claim;
}

// The names this object may have on workers: those of its annotation, the wanted one first.
std::vector<std::string> names_of(const ModelWorld& world) {
  std::vector<std::string> names = {world.model->spec.model_name};
  if (!world.applied) return names;
  for (const std::string& name : world.applied->names) {
    if (name != names.front()) names.push_back(name);
  }
  return names;
}

template <class Informer>
std::optional<DiscoveryFailure> failure_of(const Informer& informer, std::string_view what,
                                           const Clock& clock, Duration limit) {
  const runtime::Contact& contact = informer.contact();
  const std::string error = contact.last_error ? contact.last_error->message : "no answer";
  if (contact.state == runtime::Contact::State::kRefused) {
    return DiscoveryFailure{fmt::format(
        "cannot watch {}: {}; grant the operator get, list and watch on {}", what, error, what)};
  }
  if (!contact.last_contact || clock.now() - *contact.last_contact <= limit) return std::nullopt;
  const WallTime seen = clock.wall() - (clock.now() - *contact.last_contact);
  return DiscoveryFailure{
      fmt::format("{} were last seen at {}: {}", what, format_time(seen), error)};
}

}  // namespace

std::optional<DiscoveryFailure> Observer::discovery_failure() const {
  if (auto failure = failure_of(caches_.pods, "pods", clock_, options_.contact_limit))
    return failure;
  return failure_of(caches_.slices, "endpointslices", clock_, options_.contact_limit);
}

const Members& Observer::members(const std::string& name_space, const std::string& base_model) {
  const std::string base = base_key(name_space, lora::base_model_hash(base_model));
  auto& known = members_[base];
  const auto place = known.find(base_model);
  if (place != known.end()) return place->second;
  return known
      .emplace(base_model,
               join_members(base_model, caches_.pods.by_index(kByBase, base),
                            caches_.slices.by_index(kByBase, base), options_.worker_port))
      .first->second;
}

void Observer::observe_owners(ModelWorld& world) const {
  const std::string base = base_key(*world.model);
  for (const std::string& name : names_of(world)) {
    std::vector<Claim> claims;
    for (const auto& rival : caches_.models.by_index(kBySlug, slug_key(base, name))) {
      const bool is_self = rival->metadata.name == world.model->metadata.name;
      claims.push_back(claim_of(is_self ? *world.model : *rival));
    }
    const auto owner = owner_of(lora::discovery_slug(name), claims);
    const bool owned = !owner || claims[*owner].object == world.model->metadata.name;
    if (!owned && name == world.model->spec.model_name)
      world.conflict_owner = claims[*owner].object;
    const bool held = world.applied ? world.applied->holds(name) : world.model->metadata.deleting();
    if (owned && held) world.owned_names.push_back(name);
  }
}

// The first in key order, so that what is said does not jump about.
void Observer::observe_same_name(ModelWorld& world) const {
  const auto& spec = world.model->spec;
  const std::string name = world.model->metadata.ns + "/" + spec.model_name;
  for (const auto& other : caches_.models.by_index(kByName, name)) {
    if (other->spec.base_model_name == spec.base_model_name) continue;
    world.same_name_elsewhere = other->metadata.name;
    return;
  }
}

// After a restart a load that the last process sent may still be running unseen: the last status
// tells where.
void Observer::mark_unknown_loads(const ModelWorld& world, EndpointView& view,
                                  const std::vector<std::string>& names) const {
  if (clock_.now() >= began_ + options_.load_limit) return;
  const bool was_loading =
      std::ranges::any_of(world.model->status.endpoints, [&](const kinds::ModelEndpoint& seen) {
        return seen.pod_uid == view.pod_uid && seen.container_id == view.container_id &&
               (seen.reason == lora::to_string(lora::EndpointReason::kLoading) ||
                seen.reason == lora::to_string(lora::EndpointReason::kReloading));
      });
  if (!was_loading) return;
  for (const std::string& name : names) {
    AdapterView& adapter = view.adapters[name];
    if (!adapter.settled && !adapter.listed) adapter.load_may_run = true;
  }
}

EndpointView Observer::observe_member(const ModelWorld& world, const Member& member,
                                      const std::vector<std::string>& names) const {
  EndpointView view;
  view.pod_name = member.identity.pod_name;
  view.pod_uid = member.identity.pod_uid;
  view.container_id = member.container_id;
  view.address = member.address;
  view.counts = member.counts;
  view.pod_ready = member.ready;
  view.callable = member.identity.callable;
  view.terminating = member.terminating;
  view.pod_message = member.message;
  view.prefill_group = member.prefill_group;
  pool_.show(view.pod_uid, view, names);
  if (world.model->metadata.deleting()) mark_unknown_loads(world, view, names);
  for (const std::string& owed : member.debts) {
    if (owed == names.front()) {
      view.adapters[owed].owed = true;
    } else if (lora::discovery_slug(owed) == lora::discovery_slug(names.front())) {
      view.blocking_debt = owed;
    }
  }
  return view;
}

ModelWorld Observer::observe(std::shared_ptr<const DynamoModel> model) {
  ModelWorld world;
  world.model = std::move(model);
  world.applied = applied_of(*world.model);
  world.discovery_failure = discovery_failure();
  const bool lora = world.model->spec.model_type == kinds::ModelType::kLora;
  if (!world.model->metadata.deleting())
    world.problems = kinds::validate_spec(world.model->spec).problems;
  if (lora) {
    observe_owners(world);
    observe_same_name(world);
  }
  const Members& members =
      this->members(world.model->metadata.ns, world.model->spec.base_model_name);
  world.services = members.services;
  const std::vector<std::string> names = names_of(world);
  for (const Member& member : members.all) {
    world.endpoints.push_back(observe_member(world, member, names));
  }
  return world;
}

}  // namespace dynamod::controllers::model
