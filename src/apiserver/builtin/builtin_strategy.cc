// The strategy of most built-in kinds, and small ones beside it: secrets, namespaces, events,
// autoscalers, roles and bindings.
#include "apiserver/builtin/builtin_strategy.h"

#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/autoscaler_conversion.h"
#include "apiserver/builtin/defaults.h"
#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/event_conversion.h"
#include "apiserver/builtin/print.h"
#include "apiserver/builtin/selectable_fields.h"
#include "apiserver/builtin/validation.h"
#include "apiserver/registry/object.h"
#include "base/hash.h"
#include "kube/api_error.h"
#include "kube/builtin/canonical.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kStatus = "status";

ObjectMetaRules meta_rules(const Resource& resource) {
  return {.name = name_rule_of(resource.api_version(), resource.kind),
          .scope = resource.namespaced ? Scope::kNamespaced : Scope::kCluster,
          .path = "metadata"};
}

json::object user_info_of(const Caller& caller) {
  return user_info_json({caller.name, caller.uid, caller.groups, caller.extra});
}

// A write of /scale is one of the object itself, of which the client saw the replicas alone.
bool is_of_spec(const WriteContext& context) {
  return context.subresource.empty() || context.subresource == "scale";
}

bool has_name_column(const Resource& resource) {
  return std::ranges::any_of(resource.columns,
                             [](const TableColumn& column) { return column.name == "Name"; });
}

}  // namespace

void BuiltinStrategy::set_defaults(json::object& object, const Resource& resource) const {
  apply_builtin_defaults(object, resource.api_version(), resource.kind);
}

Result<> BuiltinStrategy::prepare_create(json::object& object, const WriteContext& context) const {
  json::value status;
  if (habits_.keeps_status_on_create) status = object["status"];
  CHECK_OK(Strategy::prepare_create(object, context));
  if (!status.is_null()) object[kStatus] = std::move(status);
  const json::object user_info = user_info_of(context.caller);
  prepare_new(object, {context.caller.name, &user_info, context.now});
  // What was prepared gets the form a Go server gives it: "status": {"replicas": 0}.
  const Resource& resource = context.resource;
  CHECK_OK(kube::canonicalize(object, resource.api_version(), resource.kind));
  return {};
}

Result<> BuiltinStrategy::prepare_update(json::object& object, const json::object& old,
                                         const WriteContext& context) const {
  const Writing writing{context.caller.name, nullptr, context.now};
  if (is_of_spec(context)) {
    WriteContext main = context;
    main.subresource = "";
    CHECK_OK(Strategy::prepare_update(object, old, main));
    prepare_change(object, old, writing);
    if (!habits_.counts_generation) return {};
    // Preparing may have put back what the client changed.
    make_object(object, "metadata")["generation"] =
        integer_in(object_in(old, "metadata"), "generation");
    count_generation(object, old);
    return {};
  }
  if (context.subresource == kStatus || context.subresource == "approval") {
    keep_all_but_status_and_metadata(object, old);
    // Two kinds keep more, by their own rules.
    json::object& metadata = make_object(object, "metadata");
    if (kind_ == "Deployment") keep_old(metadata, object_in(old, "metadata"), "labels");
    if (kind_ == "Pod") keep_old(metadata, object_in(old, "metadata"), "ownerReferences");
    prepare_status(object, old, writing);
    return {};
  }
  return Strategy::prepare_update(object, old, context);
}

kube::Verdict BuiltinStrategy::validate_create(const json::object& object,
                                               const WriteContext& context) const {
  return {.problems = validate_builtin(object, nullptr, meta_rules(context.resource))};
}

kube::Verdict BuiltinStrategy::validate_update(const json::object& object, const json::object& old,
                                               const WriteContext& context) const {
  if (is_of_spec(context))
    return {.problems = validate_builtin(object, &old, meta_rules(context.resource))};
  return {.problems = validate_object_meta_update(object_in(object, "metadata"),
                                                  object_in(old, "metadata"))};
}

FieldValues BuiltinStrategy::fields(const json::object& object) const {
  return selected_values(object, kind_);
}

std::vector<std::string> BuiltinStrategy::field_names(const Resource& resource) const {
  return selectable_fields(resource.api_version(), resource.kind);
}

std::optional<json::array> BuiltinStrategy::cells(const json::object& object,
                                                  const Resource& resource, WallTime now) const {
  auto cells = print_builtin(object, kind_, now);
  if (cells && !has_name_column(resource) && !cells->empty()) cells->erase(cells->begin());
  return cells;
}

SpecialAnswer success_answer() {
  return {.status = 201,
          .object = {{"kind", "Status"},
                     {"apiVersion", "v1"},
                     {"metadata", json::object()},
                     {"status", "Success"},
                     {"code", 201}}};
}

SpecialAnswer invalid_answer(const kube::ResourceType& type, std::string_view name,
                             const Problems& problems) {
  return {.status = 422, .object = kube::invalid_status(type, name, problems)};
}

SpecialAnswer refused_answer(const Error& error, std::string_view kind, std::string_view name) {
  json::object status = kube::error_status(error);
  json::object& details = make_object(status, "details");
  details["name"] = json::string(name);
  details["kind"] = json::string(kind);
  return {.status = kube::http_status_of(error.kind), .object = std::move(status)};
}

namespace {

class SecretStrategy final : public BuiltinStrategy {
 public:
  SecretStrategy() : BuiltinStrategy("Secret") {}

