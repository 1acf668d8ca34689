// A worker's HTTP API as it stands on the wire: paths, bodies and what an answer holds. What an
// answer means is in meaning.h. Source: Dynamo's system status server, 0.8 to 1.6.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dynamod::worker {

inline constexpr std::string_view kLorasPath = "/v1/loras";
inline constexpr std::string_view kHealthPath = "/health";

// An answer is read whole on the core thread. 10,000 adapters with names of 80 bytes fit into their
// list.
inline constexpr std::size_t kAnswerSizeMax = std::size_t{1} << 20;

struct LoadRequest {
  std::string name;
  std::string uri;

  friend bool operator==(const LoadRequest&, const LoadRequest&) = default;
};

// {"lora_name":"...","source":{"uri":"..."}}
[[nodiscard]] std::string encode_load_request(const LoadRequest& request);

// "/v1/loras/" and the name, every byte but unreserved ones escaped ("/" too, and "." where it
// could be a path segment of its own), so that no proxy on the way cleans it. Workers strip one
// leading "/" of what they decode: a name that starts with one gets a second.
[[nodiscard]] std::string unload_target(std::string_view name);
// The name a worker reads from such a target; nothing when it is another path or does not decode.
[[nodiscard]] std::optional<std::string> name_of_unload_target(std::string_view target);

// The JSON object that every /v1/loras answer is. Fields that are absent or of another type are
// empty.
struct LoraAnswer {
  std::string status;  // "success" or "error"
  std::string message;
  std::string lora_name;
  std::optional<std::uint64_t> lora_id;
  // Of a list: the names, sorted, each once. Stock workers send an object of name to id; arrays of
  // names, or of objects with "name" or "lora_name", are taken too. Nothing when there is no list
  // of one of these forms.
  std::optional<std::vector<std::string>> names;
};

// Error kBadRequest when it is no JSON object.
[[nodiscard]] Result<LoraAnswer> parse_lora_answer(std::string_view body);

// {"status":"ready","uptime":{"secs":106,"nanos":529274544},"endpoints":{"generate":"ready","load_lora":"ready"}}
struct Health {
  bool ready = false;  // `status`; a worker answers 503 with the same body while it is not
  std::optional<Duration> uptime;  // a smaller one than before shows a restart
  std::set<std::string> endpoints_ready;

  [[nodiscard]] bool can_load() const { return endpoints_ready.contains("load_lora"); }
};

// Error kBadRequest when it is no JSON object with a status.
[[nodiscard]] Result<Health> parse_health(std::string_view body);

}  // namespace dynamod::worker
