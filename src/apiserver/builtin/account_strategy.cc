// ServiceAccounts: tokens on request (serviceaccounts/token).
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/builtin_strategy.h"
#include "apiserver/builtin/edit.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

const Collection kAccounts = "serviceaccounts";
constexpr std::int64_t kSecondsDefault = 3600;
constexpr std::int64_t kSecondsMin = 600;
constexpr std::int64_t kSecondsMax = std::int64_t{1} << 32;

Error invalid_request(std::string_view name, std::string problem) {
  return {Error::Kind::kInvalid, fmt::format("TokenRequest.authentication.k8s.io {} is invalid: {}",
                                             kube::quote(name), problem)};
}

Result<std::int64_t> wanted_seconds(const json::object& body, std::string_view name) {
  const auto seconds = integer_in(object_in(body, "spec"), "expirationSeconds", kSecondsDefault);
  const auto problem = [&](std::string_view why) {
    return std::unexpected(invalid_request(
        name, fmt::format("spec.expirationSeconds: Invalid value: {}: {}", seconds, why)));
  };
  if (seconds < kSecondsMin) return problem("may not specify a duration less than 10 minutes");
  if (seconds > kSecondsMax) return problem("may not specify a duration larger than 2^32 seconds");
  return seconds;
}

class AccountStrategy final : public BuiltinStrategy {
 public:
  explicit AccountStrategy(const BuiltinServices& services)
      : BuiltinStrategy("ServiceAccount"),
        store_(services.store),
        issue_(services.issue_token),
        audiences_(services.audiences) {}

  bool answers(std::string_view method, std::string_view subresource) const override {
    return method == "POST" && subresource == "token";
  }

  Async<SpecialAnswer> special(SpecialRequest request) const override {
    CO_TRY(json::object answer, issue(request));
    co_return SpecialAnswer{.status = 201, .object = std::move(answer)};
  }

 private:
  Result<json::object> issue(const SpecialRequest& request) const {
    const ObjectPtr account = store_.decided(kAccounts, request.key);
    if (account == nullptr)
      return fail(Error::Kind::kNotFound,
                  fmt::format("serviceaccounts \"{}\" not found", request.key.name));
    if (!issue_) return fail(Error::Kind::kUnavailable, "this server has no key for tokens");
    TRY(const std::int64_t seconds, wanted_seconds(request.body, request.key.name));
    json::object answer = request.body;
    json::object& spec = make_object(answer, "spec");
    if (array_in(spec, "audiences").empty())
      spec["audiences"] = json::array(audiences_.begin(), audiences_.end());
    spec["expirationSeconds"] = seconds;
    TokenClaims claims{.ns = request.key.ns,
                       .account = {request.key.name, account->uid},
                       .audiences = texts_in(spec, "audiences"),
                       .issued_at = request.now,
                       .expires_at = request.now + std::chrono::seconds(seconds),
                       .id = ""};
    CHECK_OK(bind_to_object(claims, object_in(spec, "boundObjectRef"), request.key));
    json::object& metadata = make_object(answer, "metadata");
    metadata["name"] = request.key.name;
    metadata["namespace"] = request.key.ns;
    metadata["creationTimestamp"] = format_time(request.now);
    answer["status"] = json::object{{"token", issue_(claims)},
                                    {"expirationTimestamp", format_time(claims.expires_at)}};
    return answer;
  }

  // A token that dies with a pod, secret or node.
  Result<> bind_to_object(TokenClaims& claims, const json::object& reference,
                          const kube::ObjectKey& account) const {
    if (reference.empty()) return {};
    const auto kind = text_in(reference, "kind");
    const std::string name(text_in(reference, "name"));
    const bool pod = kind == "Pod";
    const bool secret = kind == "Secret";
    if (!pod && !secret && kind != "Node")
      return fail(
          Error::Kind::kBadRequest,
          fmt::format("cannot bind token for serviceaccount to object of type v1, Kind={}", kind));
    const Collection collection = pod ? "pods" : (secret ? "secrets" : "nodes");
    const kube::ObjectKey key{pod || secret ? account.ns : "", name};
    const ObjectPtr found = store_.decided(collection, key);
    if (found == nullptr)
      return fail(Error::Kind::kNotFound, fmt::format("{} \"{}\" not found", collection, name));
    const auto uid = text_in(reference, "uid");
    if (!uid.empty() && uid != found->uid)
      return fail(Error::Kind::kConflict,
                  fmt::format("Operation cannot be fulfilled on {} \"{}\": the UID in the bound "
                              "object reference ({}) does not match the UID in record. The object "
                              "might have been deleted and then recreated",
                              kind, name, uid));
    const ObjectReference bound{name, found->uid};
    if (!pod) {
      (secret ? claims.secret : claims.node) = bound;
      return {};
    }
    claims.pod = bound;
    return check_pod(*found, account, claims);
  }

  Result<> check_pod(const StoredObject& pod, const kube::ObjectKey& account,
                     TokenClaims& claims) const {
    const auto decoded = decode_json(pod.bytes);
    if (!decoded || !decoded->is_object()) return {};
    const json::object& spec = object_in(decoded->get_object(), "spec");
    const auto used = text_in(spec, "serviceAccountName");
    if (used != account.name)
      return fail(Error::Kind::kBadRequest,
                  fmt::format("cannot bind token for serviceaccount \"{}\" to pod running with "
                              "different serviceaccount name.",
                              account.name));
    const std::string node(text_in(spec, "nodeName"));
    const ObjectPtr found = node.empty() ? nullptr : store_.decided("nodes", {"", node});
    if (!node.empty()) claims.node = ObjectReference{node, found == nullptr ? "" : found->uid};
    return {};
  }

  Store& store_;
  std::function<std::string(TokenClaims&)> issue_;
  std::vector<std::string> audiences_;
};

}  // namespace

std::shared_ptr<const Strategy> make_account_strategy(const BuiltinServices& services) {
  return std::make_shared<const AccountStrategy>(services);
}

}  // namespace dynamod::apiserver
