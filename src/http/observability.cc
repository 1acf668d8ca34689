// Routes and texts; k8s.io/apiserver/pkg/server/healthz is the model.
#include "http/observability.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/url.h"

namespace dynamod::http {

namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

bool has(const Query& query, std::string_view key) {
  return std::ranges::any_of(query, [key](const auto& item) { return item.first == key; });
}

bool excludes(const Query& query, std::string_view name) {
  return std::ranges::any_of(
      query, [name](const auto& item) { return item.first == "exclude" && item.second == name; });
}

bool is_endpoint(std::string_view name) {
  return name == "healthz" || name == "livez" || name == "readyz";
}

Response plain(int status, std::string text) {
  Response response = text_response(status, std::move(text), "text/plain; charset=utf-8");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Cache-Control", "no-cache, private");
  return response;
}

}  // namespace

void Observability::add_live_check(std::string name, Check check) {
  checks_.push_back({std::move(name), true, std::move(check)});
}

void Observability::add_ready_check(std::string name, Check check) {
  checks_.push_back({std::move(name), false, std::move(check)});
}

Async<Response> Observability::handle(Request request) {
  co_return answer(request);
}

Response Observability::answer(const Request& request) const {
  std::string_view path = request.path();
  if (request.method != "GET" && request.method != "HEAD") {
    Response refused = plain(405, "only GET and HEAD are served here\n");
    refused.headers.add("Allow", "GET, HEAD");
    return refused;
  }
  if (path == "/metrics")
    return text_response(200, metrics_.text(), "text/plain; version=0.0.4; charset=utf-8");
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.find('/');
  const std::string_view endpoint = path.substr(0, slash);
  if (!is_endpoint(endpoint)) return plain(404, "404 page not found\n");
  if (slash != std::string_view::npos) return check_one(endpoint, path.substr(slash + 1));
  return check_all(endpoint, request.query());
}

Response Observability::check_all(std::string_view endpoint, std::string_view query_text) const {
  const Query query = decode_query(query_text).value_or(Query{});
  std::string lines;
  bool failed = false;
  for (const auto& [name, live, check] : checks_) {
    if (!live && endpoint != "readyz") continue;
    if (excludes(query, name)) {
      lines += fmt::format("[+]{} excluded: ok\n", name);
      continue;
    }
    const Result<> checked = check();
    failed = failed || !checked;
    lines += checked ? fmt::format("[+]{} ok\n", name)
                     : fmt::format("[-]{} failed: {}\n", name, checked.error().message);
  }
  if (failed) return plain(500, fmt::format("{}{} check failed\n", lines, endpoint));
  if (has(query, "verbose")) return plain(200, fmt::format("{}{} check passed\n", lines, endpoint));
  return plain(200, "ok");
}

Response Observability::check_one(std::string_view endpoint, std::string_view name) const {
  for (const auto& one : checks_) {
    if (one.name != name || (!one.live && endpoint != "readyz")) continue;
    const Result<> checked = one.check();
    return checked ? plain(200, "ok")
                   : plain(500, fmt::format("{} failed: {}\n", name, checked.error().message));
  }
  return plain(404, "404 page not found\n");
}

}  // namespace dynamod::http
