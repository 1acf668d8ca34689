// Whether somebody may do something: RBAC over the roles and bindings in the store. Asks the store
// for what changed whenever it is asked, so it never lags and runs nothing of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apiserver/identity/rbac.h"
#include "apiserver/store/store.h"

namespace dynamod::apiserver {

struct Decision {
  bool allowed = false;
  // `RBAC: allowed by ClusterRoleBinding "x" of ...`, or what could not be resolved; may be empty.
  std::string reason = {};
};

class Authorizer {
 public:
  virtual ~Authorizer() = default;

  // Members of system:masters may do everything.
  [[nodiscard]] virtual Decision authorize(const Attributes& attributes) = 0;
  // All rules that hold for `user` in `ns` ("": cluster-wide ones alone).
  [[nodiscard]] virtual PolicyRules rules_for(const User& user, std::string_view ns) = 0;
  // The rules behind a reference in a binding of namespace `ns`. Error kNotFound, as Kubernetes
  // says it.
  [[nodiscard]] virtual Result<PolicyRules> rules_of_role(const RoleRef& role,
                                                          std::string_view ns) = 0;
  // Of an aggregating ClusterRole as the store has it now.
  [[nodiscard]] virtual PolicyRules aggregated(const Role& role) = 0;
};

// `store` outlives it.
[[nodiscard]] std::unique_ptr<Authorizer> make_rbac_authorizer(Store& store);

// `status` of a SelfSubjectRulesReview.
[[nodiscard]] json::object rules_review_status(const PolicyRules& rules);

// --- escalation: nobody hands out what he does not hold ---

// A role or cluster role that `user` wants to write. `before` is null on create. Errors: kForbidden
// with the whole message of the Status. Writes that only touch metadata for the garbage collector
// are for the caller to let through.
struct RoleWrite {
  User user = {};
  Role role = {};
  const Role* before = nullptr;
  // On create: the name in the path. POST has none, and then a right to escalate one role by name
  // does not help.
  std::string path_name = {};
};

[[nodiscard]] Result<> check_role_write(Authorizer& authorizer, const RoleWrite& write);

// Also kNotFound for a role that is not there, with the whole message.
[[nodiscard]] Result<> check_binding_write(Authorizer& authorizer, const User& user,
                                           const Binding& binding);

}  // namespace dynamod::apiserver
