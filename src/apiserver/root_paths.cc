// Paths to documents.
#include "apiserver/root_paths.h"

#include <utility>

#include <fmt/format.h>

#include "apiserver/registry/discovery.h"
#include "base/hash.h"
#include "kube/builtin/builtin.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kOpenApiRoot = "/openapi/v3";

// "v1.36.3" is major 1, minor 36.
std::string minor_of(std::string_view release) {
  release.remove_prefix(release.find('.') + 1);
  return std::string(release.substr(0, release.find('.')));
}

Reply document(const json::object& body) {
  Reply reply;
  reply.text = encode_json(body) + "\n";
  return reply;
}

// Version 2 is there for tools that insist on its JSON: a document that promises nothing. kubectl
// wants it as protobuf, and goes on without it when there is none (but not when that is refused).
json::object open_api_v2() {
  return {{"swagger", "2.0"},
          {"info", {{"title", "Kubernetes"}, {"version", kube::builtin_release()}}},
          {"paths", json::object()},
          {"definitions", json::object()}};
}

}  // namespace

Reply page_not_found() {
  return {
      .status = 404, .content_type = "text/plain; charset=utf-8", .text = "404 page not found\n"};
}

HandlerTask RootPaths::handle(RootRequest request) const {
  const std::string& path = request.path;
  if (path == "/version") co_return document(version());
  if (path == "/openapi/v2") {
    const auto rendering = choose_rendering(request.accept);
    if (!rendering) co_return page_not_found();
    co_return document(open_api_v2());
  }
  if (path == kOpenApiRoot || path.starts_with("/openapi/v3/")) {
    std::string rest = path.substr(kOpenApiRoot.size());
    if (rest.starts_with('/')) rest.erase(0, 1);
    std::string hash(query_value(request.query, "hash"));
    co_return co_await open_api_.handle(std::move(rest), std::move(hash));
  }
  if (path == "/openid/v1/jwks") co_return document(accounts_.key_set());
  if (path == "/.well-known/openid-configuration") co_return document(issuer());
  co_return discovery(request);
}

json::object RootPaths::version() const {
  const std::string release(kube::builtin_release());
  return {{"major", "1"},
          {"minor", minor_of(release)},
          {"emulationMajor", "1"},
          {"emulationMinor", minor_of(release)},
          {"minCompatibilityMajor", "1"},
          {"minCompatibilityMinor", minor_of(release)},
          {"gitVersion", release + "+dynamod"},
          {"gitCommit", ""},
          {"gitTreeState", "clean"},
          {"buildDate", "1970-01-01T00:00:00Z"},
          {"goVersion", ""},
          {"compiler", "clang"},
          {"platform", "linux/amd64"}};
}

json::object RootPaths::issuer() const {
  return {{"issuer", accounts_.issuer()},
          {"jwks_uri", fmt::format("https://{}/openid/v1/jwks", address_)},
          {"response_types_supported", json::array{"id_token"}},
          {"subject_types_supported", json::array{"public"}},
          {"id_token_signing_alg_values_supported", json::array{"ES256"}}};
}

Outcome<Reply> RootPaths::discovery(const RootRequest& request) const {
  const bool is_root = request.path == "/api" || request.path == "/apis";
  const auto aggregated = wants_aggregated_discovery(request.accept);
  if (!aggregated) return not_acceptable(kJsonType);
  Reply reply;
  if (is_root && *aggregated) {
    const auto root = request.path == "/api" ? DiscoveryRoot::kCore : DiscoveryRoot::kGroups;
    reply = document(aggregated_discovery(core_.registry, root));
    reply.content_type = kAggregatedDiscoveryType;
  } else {
    const json::object found = legacy_document(request.path);
    if (found.empty()) return page_not_found();
    reply = document(found);
  }
  if (!is_root) return reply;
  const std::string tag = fmt::format("\"{}\"", sha256_hex(reply.text));
  reply.headers.emplace_back("ETag", tag);
  reply.headers.emplace_back("Vary", "Accept");
  reply.headers.emplace_back("Cache-Control", "public");
  if (request.if_none_match == tag) {
    reply.status = 304;
    reply.text.clear();
  }
  return reply;
}

json::object RootPaths::legacy_document(std::string_view path) const {
  if (path == "" || path == "/") {
    json::array paths{"/api", "/api/v1", "/apis"};
    for (const GroupVersions& group : core_.registry.groups()) {
      if (group.group.empty()) continue;
      paths.emplace_back("/apis/" + group.group);
      for (const auto& version : group.versions)
        paths.emplace_back("/apis/" + group.group + "/" + version);
    }
    for (const std::string_view each :
         {"/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"})
      paths.emplace_back(each);
    return {{"paths", std::move(paths)}};
  }
  if (path == "/api") return api_versions(address_);
  if (path == "/apis") return api_group_list(core_.registry);
  if (path == "/api/v1") return api_resource_list(core_.registry, "", "v1");
  constexpr std::string_view kGroups = "/apis/";
  if (!path.starts_with(kGroups)) return {};
  path.remove_prefix(kGroups.size());
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return api_group(core_.registry, path);
  return api_resource_list(core_.registry, path.substr(0, slash), path.substr(slash + 1));
}

}  // namespace dynamod::apiserver
