// Objects in the form a client asked for: whole, metadata alone, or rows of a Table; on their own,
// in a list, or in an event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apiserver/media_type.h"
#include "apiserver/refusal.h"
#include "apiserver/registry/resource.h"
#include "apiserver/store/store.h"
#include "base/clock.h"

namespace dynamod::apiserver {

// ?includeObject=: what stands beside the cells of a row.
enum class RowObject : std::uint8_t { kNone, kMetadata, kWhole };
// Unknown values are refused (400).
[[nodiscard]] Outcome<RowObject> parse_row_object(std::string_view text);

struct ListMeta {
  Revision revision = 0;
  std::string continues = {};
  std::optional<std::size_t> remaining = {};
};

class Renderer {
 public:
  Renderer(ResourcePtr resource, Rendering rendering, RowObject row_object, WallTime now);

  // An object on its own, as JSON text.
  [[nodiscard]] Result<std::string> one(const StoredObject& stored) const;
  [[nodiscard]] std::string one(json::object object) const;

  // A list is head, items joined by commas, tail.
  [[nodiscard]] std::string list_head(const ListMeta& meta) const;
  [[nodiscard]] Result<std::string> item(const StoredObject& stored) const;

  [[nodiscard]] std::string_view list_tail() const { return "]}\n"; }

  // The object of a watch event. Only the first Table has column definitions.
  [[nodiscard]] Result<std::string> event_object(const StoredObject& stored);
  [[nodiscard]] std::string event_object(json::object object);
  // `object` has kind, apiVersion and metadata alone.
  [[nodiscard]] json::object empty_object() const;

  [[nodiscard]] const Resource& resource() const { return *resource_; }

 private:
  [[nodiscard]] json::object row(json::object object) const;
  [[nodiscard]] json::object table(json::object object, bool with_columns) const;

  ResourcePtr resource_;
  Rendering rendering_;
  RowObject row_object_;
  WallTime now_;
  std::string meta_version_;  // "meta.k8s.io/v1"
  bool stored_is_shown_;
  bool columns_sent_ = false;
};

}  // namespace dynamod::apiserver
