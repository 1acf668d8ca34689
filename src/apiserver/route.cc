// Segments of a path into names; k8s.io/apiserver/pkg/endpoints/request is the model.
#include "apiserver/route.h"

#include <algorithm>
#include <span>

#include "base/url.h"

namespace dynamod::apiserver {

namespace {

Result<std::vector<std::string>> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view raw = path.substr(0, slash);
    if (!raw.empty()) {
      TRY(std::string decoded, percent_decode(raw));
      segments.push_back(std::move(decoded));
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// `namespaces/x/status` is the namespace's own; any other third part is a resource inside it.
bool is_namespace_subresource(std::string_view segment) {
  return segment == "status" || segment == "finalize";
}

// What stands behind the version: [namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE[/REST...]]]
void read_resource(Route& route, std::span<const std::string> parts) {
  if (parts.size() >= 2 && parts[0] == "namespaces") {
    route.ns = parts[1];
    if (parts.size() > 2 && !is_namespace_subresource(parts[2])) parts = parts.subspan(2);
  }
  route.plural = parts[0];
  if (parts.size() > 1) route.name = parts[1];
  if (parts.size() > 2) route.subresource = parts[2];
  for (std::size_t i = 3; i < parts.size(); ++i) {
    if (!route.rest.empty()) route.rest += '/';
    route.rest += parts[i];
  }
}

std::string verb_of(std::string_view method, const Route& route, const QueryItems& query) {
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return route.name.empty() ? "deletecollection" : "delete";
  if (method != "GET" && method != "HEAD") return lower(method);
  const bool watches = query_flag(query, "watch");
  if (!route.name.empty()) return watches && route.subresource.empty() ? "watch" : "get";
  return watches ? "watch" : "list";
}

}  // namespace

Result<Route> parse_route(std::string_view method, std::string_view path, const QueryItems& query) {
  Route route{.path = std::string(path), .verb = lower(method)};
  TRY(const auto parts, segments_of(path));
  if (parts.empty()) return route;
  const bool core = parts[0] == "api";
  const bool grouped = parts[0] == "apis";
  const std::size_t names_at = core ? 2 : 3;
  if ((!core && !grouped) || parts.size() <= names_at) return route;
  route.is_resource = true;
  route.group = core ? "" : parts[1];
  route.version = parts[names_at - 1];
  read_resource(route, std::span(parts).subspan(names_at));
  route.verb = verb_of(method, route, query);
  return route;
}

std::string_view query_value(const QueryItems& query, std::string_view key) {
  const auto found = std::ranges::find(query, key, &QueryItems::value_type::first);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

bool query_flag(const QueryItems& query, std::string_view key) {
  const std::string_view value = query_value(query, key);
  constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  return std::ranges::find(kTrue, value) != std::ranges::end(kTrue);
}

}  // namespace dynamod::apiserver
