// Which state a list or watch is of follows from resourceVersion, resourceVersionMatch and continue
// as kubernetes.io/docs/reference/using-api/api-concepts has it. One store makes "unset" and "0"
// the same.
#include "apiserver/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apiserver/list_body.h"
#include "apiserver/object_codec.h"
#include "apiserver/scale.h"
#include "apiserver/watch_body.h"

namespace dynamod::apiserver {

namespace {

// A client that saw a newer state elsewhere (there is no elsewhere here) waits so long for it.
constexpr Duration kAheadLimit = std::chrono::seconds(3);
constexpr Duration kWatchLimitMin = std::chrono::minutes(30);  // and up to twice that
constexpr std::int64_t kTimeoutSecondsMax = 24 * 3600;
constexpr std::string_view kContinueExpired =
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list.";
// What begins a watch at the state of now.
constexpr Revision kAny = 0;

Duration watch_limit(const ListOptions& options, Rng& rng) {
  if (options.timeout_seconds > 0)
    return std::chrono::seconds(std::min(options.timeout_seconds, kTimeoutSecondsMax));
  constexpr auto kSpread = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(kWatchLimitMin).count());
  return kWatchLimitMin + std::chrono::seconds(rng.between(0, kSpread));
}

void keep_matching(std::vector<ObjectPtr>& objects, const ListOptions& options) {
  if (!options.selects()) return;
  std::erase_if(objects, [&](const ObjectPtr& object) {
    return !options.labels.matches(object->labels) || !options.fields.matches(*object);
  });
}

// `resourceVersion=N&limit=...` without a match is Exact by an old rule.
bool is_exact(const ListOptions& options) {
  if (options.match == VersionMatch::kExact) return true;
  return options.match == VersionMatch::kUnset && options.limit > 0 &&
         options.revision.value_or(kAny) != kAny;
}

// Keeps the first `limit` of `objects` behind `after`; says where the next page begins.
ListMeta cut_page(std::vector<ObjectPtr>& objects, const ListOptions& options, Revision revision) {
  ListMeta meta{.revision = revision};
  if (options.limit <= 0 || objects.size() <= static_cast<std::size_t>(options.limit)) return meta;
  const auto limit = static_cast<std::size_t>(options.limit);
  if (!options.selects()) meta.remaining = objects.size() - limit;
  objects.resize(limit);
  meta.continues = encode_continue({.revision = revision, .after = objects.back()->key});
  return meta;
}

}  // namespace

struct Reader::Snapshot {
  std::vector<ObjectPtr> objects = {};
  Revision revision = 0;
};

Outcome<Renderer> renderer_of(const ApiRequest& request) {
  TRY(const RowObject row, parse_row_object(query_value(request.query, "includeObject")));
  return Renderer(request.resource, request.rendering, row, request.now);
}

Outcome<ListOptions> Reader::list_options(const ApiRequest& request) const {
  TRY(ListOptions options, parse_list_options(request.query));
  if (!request.route.name.empty())
    options.fields.require({.field = "metadata.name", .value = request.route.name});
  CHECK_OK(
      check_fields(options.fields, request.resource->strategy->field_names(*request.resource)));
  return options;
}

std::vector<ObjectPtr> Reader::select(const ApiRequest& request, const ListOptions& options) const {
  const Resource& resource = *request.resource;
  const std::string ns(request.route.object_ns());
  const std::string_view name = options.fields.name();
  std::vector<ObjectPtr> objects;
  if (!name.empty() && (!resource.namespaced || !ns.empty())) {
    if (auto found = core_.store.find(resource.collection, {ns, std::string(name)}))
      objects.push_back(std::move(found));
  } else {
    objects = core_.store.list(resource.collection, ns);
  }
  keep_matching(objects, options);
  return objects;
}

HandlerTask Reader::get(RequestPtr request) const {
  const ObjectPtr found = core_.store.find(request->resource->collection, request->key());
  if (!found) co_return not_found(*request->resource, request->route.name);
  CO_TRY(const Renderer renderer, renderer_of(*request));
  Reply reply;
  if (request->route.subresource == "scale") {
    CO_TRY(const json::object object, read_object(*request->resource, *found));
    reply.text = renderer.one(scale_of(*request->resource, object));
  } else {
    CO_TRY(reply.text, renderer.one(*found));
  }
  co_return reply;
}

