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

Problems seconds_problems(std::int64_t seconds) {
  Problems problems;
  if (seconds < kSecondsMin)
    problems.push_back(invalid_value("spec.expirationSeconds", seconds,
                                     "may not specify a duration less than 10 minutes"));
  if (seconds > kSecondsMax)
    problems.push_back(invalid_value("spec.expirationSeconds", seconds,
                                     "may not specify a duration larger than 2^32 seconds"));
  return problems;
}

std::int64_t wanted_seconds(const json::object& body) {
  return integer_in(object_in(body, "spec"), "expirationSeconds", kSecondsDefault);
}

// What a boundObjectRef of an account in `ns` means; nothing when it is of no kind that tokens can
// be bound to.
std::optional<std::pair<Collection, kube::ObjectKey>> bound_object(const json::object& reference,
                                                                   std::string_view ns) {
  const auto kind = text_in(reference, "kind");
  const std::string name(text_in(reference, "name"));
  if (kind == "Pod") return std::pair("pods", kube::ObjectKey{std::string(ns), name});
  if (kind == "Secret") return std::pair("secrets", kube::ObjectKey{std::string(ns), name});
  if (kind == "Node") return std::pair("nodes", kube::ObjectKey{"", name});
  return std::nullopt;
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
    const Problems problems = seconds_problems(wanted_seconds(request.body));
    if (!problems.empty())
      co_return invalid_answer({.group = "authentication.k8s.io", .kind = "TokenRequest"}, "",
                               problems);
    if (const auto missing = absent(request)) {
      const auto& [collection, name] = *missing;
      Error error{Error::Kind::kNotFound, fmt::format("{} \"{}\" not found", collection, name)};
      co_return refused_answer(error, collection, name);
    }
    CO_TRY(json::object answer, issue(request));
    co_return SpecialAnswer{.status = 201, .object = std::move(answer)};
  }

 private:
  // The first object that the request names and that is not there: its collection and name.
  std::optional<std::pair<Collection, std::string>> absent(const SpecialRequest& request) const {
    if (store_.decided(kAccounts, request.key) == nullptr)
      return std::pair(kAccounts, request.key.name);
    const auto bound = bound_object(object_at(request.body, "spec.boundObjectRef"), request.key.ns);
    if (!bound || store_.decided(bound->first, bound->second) != nullptr) return std::nullopt;
    return std::pair(bound->first, bound->second.name);
  }

  // absent() has found nothing.
  Result<json::object> issue(const SpecialRequest& request) const {
    const ObjectPtr account = store_.decided(kAccounts, request.key);
    if (!issue_) return fail(Error::Kind::kUnavailable, "this server has no key for tokens");
    const std::int64_t seconds = wanted_seconds(request.body);
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
    metadata["uid"] = account->uid;
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
    const auto named = bound_object(reference, account.ns);
    if (!named)
      return fail(
          Error::Kind::kBadRequest,
          fmt::format("cannot bind token for serviceaccount to object of type v1, Kind={}", kind));
    const auto& [collection, key] = *named;
    const ObjectPtr found = store_.decided(collection, key);
    const auto uid = text_in(reference, "uid");
    if (!uid.empty() && uid != found->uid)
      return fail(Error::Kind::kConflict,
                  fmt::format("Operation cannot be fulfilled on {} \"{}\": the UID in the bound "
                              "object reference ({}) does not match the UID in record. The object "
                              "might have been deleted and then recreated",
                              kind, key.name, uid));
    const ObjectReference bound{key.name, found->uid};
    if (kind != "Pod") {
      (kind == "Secret" ? claims.secret : claims.node) = bound;
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
