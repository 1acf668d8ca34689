// A Kubernetes API server as a Handler: free of sockets, of files and of real time. One request,
// step by step, is in docs/architecture.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apiserver/bootstrap.h"
#include "apiserver/core.h"
#include "apiserver/custom_resources.h"
#include "apiserver/event_expiry.h"
#include "apiserver/identity/authenticator.h"
#include "apiserver/identity/authorizer.h"
#include "apiserver/resource_requests.h"
#include "apiserver/root_paths.h"
#include "base/task_group.h"
#include "http/handler.h"
#include "http/observability.h"

namespace dynamod::apiserver {

struct ApiServerOptions {
  std::string address = "127.0.0.1:6443";  // what clients reach it by
  std::uint16_t port = 6443;
  TokenTable tokens = {};
  std::string service_range = "10.96.0.0/16";
  std::string client_authorities_pem = {};  // told to programs beside us
  Admissions admissions = {};
  Conversions conversions = {};
};

class ApiServer final : public http::Handler {
 public:
  // All outlive the server.
  struct Doors {
    Executor executor;
    Store& store;
    Clock& clock;
    Rng& rng;
    Offload& offload;
    const Log& log;
    Metrics& metrics;
    const ServiceAccountTokens& accounts;
  };

  ApiServer(Doors doors, ApiServerOptions options);
  ~ApiServer() override;

  // Fills a new store and begins to serve custom resources; requests may come when it has ended.
  [[nodiscard]] Async<> start();
  // Must have ended before the server is destroyed. Streams that run are the socket server's.
  Task<> stop();

  // Never an Error: refusals are answers too.
  Async<http::Response> handle(http::Request request) override;

  [[nodiscard]] const Registry& registry() const { return registry_; }

 private:
  struct Seen;

  [[nodiscard]] Task<Outcome<http::Response>> answer(http::Request request, Seen* seen);
  [[nodiscard]] HandlerTask answer_resource(http::Request request, Route route, QueryItems query,
                                            User user);
  [[nodiscard]] Outcome<User> identify(const http::Request& request, const Route& route) const;
  [[nodiscard]] Outcome<> authorize(const User& user, const Route& route) const;
  [[nodiscard]] BuiltinServices builtin_services();
  [[nodiscard]] Result<> check_escalation(const json::object& object, const json::object* old,
                                          const Caller& caller) const;
  void count(const Seen& seen, int status);

  Doors doors_;
  ApiServerOptions options_;
  Registry registry_;
  Core core_;
  std::unique_ptr<Authorizer> authorizer_;
  Authenticator authenticator_;
  ResourceRequests resources_;
  CustomResources customs_;
  EventExpiry event_expiry_;
  OpenApi open_api_;
  RootPaths root_;
  http::Observability observability_;
  bool ready_ = false;
  TaskGroup tasks_;
};

}  // namespace dynamod::apiserver
