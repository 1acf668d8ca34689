// One object in the versions its managers have written it in. Their fields are paths of that
// version.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apiserver/apply/apply.h"
#include "apiserver/apply/type_ref.h"
#include "base/json.h"
#include "base/result.h"

namespace dynamod::apiserver {

struct TypedObject {
  json::value value = {};  // an object; null when nothing is left of it
  TypeRef type = {};
  std::string api_version = {};
};

// Of `kind`'s own version.
[[nodiscard]] TypedObject typed_object(const json::object& object, const ManagedKind& kind);

// nullopt: the version is not served any more.
[[nodiscard]] Result<std::optional<TypedObject>> in_version(const TypedObject& object,
                                                            std::string_view api_version,
                                                            const ManagedKind& kind);

}  // namespace dynamod::apiserver
