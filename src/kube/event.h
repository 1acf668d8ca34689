// events.k8s.io/v1 Event: what happened to an object, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/metadata.h"

namespace dynamod::kube {

struct ObjectReference {
  std::string api_version = {};
  std::string kind = {};
  std::string ns = {};
  std::string name = {};
  std::string uid = {};
  std::string resource_version = {};

  static constexpr void fields(auto&& field) {
    field("apiVersion", &ObjectReference::api_version);
    field("kind", &ObjectReference::kind);
    field("namespace", &ObjectReference::ns);
    field("name", &ObjectReference::name);
    field("uid", &ObjectReference::uid);
    field("resourceVersion", &ObjectReference::resource_version);
  }

  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};

// What an event is about.
[[nodiscard]] ObjectReference reference_to(const ResourceType& type, const ObjectMeta& metadata);

// The same event again: how often, and when last.
struct EventSeries {
  std::int32_t count = 0;  // from 2 on
  MicroTime last_observed_time = {};

  static constexpr void fields(auto&& field) {
    field("count", &EventSeries::count, kRequired);
    field("lastObservedTime", &EventSeries::last_observed_time, kRequired);
  }

  friend bool operator==(const EventSeries&, const EventSeries&) = default;
};

inline constexpr std::size_t kEventNoteMax = 1024;   // bytes; the API server refuses more
inline constexpr std::size_t kEventReasonMax = 128;  // and here

struct Event {
  static constexpr ResourceType kType{"events.k8s.io", "v1", "events", "Event"};

  ObjectMeta metadata = {};
  std::optional<MicroTime> event_time = {};  // required when it is created
  std::optional<EventSeries> series = {};
  std::string reporting_controller = {};
  std::string reporting_instance = {};
  std::string action = {};
  std::string reason = {};
  ObjectReference regarding = {};
  std::string note = {};
  std::string type = {};  // "Normal" or "Warning"

  static constexpr void fields(auto&& field) {
    field("metadata", &Event::metadata);
    field("eventTime", &Event::event_time);
    field("series", &Event::series);
    field("reportingController", &Event::reporting_controller);
    field("reportingInstance", &Event::reporting_instance);
    field("action", &Event::action);
    field("reason", &Event::reason);
    field("regarding", &Event::regarding);
    field("note", &Event::note);
    field("type", &Event::type);
  }

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace dynamod::kube
