// Routing, faults and calls of the scripted API.
#include "testing/scripted_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/url.h"
#include "testing/scripted_answers.h"
#include "testing/scripted_watch.h"

namespace dynamod::testing {

namespace {

constexpr std::size_t kBodyMax = std::size_t{3} << 20;

std::string value_of(const std::vector<std::pair<std::string, std::string>>& query,
                     std::string_view key) {
  const auto found = std::ranges::find(query, key, &std::pair<std::string, std::string>::first);
  return found == query.end() ? "" : found->second;
}

std::int64_t number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) segments.push_back(percent_decode(path.substr(0, end)).value_or(""));
    path.remove_prefix(end);
  }
  return segments;
}

// "agent/1.2 (linux)" names the manager "agent", as the API server does it.
std::string default_manager(const http::Request& request) {
  const std::string agent = request.headers.get("User-Agent");
  return agent.empty() ? "unknown" : agent.substr(0, agent.find('/'));
}

}  // namespace

struct ScriptedApi::Call {
  std::string verb;
  std::string resource;  // with subresource
  ScriptedCollection* collection = nullptr;
  ScriptedName name;
  std::string subresource;
  std::string content_type;
  std::string manager;
  std::string client;
  std::vector<std::pair<std::string, std::string>> query;

  [[nodiscard]] std::string option(std::string_view key) const { return value_of(query, key); }

  [[nodiscard]] ScriptedSelection selection() const {
    return {name.first, option("labelSelector"), option("fieldSelector")};
  }
};

ScriptedApi::ScriptedApi(Executor executor, Clock& clock)
    : executor_(std::move(executor)), clock_(clock) {}

ScriptedApi::~ScriptedApi() = default;

void ScriptedApi::serve(ScriptedType type) {
  const std::string key = type.api_version() + "/" + type.plural;
  collections_[key] = std::make_unique<ScriptedCollection>(std::move(type), clock_, versions_);
}

void ScriptedApi::serve_builtin_types() {
  for (auto& type : builtin_scripted_types()) serve(std::move(type));
}

ScriptedCollection& ScriptedApi::collection(const std::string& plural) const {
  for (const auto& [key, collection] : collections_) {
    if (collection->type().plural == plural) return *collection;
  }
  assertion_failed(("ScriptedApi serves no " + plural).c_str(), __FILE__, __LINE__);
}

void ScriptedApi::withdraw(const std::string& plural) {
  const ScriptedCollection& gone = collection(plural);
  // Watches keep a pointer to their collection, so they are cut and the collection stays alive,
  // unserved.
  for (ScriptedWatch* watch : watches_) {
    if (watch->is_of(gone)) watch->cut();
  }
  const auto place = std::ranges::find_if(
      collections_, [&](const auto& entry) { return entry.second.get() == &gone; });
  withdrawn_.push_back(std::move(place->second));
  collections_.erase(place);
}

// ---- what comes in ----

Result<ScriptedApi::Call> ScriptedApi::route(const http::Request& request) const {
  auto segments = path_segments(request.path());
  const bool core = !segments.empty() && segments[0] == "api";
  const std::size_t head = core ? 2 : 3;
  const auto unknown =
      fail(Error::Kind::kNotFound, "the server could not find the requested resource");
  if (segments.size() <= head || (!core && segments[0] != "apis")) return unknown;
  const std::string prefix = core ? segments[1] : segments[1] + "/" + segments[2];
  segments.erase(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(head));
  Call call;
  if (segments.size() >= 3 && segments[0] == "namespaces") {
    call.name.first = segments[1];
    segments.erase(segments.begin(), segments.begin() + 2);
  }
  const auto found = collections_.find(prefix + "/" + segments[0]);
  if (found == collections_.end() || segments.size() > 3) return unknown;
  call.collection = found->second.get();
  if (segments.size() > 1) call.name.second = segments[1];
  if (segments.size() > 2) call.subresource = segments[2];
  if (!call.subresource.empty() &&
      (call.subresource != "status" || !call.collection->type().status_subresource)) {
    return unknown;
  }
  TRY(call.query, decode_query(request.query()));
  call.resource = segments[0] + (call.subresource.empty() ? "" : "/" + call.subresource);
  call.content_type = request.headers.get("Content-Type");
  call.manager = call.option("fieldManager");
  if (call.manager.empty()) call.manager = default_manager(request);
  call.client = request.peer;

  const bool one = !call.name.second.empty();
  if (request.method == "GET")
    call.verb = one ? "get" : call.option("watch").empty() ? "list" : "watch";
  if (request.method == "POST" && !one) call.verb = "create";
  if (request.method == "PATCH" && one)
    call.verb = call.content_type.contains("apply-patch") ? "apply" : "patch";
  if (request.method == "DELETE" && one) call.verb = "delete";
  if (call.verb.empty())
    return fail(Error::Kind::kBadRequest, "the scripted API has no " + request.method + " here");
  return call;
}

