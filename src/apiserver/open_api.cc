// The hash in a document's address lets clients keep it for ever: a changed document has another.
#include "apiserver/open_api.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

// One group version of custom resources, with what its kinds point at.
struct CustomGroup {
  std::string path;
  std::string group;
  std::string version;
  std::vector<std::shared_ptr<const CustomResource>> definitions;
};

std::string render(const CustomGroup& group) {
  std::vector<kube::OpenApiKind> kinds;
  for (const auto& crd : group.definitions) {
    const CustomResourceVersion* version = crd->version(group.version);
    kinds.push_back({.group = group.group,
                     .version = group.version,
                     .plural = crd->names.plural,
                     .kind = crd->names.kind,
                     .list_kind = crd->names.list_kind,
                     .namespaced = crd->scope == Scope::kNamespaced,
                     .status_subresource = version->status_subresource,
                     .scale_subresource = version->scale.has_value(),
                     .schema = version->open_api_schema});
  }
  return kube::render_openapi(kinds);
}

Refused no_document(std::string_view path) {
  return refuse({.code = 404,
                 .reason = "NotFound",
                 .message = fmt::format("there is no OpenAPI document \"{}\"", path)});
}

}  // namespace

HandlerTask OpenApi::handle(std::string path, std::string hash) const {
  if (path.empty()) co_return co_await index();
  const auto known = co_await entries();
  const auto found = std::ranges::find(known, path, &kube::OpenApiEntry::path);
  if (found == known.end()) co_return no_document(path);
  Reply reply;
  if (!hash.empty() && hash != found->hash) {
    reply.status = 301;
    reply.headers.emplace_back("Location",
                               fmt::format("/openapi/v3/{}?hash={}", path, found->hash));
    co_return reply;
  }
  reply.headers.emplace_back("ETag", fmt::format("\"{}\"", found->hash));
  reply.headers.emplace_back("Vary", "Accept");
  if (!hash.empty()) reply.headers.emplace_back("Cache-Control", "public, immutable");
  reply.text = co_await text_of(std::move(path));
  co_return reply;
}

HandlerTask OpenApi::index() const {
  const auto known = co_await entries();
  Reply reply;
  reply.text = encode_json(kube::openapi_index(known)) + "\n";
  co_return reply;
}

Task<std::vector<kube::OpenApiEntry>> OpenApi::entries() const {
  auto job = [] {
    const auto builtin = kube::openapi_entries();
    return std::vector<kube::OpenApiEntry>(builtin.begin(), builtin.end());
  };
  auto known = co_await base::offload(core_.offload, std::move(job));
  const auto customs = co_await custom_documents();
  for (const auto& [path, document] : *customs)
    known.push_back({.path = path, .hash = document.hash});
  co_return known;
}

Task<std::string> OpenApi::text_of(std::string path) const {
  const auto customs = co_await custom_documents();
  const auto custom = customs->find(path);
  if (custom != customs->end()) co_return custom->second.text;
  auto job = [path] { return kube::openapi_document(path); };
  co_return co_await base::offload(core_.offload, std::move(job));
}

Task<std::shared_ptr<const OpenApi::Documents>> OpenApi::custom_documents() const {
  if (documents_ && generation_ == core_.registry.generation()) co_return documents_;
  const std::uint64_t generation = core_.registry.generation();
  std::vector<CustomGroup> groups;
  for (const GroupVersions& group : core_.registry.groups()) {
    if (!group.custom) continue;
    for (const auto& version : group.versions)
      groups.push_back({.path = fmt::format("apis/{}/{}", group.group, version),
                        .group = group.group,
                        .version = version,
                        .definitions = customs_.definitions_in(group.group, version)});
  }
  auto job = [groups = std::move(groups)] {
    auto made = std::make_shared<Documents>();
    for (const CustomGroup& group : groups) {
      std::string text = render(group);
      const std::string hash = kube::openapi_hash(text);
      made->emplace(group.path, Document{.hash = hash, .text = std::move(text)});
    }
    return std::shared_ptr<const Documents>(std::move(made));
  };
  auto made = co_await base::offload(core_.offload, std::move(job));
  documents_ = made;
  generation_ = generation;
  co_return made;
}

}  // namespace dynamod::apiserver
