// The strategy of most built-in kinds: defaults, preparation, validation, cells and selectable
// fields from the tables of this folder. Kinds that need more derive from it.
#pragma once

#include <functional>
#include <string>

#include "apiserver/builtin/builtin_strategies.h"
#include "apiserver/builtin/prepare.h"
#include "apiserver/registry/strategy.h"
#include "apiserver/validation/go_value.h"

namespace dynamod::apiserver {

class BuiltinStrategy : public Strategy {
 public:
  explicit BuiltinStrategy(std::string_view kind) : kind_(kind), habits_(habits_of(kind)) {}

  void set_defaults(json::object& object, const Resource& resource) const override;
  [[nodiscard]] Result<> prepare_create(json::object& object,
                                        const WriteContext& context) const override;
  [[nodiscard]] Result<> prepare_update(json::object& object, const json::object& old,
                                        const WriteContext& context) const override;
  [[nodiscard]] kube::Verdict validate_create(const json::object& object,
                                              const WriteContext& context) const override;
  [[nodiscard]] kube::Verdict validate_update(const json::object& object, const json::object& old,
                                              const WriteContext& context) const override;

  [[nodiscard]] bool counts_generation(const Resource& /*resource*/) const override {
    return habits_.counts_generation;
  }

  [[nodiscard]] bool allows_unconditional_update() const override {
    return habits_.unconditional_update;
  }

  [[nodiscard]] bool allows_create_on_update() const override { return habits_.create_on_update; }

  [[nodiscard]] FieldValues fields(const json::object& object) const override;
  [[nodiscard]] std::vector<std::string> field_names(const Resource& resource) const override;
  [[nodiscard]] std::optional<json::array> cells(const json::object& object,
                                                 const Resource& resource,
                                                 WallTime now) const override;

 private:
  std::string kind_;
  KindHabits habits_;
};

// --- kinds with more to it, each in a file of its own ---

[[nodiscard]] std::shared_ptr<const Strategy> make_secret_strategy();
[[nodiscard]] std::shared_ptr<const Strategy> make_namespace_strategy();
[[nodiscard]] std::shared_ptr<const Strategy> make_event_strategy();
[[nodiscard]] std::shared_ptr<const Strategy> make_autoscaler_strategy();
[[nodiscard]] std::shared_ptr<const Strategy> make_pod_strategy(const BuiltinServices& services);
[[nodiscard]] std::shared_ptr<const Strategy> make_service_strategy(
    const BuiltinServices& services);
[[nodiscard]] std::shared_ptr<const Strategy> make_access_strategy(std::string_view kind,
                                                                   const BuiltinServices& services);
[[nodiscard]] std::shared_ptr<const Strategy> make_account_strategy(
    const BuiltinServices& services);
// SelfSubjectAccessReview and its like, TokenReview, Binding.
[[nodiscard]] std::shared_ptr<const Strategy> make_review_strategy(std::string_view kind,
                                                                   const BuiltinServices& services);
[[nodiscard]] std::shared_ptr<const Strategy> make_binding_strategy(
    const BuiltinServices& services);

// The answer of bindings and evictions.
[[nodiscard]] SpecialAnswer success_answer();
// 422 for a body of `type` that is wrong.
[[nodiscard]] SpecialAnswer invalid_answer(const kube::ResourceType& type, std::string_view name,
                                           const Problems& problems);
// The Status of `error` with details about the object it is of; `kind` is a resource, as in
// "pods".
[[nodiscard]] SpecialAnswer refused_answer(const Error& error, std::string_view kind,
                                           std::string_view name);

}  // namespace dynamod::apiserver
