// Reading and editing an API object that is a json::object: its metadata, and fields by path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_fields.h"
#include "kube/metadata.h"
#include "kube/resource.h"

namespace dynamod::apiserver {

// The string at `path`, or "".
[[nodiscard]] std::string string_in(const json::object& object, std::string_view path);
// The integer at `path`, or 0.
[[nodiscard]] std::int64_t number_in(const json::object& object, std::string_view path);
// What a field selector compares with: strings as they are, numbers and bools in their text, ""
// when absent.
[[nodiscard]] std::string field_text(const json::object& object, std::string_view path);

// object.metadata, made when absent (or no object).
[[nodiscard]] json::object& metadata_of(json::object& object);
// An empty one when absent.
[[nodiscard]] const json::object& metadata_of(const json::object& object);
[[nodiscard]] kube::ObjectKey key_of(const json::object& object);
// metadata.labels or metadata.annotations; values that are no strings are left out.
[[nodiscard]] kube::Labels labels_of(const json::object& object, std::string_view field = "labels");
[[nodiscard]] bool has_finalizers(const json::object& object);

// object[field] becomes what it is in `old`, or goes.
void keep_old(json::object& object, const json::object& old, std::string_view field);
// Whether both have the same value there, or neither has one.
[[nodiscard]] bool same_field(const json::object& a, const json::object& b, std::string_view field);

}  // namespace dynamod::apiserver
