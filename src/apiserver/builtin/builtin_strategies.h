// All built-in resources with their strategies: what ApiServer registers at its start.
//
// For whoever renders Tables: `columns` of these resources and Strategy::cells follow the rule of
// registry/resource.h (no Name) but where the name is not the plain name in front: if `columns`
// itself has a column "Name", cells() has a cell for it and no other Name column is wanted (events,
// storage classes, ingress classes).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/identity/authenticator.h"
#include "apiserver/identity/authorizer.h"
#include "apiserver/identity/service_account_token.h"
#include "apiserver/registry/resource.h"
#include "apiserver/registry/strategy.h"
#include "apiserver/store/store.h"
#include "base/rng.h"

namespace dynamod::apiserver {

// How special answers change pods: as any write of the pipeline, with managedFields, admission,
// commit. `caller`, `key`, `now` and `dry_run` are the request's; the resource is pods.
struct PodWrites {
  // `edit` gets the pod as it is and changes it in place; its error refuses the write.
  std::function<Async<json::object>(SpecialRequest, std::function<Result<>(json::object&)> edit)>
      update = {};
  // A DELETE with these DeleteOptions.
  std::function<Async<json::object>(SpecialRequest, json::object options)> remove = {};
};

// What strategies need of the outside. Functions that are not set refuse what needs them
// (kUnavailable); `store` and `rng` outlive the resources.
struct BuiltinServices {
  Store& store;
  Rng& rng;
  PodWrites pods = {};
  std::function<Decision(const Attributes&)> authorize = {};
  std::function<PolicyRules(const User&, std::string_view ns)> rules_for = {};
  std::function<Result<TokenReview>(std::string_view token, std::vector<std::string> audiences)>
      review_token = {};
  std::function<std::string(TokenClaims&)> issue_token = {};
  // Refuses a role or binding that hands out more than the caller holds. `old` is null on create.
  std::function<Result<>(const json::object& object, const json::object* old, const Caller&)>
      check_escalation = {};
  // Of cluster IPs, and the ports that NodePort services get.
  std::string service_range = "10.96.0.0/16";
  // The audiences of tokens that ask for none.
  std::vector<std::string> audiences = {std::string(kDefaultAudience)};
};

// One Resource for each of kube::builtin_resources(), in that order. CustomResourceDefinitions are
// among them with the generic strategy: whoever serves them replaces it.
[[nodiscard]] std::vector<Resource> make_builtin_resources(const BuiltinServices& services);

// Objects a new server has, as clients expect them: the namespaces default, kube-system,
// kube-public and kube-node-lease, the two priorities of the system, and (with its address) the
// Service default/kubernetes. In the order in which they must be created; each is to go through the
// pipeline.
[[nodiscard]] std::vector<json::object> bootstrap_namespaces();
[[nodiscard]] std::vector<json::object> bootstrap_priority_classes();
// `service_range` as above: the Service has its first address.
[[nodiscard]] json::object bootstrap_service(std::string_view service_range, std::uint16_t port);

// Events are forgotten this long after they were last written.
inline constexpr Duration kEventLifetime = std::chrono::hours(1);

}  // namespace dynamod::apiserver
