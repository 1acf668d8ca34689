// The names of an event's fields in both of its versions.
#include "apiserver/builtin/event_conversion.h"

#include <utility>

#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

namespace {

constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    // core/v1, events.k8s.io/v1
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"},
    {"reportingComponent", "reportingController"},
};

void rename(json::object& object, std::string_view from, std::string_view to) {
  const auto* const found = object.find(from);
  if (found == object.end()) return;
  json::value value = found->value();
  object.erase(from);
  object[to] = std::move(value);
}

}  // namespace

void event_to_core(json::object& event) {
  if (text_in(event, "apiVersion") == "v1") return;
  for (const auto& [core, other] : kNames) rename(event, other, core);
  event["apiVersion"] = "v1";
  // Go writes these whatever they are; events.k8s.io leaves them out when they are empty.
  set_default(event, "involvedObject", json::object());
  set_default(event, "source", json::object());
  for (const std::string_view text : {"reportingComponent", "reportingInstance"})
    set_default(event, text, "");
  for (const std::string_view time : {"firstTimestamp", "lastTimestamp", "eventTime"})
    if (!event.contains(time)) event[time] = nullptr;
}

void event_to_events_api(json::object& event) {
  if (text_in(event, "apiVersion") != "v1") return;
  for (const auto& [core, other] : kNames) rename(event, core, other);
  event["apiVersion"] = "events.k8s.io/v1";
  // Here these go when they are empty.
  for (const std::string_view text : {"reportingController", "reportingInstance"})
    if (text_in(event, text).empty()) event.erase(text);
  if (object_in(event, "regarding").empty()) event["regarding"] = json::object();
}

}  // namespace dynamod::apiserver
