// Which fields `fieldSelector` can name for each built-in kind, besides metadata.name and
// metadata.namespace.
#pragma once

#include <string_view>

#include "apiserver/registry/strategy.h"
#include "base/json.h"

namespace dynamod::apiserver {

// Of `kind` in the version `api_version`: events have other names in events.k8s.io/v1.
[[nodiscard]] std::vector<std::string> selectable_fields(std::string_view api_version,
                                                         std::string_view kind);
// Their values in an object of the storage version (core/v1 for events), under all their names.
[[nodiscard]] FieldValues selected_values(const json::object& object, std::string_view kind);

}  // namespace dynamod::apiserver
