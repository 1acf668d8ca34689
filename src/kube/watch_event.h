// One line of a watch.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"

namespace dynamod::kube {

struct WatchEvent {
  enum class Type : std::uint8_t {
    kAdded,
    kModified,
    kDeleted,
    kBookmark,  // the object has only metadata.resourceVersion
    kError,     // the object is a Status: see status_error in api_error.h
  };

  Type type = Type::kError;
  json::value object = {};
};

// The annotation of the bookmark that ends the initial events of a streaming list.
inline constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";

// Error kInternal for a line that is no watch event.
[[nodiscard]] Result<WatchEvent> parse_watch_event(std::string_view line);

}  // namespace dynamod::kube
