// One exchange with the API server: path, credentials, errors; and the calls made of it.
#include "client/kube_client.h"

#include <cstdint>
#include <utility>

#include "kube/api_error.h"

namespace dynamod::client {

namespace {

// A single object with its managed fields; the API server itself refuses requests over 3 MB.
constexpr std::size_t kAnswerMax = std::size_t{8} << 20;
// Enough to hold any Status; what a proxy says beyond it is not read.
constexpr std::size_t kErrorBodyMax = std::size_t{256} << 10;
// An unpaged list has no limit but that of its items: it is read piece by piece.
constexpr std::size_t kNoLimit = SIZE_MAX;

constexpr const char* kMergePatch = "application/merge-patch+json";
constexpr const char* kApplyPatch = "application/apply-patch+yaml";  // JSON is YAML

using Query = std::vector<std::pair<std::string, std::string>>;

void add(Query& query, const char* key, const std::string& value) {
  if (!value.empty()) query.emplace_back(key, value);
}

Query selectors(const ListQuery& objects) {
  Query query;
  add(query, "labelSelector", objects.label_selector);
  add(query, "fieldSelector", objects.field_selector);
  return query;
}

std::string with_query(std::string path, const Query& query) {
  if (query.empty()) return path;
  return path + "?" + encode_query(query);
}

kube::ObjectKey key_of(const json::value& object) {
  return {string_at(object, "metadata.namespace"), string_at(object, "metadata.name")};
}

}  // namespace

struct KubeClient::Call {
  std::string text = {};  // "get pods x/y", for errors
  std::string method = {};
  std::string target = {};  // without the server's prefix
  std::string content_type = {};
  std::string body = {};
  http::SendOptions options = {};
};

KubeClient::KubeClient(http::Transport& transport, Clock& clock, const ClusterAccess& access,
                       KubeClientOptions options)
    : transport_(transport),
      clock_(clock),
      server_(access.server),
      credentials_(access.credentials),
      options_(std::move(options)) {
  DYN_ASSERT(credentials_ != nullptr);
  if (options_.rate_limit) limiter_ = std::make_unique<RateLimiter>(clock_, *options_.rate_limit);
}

KubeClient::~KubeClient() = default;

// ---- exchanges ----

Async<http::Response> KubeClient::send(Call call) {
  if (limiter_) co_await limiter_->admit();
  for (bool again = false;; again = true) {
    CO_TRY(const std::string authorization, co_await credentials_->authorization());
    http::Request request;
    request.method = call.method;
    request.target = (server_.target == "/" ? "" : server_.target) + call.target;
    request.headers.set("Accept", "application/json");
    request.headers.set("User-Agent", options_.user_agent);
    if (!authorization.empty()) request.headers.set("Authorization", authorization);
    if (!call.content_type.empty()) {
      request.headers.set("Content-Type", call.content_type);
      request.body = http::text_body(call.body);
    }
    auto response = co_await transport_.send(server_, std::move(request), call.options);
    if (!response) co_return std::unexpected(std::move(response).error().within(call.text));
    // Nothing was done, so asking again with new credentials is safe for any method.
    if (response->status == 401 && !again && credentials_->refused(authorization)) continue;
    if (response->status < 300) co_return *std::move(response);
    const auto body = co_await http::read_all(std::move(response->body), kErrorBodyMax);
    const std::string text = body ? *body : "";
    const std::string retry_after = response->headers.get("Retry-After");
    const kube::ApiAnswer answer{response->status, text, retry_after};
    co_return std::unexpected(kube::api_error(call.text, answer));
  }
}

Async<json::value> KubeClient::exchange(Call call) {
  call.options.deadline = options_.deadline;
  call.options.response_bytes_max = kAnswerMax;
  const std::string what = call.text;
  CO_TRY(auto response, co_await send(std::move(call)));
  auto body = co_await http::read_all(std::move(response.body), kAnswerMax);
  if (!body) co_return std::unexpected(std::move(body).error().within(what));
  auto document = decode_json_strict(*body, {.size_bytes_max = kAnswerMax}, JsonMemory::kShortLived);
  if (!document || !document->value.is_object()) {
    co_return fail(Error::Kind::kInternal, what + ": the answer is no JSON object");
  }
  co_return std::move(document->value);
}

// ---- reading ----

Async<json::value> KubeClient::get(kube::ResourceType type, kube::ObjectKey key) {
  return exchange({.text = kube::call_text("get", type, key),
                   .method = "GET",
                   .target = type.object_path(key)});
}

Async<kube::ListMetadata> KubeClient::list_page(Call call, std::shared_ptr<ListSink> sink) {
  call.options.deadline = options_.deadline;
  call.options.response_bytes_max = kNoLimit;
  const std::string what = call.text;
  CO_TRY(auto response, co_await send(std::move(call)));
  kube::ListSplitter splitter;
  while (response.body) {
    auto piece = co_await response.body->next();
    if (!piece) co_return std::unexpected(std::move(piece).error().within(what));
    if (!*piece) break;
    auto items = splitter.feed(**piece);
    if (!items) co_return std::unexpected(std::move(items).error().within(what));
    for (const auto& item : *items) {
      if (auto taken = sink->take(item); !taken)
        co_return std::unexpected(std::move(taken).error().within(what));
    }
  }
  auto metadata = splitter.finish();
  if (!metadata) co_return std::unexpected(std::move(metadata).error().within(what));
  co_return *std::move(metadata);
}

Async<std::string> KubeClient::list(kube::ResourceType type, ListQuery query,
                                    std::shared_ptr<ListSink> sink) {
  const std::string path = type.collection_path(query.ns);
  const std::string what = kube::call_text("list", type, {query.ns, ""});
  std::string position;
  bool paged = true;
  while (true) {
    Query parameters = selectors(query);
    if (paged) parameters.emplace_back("limit", std::to_string(options_.page_size));
    add(parameters, "continue", position);
    Call call{.text = what, .method = "GET", .target = with_query(path, parameters)};
    auto page = co_await list_page(std::move(call), sink);
    if (!page && page.error().kind == Error::Kind::kGone && paged && !position.empty()) {
      sink->start_over();
      position.clear();
      paged = false;
      continue;
    }
    if (!page) co_return std::unexpected(std::move(page).error());
    if (page->continue_token.empty()) co_return std::move(page->resource_version);
    position = std::move(page->continue_token);
  }
}

Async<WatchStream> KubeClient::watch(kube::ResourceType type, WatchQuery query) {
  Query parameters = selectors(query.objects);
  const auto limit_s = std::chrono::duration_cast<std::chrono::seconds>(query.limit).count();
  parameters.emplace_back("watch", "true");
  parameters.emplace_back("allowWatchBookmarks", "true");
  parameters.emplace_back("resourceVersion", query.resource_version);
  parameters.emplace_back("timeoutSeconds", std::to_string(limit_s));
  Call call{.text = kube::call_text("watch", type, {query.objects.ns, ""}),
            .method = "GET",
            .target = with_query(type.collection_path(query.objects.ns), parameters)};
  call.options.head_limit = options_.deadline;
  call.options.response_bytes_max = kNoLimit;
  std::string what = call.text;
  CO_TRY(auto response, co_await send(std::move(call)));
  co_return WatchStream(std::move(what), std::move(response.body));
}

Async<bool> KubeClient::serves(kube::ResourceType type) {
  const std::string version = type.api_version();
  Call call{.text = "discover " + version,
            .method = "GET",
            .target = (type.group.empty() ? "/api/" : "/apis/") + version};
  auto resources = co_await exchange(std::move(call));
  if (!resources && resources.error().kind == Error::Kind::kNotFound) co_return false;
  if (!resources) co_return std::unexpected(std::move(resources).error());
  const json::value* list = find_json(*resources, "resources");
  if (list == nullptr || !list->is_array()) co_return false;
  for (const auto& resource : list->get_array()) {
    if (string_at(resource, "name") == type.plural) co_return true;
  }
  co_return false;
}

// ---- writing ----

Async<json::value> KubeClient::create(kube::ResourceType type, json::value object) {
  const kube::ObjectKey key = key_of(object);
  const Query parameters = {{"fieldManager", options_.field_manager}};
  return exchange({.text = kube::call_text("create", type, key),
                   .method = "POST",
                   .target = with_query(type.collection_path(key.ns), parameters),
                   .content_type = "application/json",
                   .body = encode_json(object)});
}

Async<json::value> KubeClient::merge_patch(kube::ResourceType type, kube::ObjectKey key,
                                           json::value patch, PatchOptions options) {
  DYN_ASSERT(patch.is_object());
  if (!options.resource_version.empty() || !options.uid.empty()) {
    auto& metadata = patch.get_object()["metadata"];
    if (!metadata.is_object()) metadata = json::object();
    if (!options.resource_version.empty())
      metadata.get_object()["resourceVersion"] = options.resource_version;
    if (!options.uid.empty()) metadata.get_object()["uid"] = options.uid;
  }
  const Query parameters = {{"fieldManager", options_.field_manager}};
  return exchange({.text = kube::call_text("patch", type, key),
                   .method = "PATCH",
                   .target = with_query(type.object_path(key, options.subresource), parameters),
                   .content_type = kMergePatch,
                   .body = encode_json(patch)});
}

Async<json::value> KubeClient::apply(kube::ResourceType type, json::value object,
                                     ApplyOptions options) {
  const kube::ObjectKey key = key_of(object);
  Query parameters = {{"fieldManager", options.field_manager.empty() ? options_.field_manager
                                                                     : options.field_manager}};
  if (options.on_conflict == OnConflict::kForce) parameters.emplace_back("force", "true");
  return exchange({.text = kube::call_text("apply", type, key),
                   .method = "PATCH",
                   .target = with_query(type.object_path(key, options.subresource), parameters),
                   .content_type = kApplyPatch,
                   .body = encode_json(object)});
}

Async<> KubeClient::remove(kube::ResourceType type, kube::ObjectKey key, RemoveOptions options) {
  json::object body = {{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  json::object preconditions;
  if (!options.uid.empty()) preconditions["uid"] = options.uid;
  if (!options.resource_version.empty())
    preconditions["resourceVersion"] = options.resource_version;
  if (!preconditions.empty()) body["preconditions"] = std::move(preconditions);
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  Call call{.text = kube::call_text("delete", type, key),
            .method = "DELETE",
            .target = type.object_path(key),
            .content_type = "application/json",
            .body = encode_json(body)};
  CO_CHECK(co_await exchange(std::move(call)));
  co_return Result<>{};
}

}  // namespace dynamod::client
