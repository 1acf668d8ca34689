// Verbs to functions; 404 and 405 for what the resource does not have.
#include "apiserver/resource_requests.h"

#include <algorithm>
#include <utility>

namespace dynamod::apiserver {

namespace {

kube::Verbs verb_bit(std::string_view name) {
  const auto found = std::ranges::find(kube::kVerbNames, name, &kube::VerbName::name);
  return found == std::ranges::end(kube::kVerbNames) ? kube::Verbs{0} : found->verb;
}

// What only the node that runs a pod can answer.
bool is_streaming(std::string_view subresource) {
  constexpr std::string_view kNames[] = {"log", "exec", "attach", "portforward", "proxy"};
  return std::ranges::find(kNames, subresource) != std::ranges::end(kNames);
}

Outcome<> check_verb(const ApiRequest& request) {
  const Route& route = request.route;
  const Resource& resource = *request.resource;
  kube::Verbs allowed = resource.verbs;
  if (!route.subresource.empty()) {
    const Subresource* sub = resource.subresource(route.subresource);
    if (!sub || !route.rest.empty()) return no_such_resource(resource.group, resource.plural);
    allowed = sub->verbs;
  }
  if ((allowed & verb_bit(route.verb)) == 0) return method_not_allowed(request.method);
  // POST to an object that exists, PUT to none in particular.
  const bool named = !route.name.empty();
  const bool main = route.subresource.empty();
  if (main && route.verb == "create" && named) return method_not_allowed(request.method);
  if ((route.verb == "update" || route.verb == "patch") && !named)
    return method_not_allowed(request.method);
  const bool nowhere = resource.namespaced && route.ns.empty();
  if (nowhere && named) return no_such_resource(resource.group, resource.plural);
  if (nowhere && (route.verb == "create" || route.verb == "deletecollection"))
    return method_not_allowed(request.method);
  if (!resource.namespaced && !route.object_ns().empty())
    return no_such_resource(resource.group, resource.plural);
  return {};
}

}  // namespace

HandlerTask ResourceRequests::handle(RequestPtr request) const {
  const Route& route = request->route;
  CO_CHECK(check_verb(*request));
  if (!request->resource->deprecation_warning.empty())
    request->warnings.push_back(request->resource->deprecation_warning);
  if (is_streaming(route.subresource))
    co_return refuse({.code = 503,
                      .reason = "ServiceUnavailable",
                      .message = "no node of this server runs pods"});
  if (route.verb == "create" &&
      request->resource->strategy->answers(request->method, route.subresource))
    co_return co_await writes_.special(std::move(request));
  if (route.verb == "get") co_return co_await reader_.get(std::move(request));
  if (route.verb == "list") co_return co_await reader_.list(std::move(request));
  if (route.verb == "watch") co_return co_await reader_.watch(std::move(request));
  if (route.verb == "create") co_return co_await writes_.create(std::move(request));
  if (route.verb == "update") co_return co_await writes_.replace(std::move(request));
  if (route.verb == "patch") co_return co_await writes_.patch(std::move(request));
  if (route.verb == "delete") co_return co_await writes_.remove(std::move(request));
  if (route.verb == "deletecollection") co_return co_await writes_.remove_all(std::move(request));
  co_return method_not_allowed(request->method);
}

}  // namespace dynamod::apiserver