std::optional<ScriptedFault> ScriptedApi::draw_fault(const std::string& verb,
                                                     const std::string& resource) {
  const auto found = std::ranges::find_if(faults_, [&](const ScriptedFault& fault) {
    return (fault.verb.empty() || fault.verb == verb) &&
           (fault.resource.empty() || fault.resource == resource);
  });
  if (found == faults_.end()) return std::nullopt;
  const ScriptedFault fault = *found;
  if (--found->times <= 0) faults_.erase(found);
  return fault;
}

std::optional<http::Response> ScriptedApi::discovery(std::string_view path) const {
  std::vector<ScriptedType> types;
  for (const auto& [key, collection] : collections_) types.push_back(collection->type());
  return discovery_response(path, types);
}

Async<http::Response> ScriptedApi::handle(http::Request request) {
  if (stopped_) co_return status_response(503, "the scripted API is stopped");
  if (!token_.empty() && request.headers.get("Authorization") != "Bearer " + token_) {
    co_return status_response(401, "Unauthorized");
  }
  const Result<Call> call = route(request);
  if (!call) {
    auto found = request.method == "GET" ? discovery(request.path()) : std::nullopt;
    if (found) co_return *std::move(found);
    co_return error_response(call.error());
  }
  ++counts_[call->verb + " " + call->resource];
  const auto fault = draw_fault(call->verb, call->resource);
  if (fault && fault->delay > Duration::zero()) co_await clock_.sleep_for(fault->delay);
  const Result<std::string> body = co_await http::read_all(std::move(request.body), kBodyMax);
  if (!body) co_return error_response(body.error());
  const bool broken = fault && fault->status != 0;
  if (broken && fault->when == ScriptedFault::When::kAfterEffect) (void)answer(*call, *body);
  if (broken) {
    auto response = status_response(fault->status, "a scripted fault");
    if (fault->retry_after_s)
      response.headers.set("Retry-After", std::to_string(*fault->retry_after_s));
    co_return response;
  }
  auto response = answer(*call, *body);
  if (!response) co_return error_response(response.error());
  co_return *std::move(response);
}

// ---- what goes out ----

Result<http::Response> ScriptedApi::answer(const Call& call, const std::string& body) {
  if (call.verb == "list") return list(call);
  if (call.verb == "watch") return watch(call);
  if (call.verb == "get") {
    TRY(const ScriptedObject object, call.collection->get(call.name));
    return http::json_response(200, encode_json(*object));
  }
  const std::int64_t before = versions_;
  TRY(const ScriptedObject object, write(call, body));
  if (versions_ != before) changed();
  if (on_write) on_write({call.verb + " " + call.resource, call.client, *object});
  return http::json_response(call.verb == "create" ? 201 : 200, encode_json(*object));
}

Result<ScriptedObject> ScriptedApi::write(const Call& call, const std::string& body) {
  json::value document = json::object();
  if (!body.empty()) {
    TRY(document, decode_json(body));
  }
  if (!document.is_object()) return fail(Error::Kind::kBadRequest, "the body is no object");
  ScriptedWrite write{.manager = call.manager, .status = call.subresource == "status"};
  if (call.verb == "delete") {
    write.uid = string_at(document, "preconditions.uid");
    write.resource_version = string_at(document, "preconditions.resourceVersion");
    return call.collection->remove(call.name, write);
  }
  if (call.verb == "create") {
    if (call.collection->type().namespaced) {
      if (!document.get_object()["metadata"].is_object())
        document.get_object()["metadata"] = json::object();
      document.get_object()["metadata"].get_object()["namespace"] = call.name.first;
    }
    return call.collection->create(std::move(document), write);
  }
  if (call.verb == "patch") {
    if (!call.content_type.contains("merge-patch+json") ||
        call.content_type.contains("strategic")) {
      return fail(Error::Kind::kBadRequest, "the scripted API knows no " + call.content_type);
    }
    return call.collection->merge_patch(call.name, document, write);
  }
  if (call.option("fieldManager").empty()) {
    return fail(Error::Kind::kInvalid,
                "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is "
                "required for apply patch");
  }
  write.force = call.option("force") == "true";
  return call.collection->apply(call.name, document, write);
}

