// What must be true of built-in objects, in the words of kube-apiserver v1.36.3. Pure: what depends
// on other objects (addresses that are taken) is refused by strategies.
#pragma once

#include <string_view>

#include "apiserver/validation/object_meta.h"
#include "base/json.h"

namespace dynamod::apiserver {

// `api_version` and `kind` are the object's; `old` is null for a new one. All problems, those of
// metadata first.
[[nodiscard]] Problems validate_builtin(const json::object& object, const json::object* old,
                                        const ObjectMetaRules& rules);

// What names of the kind look like.
[[nodiscard]] NameRule name_rule_of(std::string_view api_version, std::string_view kind);

}  // namespace dynamod::apiserver
