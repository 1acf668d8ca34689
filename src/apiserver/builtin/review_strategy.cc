// Kinds that are questions: who am I, may I, may he, whose token is this. Nothing is stored.
#include <fmt/format.h>

#include "apiserver/builtin/builtin_strategy.h"
#include "apiserver/builtin/edit.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

User user_of_caller(const Caller& caller) {
  return {caller.name, caller.uid, caller.groups, caller.extra};
}

// The user that a SubjectAccessReview asks about.
User user_in(const json::object& spec) {
  User user{.name = std::string(text_in(spec, "user")),
            .uid = std::string(text_in(spec, "uid")),
            .groups = texts_in(spec, "groups"),
            .extra = {}};
  const json::object& extra = object_in(spec, "extra");
  for (const auto& [name, values] : extra) user.extra[name] = texts_in(extra, name);
  return user;
}

Attributes attributes_in(const json::object& spec, User user) {
  const json::object& resource = object_in(spec, "resourceAttributes");
  const json::object& path = object_in(spec, "nonResourceAttributes");
  if (lacks(spec, "resourceAttributes"))
    return {.user = std::move(user),
            .verb = std::string(text_in(path, "verb")),
            .is_resource = false,
            .path = std::string(text_in(path, "path"))};
  return {.user = std::move(user),
          .verb = std::string(text_in(resource, "verb")),
          .is_resource = true,
          .group = std::string(text_in(resource, "group")),
          .resource = std::string(text_in(resource, "resource")),
          .subresource = std::string(text_in(resource, "subresource")),
          .name = std::string(text_in(resource, "name")),
          .ns = std::string(text_in(resource, "namespace")),
          .path = {}};
}

// As ValidateSubjectAccessReview and its like: LocalSubjectAccessReviews look no further once the
// namespaces differ.
Problems question_problems(const SpecialRequest& request, std::string_view kind) {
  const json::object& spec = object_in(request.body, "spec");
  Problems problems;
  if (kind == "LocalSubjectAccessReview" &&
      text_at(spec, "resourceAttributes.namespace") != request.key.ns) {
    problems.push_back(invalid_value("spec.resourceAttributes.namespace",
                                     json::string(text_at(spec, "resourceAttributes.namespace")),
                                     "must match metadata.namespace"));
    return problems;
  }
  if (lacks(spec, "resourceAttributes") == lacks(spec, "nonResourceAttributes"))
    problems.push_back(invalid_value("spec.resourceAttributes", nullptr,
                                     "exactly one of nonResourceAttributes or resourceAttributes "
                                     "must be specified"));
  const bool about_others = kind != "SelfSubjectAccessReview";
  if (about_others && text_in(spec, "user").empty() && array_in(spec, "groups").empty())
    problems.push_back(
        invalid_value("spec.user", "", "at least one of user or group must be specified"));
  return problems;
}

class ReviewStrategy final : public BuiltinStrategy {
 public:
  ReviewStrategy(std::string_view kind, const BuiltinServices& services)
      : BuiltinStrategy(kind),
        kind_(kind),
        authorize_(services.authorize),
        rules_for_(services.rules_for),
        review_token_(services.review_token) {}

  bool answers(std::string_view method, std::string_view subresource) const override {
    return method == "POST" && subresource.empty();
  }

  Async<SpecialAnswer> special(SpecialRequest request) const override {
    if (kind_.ends_with("AccessReview")) {
      const Problems problems = question_problems(request, kind_);
      // Kubernetes forgot to name the kind.
      if (!problems.empty())
        co_return invalid_answer({.group = "authorization.k8s.io"}, "", problems);
    }
    CO_TRY(json::object status, answer(request));
    json::object object = std::move(request.body);
    json::object& metadata = make_object(object, "metadata");
    if (kind_ == "SelfSubjectReview") metadata["creationTimestamp"] = format_time(request.now);
    if (kind_ == "SelfSubjectRulesReview") object["spec"] = json::object();
    object["status"] = std::move(status);
    co_return SpecialAnswer{.status = 201, .object = std::move(object)};
  }

 private:
  Result<json::object> answer(const SpecialRequest& request) const {
    if (kind_ == "SelfSubjectReview")
      return json::object{{"userInfo", user_info_json(user_of_caller(request.caller))}};
    if (kind_ == "SelfSubjectRulesReview") return rules(request);
    if (kind_ == "TokenReview") return token(request);
    return access(request);
  }

  Result<json::object> access(const SpecialRequest& request) const {
    if (!authorize_) return fail(Error::Kind::kUnavailable, "this server has no authorizer");
    const json::object& spec = object_in(request.body, "spec");
    const bool about_others = kind_ != "SelfSubjectAccessReview";
    User user = about_others ? user_in(spec) : user_of_caller(request.caller);
    const Decision decision = authorize_(attributes_in(spec, std::move(user)));
    json::object status{{"allowed", decision.allowed}};
    if (!decision.reason.empty()) status["reason"] = decision.reason;
    return status;
  }

  Result<json::object> rules(const SpecialRequest& request) const {
    if (!rules_for_) return fail(Error::Kind::kUnavailable, "this server has no authorizer");
    const auto ns = text_at(request.body, "spec.namespace");
    if (ns.empty()) return fail(Error::Kind::kBadRequest, "no namespace on request");
    return rules_review_status(rules_for_(user_of_caller(request.caller), ns));
  }

  Result<json::object> token(const SpecialRequest& request) const {
    if (!review_token_) return fail(Error::Kind::kUnavailable, "this server reviews no tokens");
    const json::object& spec = object_in(request.body, "spec");
    if (text_in(spec, "token").empty())
      return fail(Error::Kind::kBadRequest, "token is required for TokenReview in authentication");
    const auto review = review_token_(text_in(spec, "token"), texts_in(spec, "audiences"));
    if (!review) return json::object{{"user", json::object()}, {"error", review.error().message}};
    return json::object{
        {"authenticated", true},
        {"user", user_info_json(review->user)},
        {"audiences", json::array(review->audiences.begin(), review->audiences.end())}};
  }

  std::string kind_;
  std::function<Decision(const Attributes&)> authorize_;
  std::function<PolicyRules(const User&, std::string_view)> rules_for_;
  std::function<Result<TokenReview>(std::string_view, std::vector<std::string>)> review_token_;
};

}  // namespace

std::shared_ptr<const Strategy> make_review_strategy(std::string_view kind,
                                                     const BuiltinServices& services) {
  return std::make_shared<const ReviewStrategy>(kind, services);
}

}  // namespace dynamod::apiserver
