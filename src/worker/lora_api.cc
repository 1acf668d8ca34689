// Writing requests and reading answers of /v1/loras and /health.
#include "worker/lora_api.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/url.h"

namespace dynamod::worker {

namespace {

constexpr JsonLimits kAnswerLimits{kAnswerSizeMax,
                                   16};  // an answer is two deep; the agent's is three
constexpr std::uint64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint64_t kUptimeSecondsMax =
    std::uint64_t{100} * 365 * 24 * 3600;  // fits a Duration of nanoseconds

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::uint64_t> number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64() && value->get_int64() >= 0) {
    return static_cast<std::uint64_t>(value->get_int64());
  }
  return std::nullopt;
}

// Key by key twice or more is tolerated, as every worker's own reader does.
Result<json::object> parse_object(std::string_view body) {
  TRY(DecodedJson decoded, decode_json_strict(body, kAnswerLimits, JsonMemory::kShortLived));
  if (!decoded.value.is_object()) {
    return fail(Error::Kind::kBadRequest, "the answer is no JSON object");
  }
  return std::move(decoded.value.get_object());
}

// The name in one item of an array; nothing when it holds none.
std::optional<std::string> name_in(const json::value& item) {
  if (item.is_string()) return std::string(item.get_string());
  if (!item.is_object()) return std::nullopt;
  for (const std::string_view key : {"name", "lora_name"}) {
    const json::value* name = item.get_object().if_contains(key);
    if (name != nullptr && name->is_string()) return std::string(name->get_string());
  }
  return std::nullopt;
}

void sort_once_each(std::vector<std::string>& names) {
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
}

std::optional<std::vector<std::string>> names_of(const json::object& answer) {
  const json::value* loras = answer.if_contains("loras");
  if (loras == nullptr) return std::nullopt;
  std::vector<std::string> names;
  if (loras->is_object()) {
    names.reserve(loras->get_object().size());
    for (const auto& member : loras->get_object()) names.emplace_back(member.key());
    sort_once_each(names);
    return names;
  }
  if (!loras->is_array()) return std::nullopt;
  names.reserve(loras->get_array().size());
  for (const json::value& item : loras->get_array()) {
    auto name = name_in(item);
    if (!name) return std::nullopt;  // half a list would look as if adapters were missing
    names.push_back(*std::move(name));
  }
  sort_once_each(names);
  return names;
}

std::optional<Duration> uptime_of(const json::object& health) {
  const json::value* uptime = health.if_contains("uptime");
  if (uptime == nullptr || !uptime->is_object()) return std::nullopt;
  const auto seconds = number_of(uptime->get_object(), "secs");
  if (!seconds || *seconds > kUptimeSecondsMax) return std::nullopt;
  const std::uint64_t nanos =
      std::min(number_of(uptime->get_object(), "nanos").value_or(0), kNanosPerSecond - 1);
  return std::chrono::seconds(*seconds) + std::chrono::nanoseconds(nanos);
}

// "." and ".." must not stand as they are: a proxy, or a client that cleans paths, would resolve
// them.
bool is_dot_segment(std::string_view name) {
  return name == "." || name == "..";
}

}  // namespace

std::string encode_load_request(const LoadRequest& request) {
  return encode_json(json::object{{"lora_name", request.name}, {"source", {{"uri", request.uri}}}});
}

std::string unload_target(std::string_view name) {
  std::string target = std::string(kLorasPath) + "/";
  if (name.starts_with('/')) target += "%2F";
  if (!is_dot_segment(name)) return target += percent_encode(name);
  for (std::size_t i = 0; i < name.size(); ++i) target += "%2E";
  return target;
}

std::optional<std::string> name_of_unload_target(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (!target.starts_with(kLorasPath)) return std::nullopt;
  target.remove_prefix(kLorasPath.size());
  if (!target.starts_with('/') || target.size() == 1) return std::nullopt;
  auto name = percent_decode(target.substr(1));
  if (!name) return std::nullopt;
  if (name->starts_with('/')) name->erase(0, 1);
  return *std::move(name);
}

Result<LoraAnswer> parse_lora_answer(std::string_view body) {
  TRY(const json::object object, parse_object(body));
  return LoraAnswer{.status = text_of(object, "status"),
                    .message = text_of(object, "message"),
                    .lora_name = text_of(object, "lora_name"),
                    .lora_id = number_of(object, "lora_id"),
                    .names = names_of(object)};
}

Result<Health> parse_health(std::string_view body) {
  TRY(const json::object object, parse_object(body));
  const std::string status = text_of(object, "status");
  if (status.empty()) return fail(Error::Kind::kBadRequest, "the answer has no status");
  Health health;
  health.ready = status == "ready";
  health.uptime = uptime_of(object);
  const json::value* endpoints = object.if_contains("endpoints");
  if (endpoints == nullptr || !endpoints->is_object()) return health;
  for (const auto& member : endpoints->get_object()) {
    if (member.value() == "ready") health.endpoints_ready.emplace(member.key());
  }
  return health;
}

}  // namespace dynamod::worker
