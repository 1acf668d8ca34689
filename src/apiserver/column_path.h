// What a printer column of a custom resource reads: its JSON path, evaluated.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace dynamod::apiserver {

struct ColumnValue {
  json::value first = {};  // for columns with a type
  std::string text = {};   // all results, as kubectl's JSONPath prints them
};

// `path` has the leading dot (".status.conditions[?(@.type==\"Ready\")].status"). nullopt: nothing
// is there, or the path makes no sense.
[[nodiscard]] std::optional<ColumnValue> column_value(const json::object& object,
                                                      std::string_view path);

}  // namespace dynamod::apiserver
