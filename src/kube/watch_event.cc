// Reading one line.
#include "kube/watch_event.h"

#include <utility>

#include <fmt/format.h>

#include "kube/validation.h"

namespace dynamod::kube {

namespace {

constexpr std::pair<std::string_view, WatchEvent::Type> kTypeNames[] = {
    {"ADDED", WatchEvent::Type::kAdded},
    {"MODIFIED", WatchEvent::Type::kModified},
    {"DELETED", WatchEvent::Type::kDeleted},
    {"BOOKMARK", WatchEvent::Type::kBookmark},
    {"ERROR", WatchEvent::Type::kError}};

}  // namespace

Result<WatchEvent> parse_watch_event(std::string_view line) {
  auto decoded = decode_json(line, {}, JsonMemory::kShortLived);
  if (!decoded) return fail(Error::Kind::kInternal, "watch event: " + decoded.error().message);
  auto* event = decoded->if_object();
  auto* object = event ? event->if_contains("object") : nullptr;
  if (!object || !object->is_object())
    return fail(Error::Kind::kInternal, "watch event: it has no object");

  const std::string type = string_at(*decoded, "type");
  for (const auto& [name, value] : kTypeNames)
    if (name == type) return WatchEvent{.type = value, .object = std::move(*object)};
  return fail(Error::Kind::kInternal,
              fmt::format("watch event: type {} is not known", quote(type)));
}

}  // namespace dynamod::kube
