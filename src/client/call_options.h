// What the calls of a KubeClient can be told, and where a list goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "client/rate_limit.h"

namespace dynamod::client {

struct KubeClientOptions {
  std::string user_agent = "dynamod";
  std::string field_manager = "dynamod";
  // Of each call but a watch; the API server itself gives up after 60 s.
  Duration deadline = std::chrono::seconds(30);
  std::size_t page_size = 500;               // as kubectl and client-go
  std::optional<RateLimit> rate_limit = {};  // the API server has its own fairness
};

struct ListQuery {
  std::string ns = {};  // empty: all
  std::string label_selector = {};
  std::string field_selector = {};
};

struct WatchQuery {
  ListQuery objects = {};
  std::string resource_version = {};  // the first event is the one after it
  Duration limit = {};                // the server ends the watch after it
};

struct PatchOptions {
  std::string subresource = {};  // "status" or none
  // Preconditions, written into the patch: kConflict if the object has another version, or is
  // another object by now.
  std::string resource_version = {};
  std::string uid = {};
};

enum class OnConflict : std::uint8_t { kFail, kForce };  // with other field managers

struct ApplyOptions {
  std::string subresource = {};
  std::string field_manager = {};  // empty: the client's
  OnConflict on_conflict = OnConflict::kForce;
};

struct RemoveOptions {
  std::string uid = {};  // preconditions: kConflict if it is another object or version by now
  std::string resource_version = {};
  std::string propagation = {};  // "Background", "Foreground", "Orphan"; empty: the type's default
};

// Where a list goes, item by item, as it arrives.
class ListSink {
 public:
  virtual ~ListSink() = default;
  // An item's JSON text. An error ends the list with it.
  [[nodiscard]] virtual Result<> take(std::string_view item) = 0;
  // The list begins again: forget what was taken.
  virtual void start_over() = 0;
};

}  // namespace dynamod::client
