// /healthz, /livez, /readyz as Kubernetes' programs print them, and /metrics.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "http/handler.h"

namespace dynamod::http {

// GET /readyz is "ok", or 500 with a line for each check; with ?verbose always the lines;
// ?exclude=NAME leaves one out; /readyz/NAME asks one alone:
//   [+]ping ok
//   [-]cache failed: the first list has not ended
//   readyz check failed
class Observability final : public Handler {
 public:
  // Says why not. Called on the core thread for each request: it reads a state, it does no work.
  using Check = std::function<Result<>()>;

  // `metrics` outlives the handler.
  explicit Observability(const Metrics& metrics) : metrics_(metrics) {}

  // A failing live check asks for a restart: it counts for /livez and /healthz, and for /readyz
  // too.
  void add_live_check(std::string name, Check check);
  void add_ready_check(std::string name, Check check);

  Async<Response> handle(Request request) override;

 private:
  struct NamedCheck {
    std::string name;
    bool live;
    Check check;
  };

  [[nodiscard]] Response answer(const Request& request) const;
  [[nodiscard]] Response check_all(std::string_view endpoint, std::string_view query) const;
  [[nodiscard]] Response check_one(std::string_view endpoint, std::string_view name) const;

  const Metrics& metrics_;
  std::vector<NamedCheck> checks_ = {{"ping", true, [] { return Result<>(); }}};
};

}  // namespace dynamod::http
