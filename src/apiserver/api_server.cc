// From an HTTP request to the step that answers it: path, identity, rights, resource.
#include "apiserver/api_server.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/crd_strategy.h"
#include "apiserver/identity/impersonation.h"
#include "apiserver/registry/object.h"
#include "apiserver/response.h"
#include "apiserver/validation/custom_resource.h"
#include "base/url.h"

namespace dynamod::apiserver {

namespace {

const std::vector<double> kSecondsBuckets = {0.005, 0.025, 0.1, 0.5, 1, 5, 30};
constexpr std::string_view kAcceptedTypes = "application/json, application/yaml";

Refused unauthorized() {
  return refuse({.code = 401, .reason = "Unauthorized", .message = "Unauthorized"});
}

Refused body_refused(const Error& error) {
  if (error.kind != Error::Kind::kTooLarge) return Refused(Refusal(error));
  return refuse({.code = 413,
                 .reason = "RequestEntityTooLarge",
                 .message = fmt::format("Request entity too large: limit is {}", kBodySizeMax)});
}

bool is_observability(std::string_view path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const std::string_view first = path.substr(0, path.find('/'));
  return first == "healthz" || first == "livez" || first == "readyz" || first == "metrics";
}

Attributes attributes_of(const User& user, const Route& route) {
  return {.user = user,
          .verb = route.verb,
          .is_resource = route.is_resource,
          .group = route.group,
          .resource = route.plural,
          .subresource = route.subresource,
          .name = route.name,
          .ns = route.ns,
          .path = route.path};
}

Caller caller_of(User user) {
  return {.name = std::move(user.name),
          .uid = std::move(user.uid),
          .groups = std::move(user.groups),
          .extra = std::move(user.extra)};
}

User user_of(const Caller& caller) {
  return {.name = caller.name, .uid = caller.uid, .groups = caller.groups, .extra = caller.extra};
}

}  // namespace

// What metrics say of a request.
struct ApiServer::Seen {
  std::string verb = {};
  std::string group = {};
  std::string version = {};
  std::string resource = {};
  std::string subresource = {};
  SteadyTime began = {};
};

ApiServer::ApiServer(Doors doors, ApiServerOptions options)
    : doors_(doors),
      options_(std::move(options)),
      registry_(comes_before),
      core_{.executor = doors.executor,
            .store = doors.store,
            .registry = registry_,
            .clock = doors.clock,
            .rng = doors.rng,
            .offload = doors.offload,
            .log = doors.log,
            .metrics = doors.metrics,
            .admissions = options_.admissions},
      authorizer_(make_rbac_authorizer(doors.store)),
      authenticator_(doors.clock, doors.store, doors.accounts, {.tokens = options_.tokens}),
      resources_(core_),
      customs_(core_, resources_.writes(), options_.conversions),
      event_expiry_(core_, resources_.writes()),
      open_api_(core_, customs_),
      root_(core_, open_api_, doors.accounts, options_.address),
      observability_(doors.metrics),
      tasks_(doors.executor, [this](const std::string& task, const Error& error) {
        doors_.log.error("A task of the API server ended",
                         {{"task", task}, {"error", error.message}});
      }) {
  for (Resource& resource : make_builtin_resources(builtin_services())) {
    if (resource.group == kCrdGroup && resource.plural == kCrdPlural) {
      resource.strategy = make_crd_strategy();
      resource.columns.clear();
    }
    registry_.add(std::move(resource));
  }
  observability_.add_ready_check("bootstrap", [this]() -> Result<> {
    if (ready_) return {};
    return fail(Error::Kind::kUnavailable, "the first objects are not there yet");
  });
}

ApiServer::~ApiServer() = default;

BuiltinServices ApiServer::builtin_services() {
  return {.store = doors_.store,
          .rng = doors_.rng,
          .pods = resources_.writes().pod_writes(),
          .authorize = [this](const Attributes& wanted) { return authorizer_->authorize(wanted); },
          .rules_for = [this](const User& user,
                              std::string_view ns) { return authorizer_->rules_for(user, ns); },
          .review_token =
              [this](std::string_view token, std::vector<std::string> audiences) {
                return authenticator_.review(token, std::move(audiences));
              },
          .issue_token = [this](TokenClaims& claims) { return doors_.accounts.issue(claims); },
          .check_escalation =
              [this](const json::object& object, const json::object* old, const Caller& caller) {
                return check_escalation(object, old, caller);
              },
          .service_range = options_.service_range,
          .audiences = authenticator_.audiences()};
}

Result<> ApiServer::check_escalation(const json::object& object, const json::object* old,
                                     const Caller& caller) const {
  const std::string kind = string_in(object, "kind");
  if (kind == "RoleBinding" || kind == "ClusterRoleBinding")
    return check_binding_write(*authorizer_, user_of(caller), binding_of(object));
  RoleWrite write{.user = user_of(caller), .role = role_of(object)};
  Role before;
  if (old) {
    before = role_of(*old);
    write.before = &before;
  }
  return check_role_write(*authorizer_, write);
}

Async<> ApiServer::start() {
  customs_.load();
  const BootstrapOptions first{.service_range = options_.service_range,
                               .port = options_.port,
                               .client_authorities_pem = options_.client_authorities_pem};
  CO_CHECK(co_await bootstrap(&core_, &resources_.writes(), first));
  tasks_.spawn("serve custom resources", customs_.follow());
  tasks_.spawn("forget old events", event_expiry_.follow());
  ready_ = true;
  co_return Result<>();
}

Task<> ApiServer::stop() {
  ready_ = false;
  co_await tasks_.stop();
}

Async<http::Response> ApiServer::handle(http::Request request) {
  Seen seen{.began = doors_.clock.now()};
  Outcome<http::Response> made = co_await answer(std::move(request), &seen);
  http::Response response = made ? *std::move(made) : response_of(made.error());
  count(seen, response.status);
  co_return response;
}

Task<Outcome<http::Response>> ApiServer::answer(http::Request request, Seen* seen) {
  CO_TRY(QueryItems query, decode_query(request.query()));
  CO_TRY(Route route, parse_route(request.method, request.path(), query));
  *seen = {.verb = route.verb,
           .group = route.group,
           .version = route.version,
           .resource = route.plural,
           .subresource = route.subresource,
           .began = seen->began};
  CO_TRY(User user, identify(request, route));
  CO_CHECK(authorize(user, route));
  if (route.is_resource) {
    const Rendering rendering =
        choose_rendering(request.headers.get("Accept")).value_or(Rendering{});
    CO_TRY(Reply reply, co_await answer_resource(std::move(request), std::move(route),
                                                 std::move(query), std::move(user)));
    co_return response_of(std::move(reply), rendering);
  }
  if (is_observability(route.path)) {
    CO_TRY(http::Response health, co_await observability_.handle(std::move(request)));
    co_return health;
  }
  RootRequest root{.path = route.path,
                   .query = std::move(query),
                   .accept = request.headers.get("Accept"),
                   .if_none_match = request.headers.get("If-None-Match")};
  if (root.path.ends_with('/')) root.path.pop_back();
  CO_TRY(Reply reply, co_await root_.handle(std::move(root)));
  co_return response_of(std::move(reply));
}

Outcome<User> ApiServer::identify(const http::Request& request, const Route& route) const {
  auto user = authenticator_.authenticate(request);
  if (!user) {
    doors_.log.debug("Not authenticated",
                     {{"peer", request.peer}, {"error", user.error().message}});
    return unauthorized();
  }
  auto acting = acting_user(*authorizer_, attributes_of(*user, route), request.headers);
  if (!acting) return Refused(Refusal(acting.error()));
  return *std::move(acting);
}

Outcome<> ApiServer::authorize(const User& user, const Route& route) const {
  const Attributes wanted = attributes_of(user, route);
  const Decision decision = authorizer_->authorize(wanted);
  if (decision.allowed) return {};
  json::object details;
  if (!route.name.empty()) details["name"] = route.name;
  if (!route.group.empty()) details["group"] = route.group;
  if (!route.plural.empty()) details["kind"] = route.plural;
  return refuse({.code = 403,
                 .reason = "Forbidden",
                 .message = forbidden_error(wanted, decision.reason).message,
                 .details = std::move(details)});
}

HandlerTask ApiServer::answer_resource(http::Request request, Route route, QueryItems query,
                                       User user) {
  auto asked = std::make_shared<ApiRequest>();
  asked->resource = registry_.find(route.group, route.version, route.plural);
  if (!asked->resource) co_return page_not_found();
  const auto rendering = choose_rendering(request.headers.get("Accept"));
  if (!rendering) co_return not_acceptable(kAcceptedTypes);
  auto body = co_await http::read_all(std::move(request.body), kBodySizeMax);
  if (!body) co_return body_refused(body.error());
  asked->route = std::move(route);
  asked->query = std::move(query);
  asked->method = request.method;
  asked->content_type = request.headers.get("Content-Type");
  asked->user_agent = request.headers.get("User-Agent");
  asked->body = *std::move(body);
  asked->caller = caller_of(std::move(user));
  asked->rendering = *rendering;
  asked->now = doors_.clock.wall();
  Outcome<Reply> made = co_await resources_.handle(asked);
  for (const std::string& warning : asked->warnings) {
    auto& headers = made ? made->headers : made.error().headers;
    headers.emplace_back("Warning", warning_header(warning));
  }
  co_return made;
}

void ApiServer::count(const Seen& seen, int status) {
  const std::string code = std::to_string(status);
  doors_.metrics
      .counter("apiserver_request_total", "Requests answered.",
               {{"verb", seen.verb},
                {"group", seen.group},
                {"version", seen.version},
                {"resource", seen.resource},
                {"subresource", seen.subresource},
                {"code", code}})
      .add();
  if (seen.verb == "watch") return;
  const std::chrono::duration<double> took = doors_.clock.now() - seen.began;
  doors_.metrics
      .histogram("apiserver_request_duration_seconds",
                 "Time until the answer began, without watches.", kSecondsBuckets,
                 {{"verb", seen.verb}, {"group", seen.group}, {"resource", seen.resource}})
      .observe(took.count());
}

}  // namespace dynamod::apiserver