HandlerTask Reader::list(RequestPtr request) const {
  CO_TRY(const ListOptions options, list_options(*request));
  CO_TRY(Renderer renderer, renderer_of(*request));
  CO_TRY(Snapshot taken, co_await snapshot(request, options));
  const ListMeta meta = cut_page(taken.objects, options, taken.revision);
  ListAnswer answer{
      .renderer = std::move(renderer), .meta = meta, .objects = std::move(taken.objects)};
  Reply reply;
  if (is_long(answer) && request->rendering.encoding == Encoding::kJson) {
    reply.stream = make_list_body(std::move(answer));
    co_return reply;
  }
  CO_TRY(reply.text, list_text(answer));
  co_return reply;
}

Task<Outcome<Reader::Snapshot>> Reader::snapshot(RequestPtr request, ListOptions options) const {
  const Resource& resource = *request->resource;
  const std::string ns(request->route.object_ns());
  const Revision asked = options.revision.value_or(kAny);
  if (!options.continues.empty()) {
    CO_TRY(const ContinueToken token, decode_continue(options.continues));
    Snapshot page{.objects = {}, .revision = token.revision};
    if (token.revision == kAny) {
      page.revision = core_.store.revision();
      page.objects = core_.store.list(resource.collection, ns);
    } else {
      auto then = core_.store.list_at(resource.collection, ns, token.revision);
      if (!then)
        co_return expired(std::string(kContinueExpired),
                          encode_continue({.revision = kAny, .after = token.after}));
      page.objects = *std::move(then);
    }
    keep_matching(page.objects, options);
    std::erase_if(page.objects, [&](const ObjectPtr& each) { return each->key <= token.after; });
    co_return page;
  }
  if (asked != kAny) CO_CHECK(co_await reached(asked));
  if (is_exact(options)) {
    auto then = core_.store.list_at(resource.collection, ns, asked);
    if (!then)
      co_return expired(fmt::format("The resourceVersion for the provided list is too old."));
    keep_matching(*then, options);
    co_return Snapshot{.objects = *std::move(then), .revision = asked};
  }
  co_return Snapshot{.objects = select(*request, options), .revision = core_.store.revision()};
}

Task<Outcome<>> Reader::reached(Revision revision) const {
  const Result<> there = co_await core_.store.reached(revision, kAheadLimit);
  if (!there && there.error().kind == Error::Kind::kServerTimeout)
    co_return revision_too_large(revision, core_.store.revision());
  if (!there) co_return Refused(Refusal(there.error()));
  co_return Outcome<>();
}

HandlerTask Reader::watch(RequestPtr request) const {
  CO_TRY(const ListOptions options, list_options(*request));
  CO_TRY(Renderer renderer, renderer_of(*request));
  const Revision asked = options.revision.value_or(kAny);
  if (asked != kAny) CO_CHECK(co_await reached(asked));

  // From here to the end nothing waits: the cursor begins exactly where the state ends.
  WatchPlan plan{.options = options, .limit = watch_limit(options, core_.rng)};
  const bool tells_state = options.send_initial_events.value_or(asked == kAny);
  Revision from = asked == kAny ? core_.store.revision() : asked;
  if (tells_state) {
    from = core_.store.revision();
    plan.start = {.objects = select(*request, options),
                  .tells_end = options.send_initial_events.value_or(false) && options.bookmarks,
                  .revision = from};
  }
  auto cursor = core_.store.watch(request->resource->collection, request->route.object_ns(), from);
  if (!cursor && cursor.error().kind == Error::Kind::kGone)
    co_return expired(
        fmt::format("too old resource version: {} ({})", from, core_.store.revision()));
  if (!cursor) co_return Refused(Refusal(cursor.error()));
  plan.cursor = *std::move(cursor);
  co_return Reply{.stream = make_watch_body(core_, std::move(renderer), std::move(plan))};
}

}  // namespace dynamod::apiserver
