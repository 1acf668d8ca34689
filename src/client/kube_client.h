// Calls of the Kubernetes API over a Transport: a core that speaks JSON and thin typed calls on
// top. Writes are creates, patches, applies and deletes, never PUT, so fields we do not know cannot
// be lost.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "client/access.h"
#include "client/call_options.h"
#include "client/rate_limit.h"
#include "client/watch_stream.h"
#include "http/transport.h"
#include "kube/decode.h"
#include "kube/encode.h"
#include "kube/item_splitter.h"
#include "kube/resource.h"

namespace dynamod::client {

// Errors of all calls: those of Transport, and what kube/api_error.h makes of the answer (with
// retry_after); each message says what was tried: "patch dynamomodels dynamo-system/x: ...".
// Nothing is retried but a request that was answered 401, once, when the credentials have something
// new.
class KubeClient {
 public:
  // `transport` and `clock` outlive the client and its watches.
  KubeClient(http::Transport& transport, Clock& clock, const ClusterAccess& access,
             KubeClientOptions options = {});
  ~KubeClient();

  // JSON level. Objects are whole documents with metadata.
  [[nodiscard]] Async<json::value> get(kube::ResourceType type, kube::ObjectKey key);
  // In pages; when the position of a page is too old, the list begins again, in one piece. Gives
  // the resourceVersion to watch from.
  [[nodiscard]] Async<std::string> list(kube::ResourceType type, ListQuery query,
                                        std::shared_ptr<ListSink> sink);
  // Returns when the server has accepted the watch (kGone: list again).
  [[nodiscard]] Async<WatchStream> watch(kube::ResourceType type, WatchQuery query);
  // `object.metadata.namespace` decides where.
  [[nodiscard]] Async<json::value> create(kube::ResourceType type, json::value object);
  [[nodiscard]] Async<json::value> merge_patch(kube::ResourceType type, kube::ObjectKey key,
                                               json::value patch, PatchOptions options);
  [[nodiscard]] Async<json::value> apply(kube::ResourceType type, json::value object,
                                         ApplyOptions options);
  [[nodiscard]] Async<> remove(kube::ResourceType type, kube::ObjectKey key, RemoveOptions options);

  // Whether the API server serves `type` (a CRD may be absent).
  [[nodiscard]] Async<bool> serves(kube::ResourceType type);

  // Typed: T declares its fields (kube/fields.h) and says what it is by T::kType. What the API
  // server gives is read as far as it can be: its schema is the server's.
  template <class T>
  [[nodiscard]] Async<T> get(kube::ObjectKey key);
  template <class T>
  [[nodiscard]] Async<std::vector<T>> list(ListQuery query);
  template <class T>
  [[nodiscard]] Async<T> create(T object);
  template <class T>
  [[nodiscard]] Async<T> merge_patch(kube::ObjectKey key, json::value patch,
                                     PatchOptions options = {});
  template <class T>
  [[nodiscard]] Async<> remove(kube::ObjectKey key, RemoveOptions options = {});

 private:
  struct Call;
  Async<http::Response> send(Call call);
  Async<json::value> exchange(Call call);
  Async<kube::ListMetadata> list_page(Call call, std::shared_ptr<ListSink> sink);

  http::Transport& transport_;
  Clock& clock_;
  Url server_;
  std::shared_ptr<Credentials> credentials_;
  KubeClientOptions options_;
  std::unique_ptr<RateLimiter> limiter_;
};

namespace detail {

template <class T>
T decode_leniently(const json::value& document) {
  std::vector<kube::Problem> problems;
  return kube::from_json<T>(document, problems);
}

template <class T>
class Collected final : public ListSink {
 public:
  std::vector<T> items;

  [[nodiscard]] Result<> take(std::string_view item) override {
    TRY(const auto decoded, decode_json_strict(item));
    items.push_back(decode_leniently<T>(decoded.value));
    return {};
  }

  void start_over() override { items.clear(); }
};

}  // namespace detail

template <class T>
Async<T> KubeClient::get(kube::ObjectKey key) {
  CO_TRY(const json::value document, co_await get(T::kType, std::move(key)));
  co_return detail::decode_leniently<T>(document);
}

template <class T>
Async<std::vector<T>> KubeClient::list(ListQuery query) {
  auto sink = std::make_shared<detail::Collected<T>>();
  CO_CHECK(co_await list(T::kType, std::move(query), sink));
  co_return std::move(sink->items);
}

template <class T>
Async<T> KubeClient::create(T object) {
  json::value document = kube::to_json(object);
  CO_TRY(const json::value created, co_await create(T::kType, std::move(document)));
  co_return detail::decode_leniently<T>(created);
}

template <class T>
Async<T> KubeClient::merge_patch(kube::ObjectKey key, json::value patch, PatchOptions options) {
  CO_TRY(const json::value patched,
         co_await merge_patch(T::kType, std::move(key), std::move(patch), std::move(options)));
  co_return detail::decode_leniently<T>(patched);
}

template <class T>
Async<> KubeClient::remove(kube::ObjectKey key, RemoveOptions options) {
  return remove(T::kType, std::move(key), std::move(options));
}

}  // namespace dynamod::client