  // stringData is a way to write data; nobody ever reads it.
  Result<std::vector<std::string>> normalize(json::object& object,
                                             const Resource& resource) const override {
    TRY(auto unknown, BuiltinStrategy::normalize(object, resource));
    if (!object.contains("stringData")) return unknown;
    const json::object texts = object_in(object, "stringData");
    object.erase("stringData");
    for (const auto& [key, text] : texts)
      if (text.is_string()) make_object(object, "data")[key] = encode_base64(text.get_string());
    return unknown;
  }
};

class NamespaceStrategy final : public BuiltinStrategy {
 public:
  NamespaceStrategy() : BuiltinStrategy("Namespace") {}

  Result<> prepare_update(json::object& object, const json::object& old,
                          const WriteContext& context) const override {
    if (context.subresource != "finalize")
      return BuiltinStrategy::prepare_update(object, old, context);
    keep_old(object, old, kStatus);
    return {};
  }

  kube::Verdict validate_update(const json::object& object, const json::object& old,
                                const WriteContext& context) const override {
    kube::Verdict verdict = BuiltinStrategy::validate_update(object, old, context);
    if (context.subresource != kStatus) return verdict;
    const bool dying = !text_at(object, "metadata.deletionTimestamp").empty();
    const auto phase = text_at(object, "status.phase");
    if (phase != (dying ? "Terminating" : "Active"))
      verdict.problems.push_back(
          invalid_value("status.Phase", json::string(phase),
                        dying ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
                              : "may only be 'Active' if `deletionTimestamp` is empty"));
    return verdict;
  }

  void begin_delete(json::object& object, const WriteContext& /*context*/) const override {
    make_object(object, "status")["phase"] = "Terminating";
    make_object(object, "metadata").erase("deletionGracePeriodSeconds");
  }

  bool may_remove(const json::object& object) const override {
    return array_at(object, "spec.finalizers").empty();
  }

  Result<> check_delete(const json::object& object,
                        const WriteContext& /*context*/) const override {
    const auto name = text_at(object, "metadata.name");
    if (name == "default" || name == "kube-system" || name == "kube-public")
      return fail(
          Error::Kind::kForbidden,
          fmt::format("namespaces \"{}\" is forbidden: this namespace may not be deleted", name));
    return {};
  }
};

class EventStrategy final : public BuiltinStrategy {
 public:
  EventStrategy() : BuiltinStrategy("Event") {}

  Result<> from_storage(json::object& object, const Resource& resource) const override {
    if (resource.group.empty())
      event_to_core(object);
    else
      event_to_events_api(object);
    return {};
  }

  Result<> to_storage(json::object& object, const Resource& /*resource*/) const override {
    event_to_core(object);
    return {};
  }

  // The printer reads core/v1.
  std::optional<json::array> cells(const json::object& object, const Resource& resource,
                                   WallTime now) const override {
    json::object core = object;
    event_to_core(core);
    return BuiltinStrategy::cells(core, resource, now);
  }
};

class AutoscalerStrategy final : public BuiltinStrategy {
 public:
  AutoscalerStrategy() : BuiltinStrategy("HorizontalPodAutoscaler") {}

  Result<> from_storage(json::object& object, const Resource& resource) const override {
    if (resource.version == "v1")
      autoscaler_to_v1(object);
    else
      autoscaler_to_v2(object);
    // A zero that one version shows the other leaves out.
    CHECK_OK(kube::canonicalize(object, resource.api_version(), resource.kind));
    return {};
  }

  Result<> to_storage(json::object& object, const Resource& /*resource*/) const override {
    autoscaler_to_v2(object);
    return {};
  }

  std::optional<json::array> cells(const json::object& object, const Resource& resource,
                                   WallTime now) const override {
    json::object newer = object;
    autoscaler_to_v2(newer);
    return BuiltinStrategy::cells(newer, resource, now);
  }
};

// Roles and bindings: nobody hands out what he does not hold.
class AccessStrategy final : public BuiltinStrategy {
 public:
  AccessStrategy(std::string_view kind, const BuiltinServices& services)
      : BuiltinStrategy(kind), check_(services.check_escalation) {}

  Result<> prepare_create(json::object& object, const WriteContext& context) const override {
    CHECK_OK(BuiltinStrategy::prepare_create(object, context));
    return check_ ? check_(object, nullptr, context.caller) : Result<>();
  }

  Result<> prepare_update(json::object& object, const json::object& old,
                          const WriteContext& context) const override {
    CHECK_OK(BuiltinStrategy::prepare_update(object, old, context));
    return check_ ? check_(object, &old, context.caller) : Result<>();
  }

 private:
  std::function<Result<>(const json::object&, const json::object*, const Caller&)> check_;
};

}  // namespace

std::shared_ptr<const Strategy> make_secret_strategy() {
  return std::make_shared<const SecretStrategy>();
}

std::shared_ptr<const Strategy> make_namespace_strategy() {
  return std::make_shared<const NamespaceStrategy>();
}

std::shared_ptr<const Strategy> make_event_strategy() {
  return std::make_shared<const EventStrategy>();
}

std::shared_ptr<const Strategy> make_autoscaler_strategy() {
  return std::make_shared<const AutoscalerStrategy>();
}

std::shared_ptr<const Strategy> make_access_strategy(std::string_view kind,
                                                     const BuiltinServices& services) {
  return std::make_shared<const AccessStrategy>(kind, services);
}

}  // namespace dynamod::apiserver