Result<http::Response> ScriptedApi::list(const Call& call) {
  const ScriptedSelection selection = call.selection();
  Page page;
  if (const std::string token = call.option("continue"); !token.empty()) {
    const auto known = pages_.extract(token);
    if (known.empty()) {
      return fail(
          Error::Kind::kGone,
          "The provided continue parameter is too old to display a consistent list result.");
    }
    page = std::move(known.mapped());
  } else {
    page.version = versions_;
    for (const auto& [name, object] : call.collection->objects()) {
      TRY(const bool wanted, selection.matches(*object));
      if (wanted) page.objects.push_back(object);
    }
  }
  const auto left = page.objects.size() - page.next;
  const auto limit = static_cast<std::size_t>(number(call.option("limit"), 0));
  const std::size_t count = limit == 0 ? left : std::min(limit, left);
  const ScriptedType& type = call.collection->type();
  std::string items;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) items += ",";
    items += encode_json(*page.objects[page.next + i]);
  }
  page.next += count;
  json::object meta = {{"resourceVersion", std::to_string(page.version)}};
  if (page.next < page.objects.size()) {
    const std::string token = fmt::format("page-{}-{}", page.version, ++page_number_);
    meta["continue"] = token;
    meta["remainingItemCount"] = page.objects.size() - page.next;
    pages_.emplace(token, std::move(page));
  }
  return http::json_response(
      200, fmt::format(R"({{"kind":"{}List","apiVersion":"{}","metadata":{},"items":[{}]}})",
                       type.kind, type.api_version(), encode_json(meta), items));
}

Result<http::Response> ScriptedApi::watch(const Call& call) {
  const json::value nothing = {{"metadata", json::object()}};
  const ScriptedSelection selection = call.selection();
  CHECK_OK(selection.matches(nothing));
  const auto timeout = std::chrono::seconds(number(call.option("timeoutSeconds"), 1800));
  ScriptedWatch::Options options{selection, number(call.option("resourceVersion"), versions_),
                                 clock_.now() + timeout,
                                 call.option("allowWatchBookmarks") == "true"};
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = std::make_unique<ScriptedWatch>(*this, *call.collection, std::move(options));
  return response;
}

// ---- the test's own hands ----

void ScriptedApi::changed() {
  for (ScriptedWatch* watch : watches_) watch->wake();
}

json::value ScriptedApi::put(json::value document) {
  const std::string api_version = string_at(document, "apiVersion");
  const std::string kind = string_at(document, "kind");
  for (const auto& [key, collection] : collections_) {
    const ScriptedType& type = collection->type();
    if (type.api_version() != api_version || type.kind != kind) continue;
    const ScriptedName name{string_at(document, "metadata.namespace"),
                            string_at(document, "metadata.name")};
    const ScriptedWrite write{.manager = "test"};
    const ScriptedWrite status{.manager = "test", .status = true};
    auto object = collection->objects().contains(name)
                      ? collection->merge_patch(name, document, write)
                      : collection->create(document, write);
    if (object && type.status_subresource && find_json(document, "status") != nullptr) {
      object = collection->merge_patch(name, {{"status", *find_json(document, "status")}}, status);
    }
    if (!object) assertion_failed(object.error().message.c_str(), __FILE__, __LINE__);
    changed();
    return **object;
  }
  assertion_failed(("ScriptedApi serves no " + api_version + " " + kind).c_str(), __FILE__,
                   __LINE__);
}

void ScriptedApi::patch(const std::string& plural, const std::string& name_space,
                        const std::string& name, const json::value& patch) {
  ScriptedCollection& objects = collection(plural);
  const bool status = objects.type().status_subresource && find_json(patch, "status") != nullptr;
  const auto object =
      objects.merge_patch({name_space, name}, patch, {.manager = "test", .status = status});
  if (!object) assertion_failed(object.error().message.c_str(), __FILE__, __LINE__);
  changed();
}

void ScriptedApi::remove(const std::string& plural, const std::string& name_space,
                         const std::string& name) {
  const auto object = collection(plural).remove({name_space, name}, {});
  if (!object) assertion_failed(object.error().message.c_str(), __FILE__, __LINE__);
  changed();
}

std::optional<json::value> ScriptedApi::find(const std::string& plural,
                                             const std::string& name_space,
                                             const std::string& name) const {
  const auto object = collection(plural).get({name_space, name});
  return object ? std::optional(**object) : std::nullopt;
}

std::vector<json::value> ScriptedApi::all(const std::string& plural) const {
  std::vector<json::value> result;
  for (const auto& [name, object] : collection(plural).objects()) result.push_back(*object);
  return result;
}

void ScriptedApi::cut_watches() {
  for (ScriptedWatch* watch : watches_) watch->cut();
}

void ScriptedApi::compact() {
  for (auto& [key, collection] : collections_) collection->compact();
  pages_.clear();
}

void ScriptedApi::set_stopped(bool stopped) {
  stopped_ = stopped;
  if (stopped) cut_watches();
}

std::uint64_t ScriptedApi::count(const std::string& verb_and_resource) const {
  const auto found = counts_.find(verb_and_resource);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace dynamod::testing
