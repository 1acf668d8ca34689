// Who owns an adapter name on a base model when several objects claim it (design: "Conflict").
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace dynamod::controllers::model {

// One object's claim. Names are compared by their discovery slug, as Dynamo's discovery does.
struct Claim {
  std::string object;  // metadata.name
  WallTime created{};
  std::string slug;  // of spec.modelName
  bool deleting = false;
  std::vector<std::string> held;  // slugs of the names in its `applied` annotation
};

// Index into `claims` of the owner of `slug`; nothing when no claim is about it.
// The incumbent (an object whose annotation holds the name) wins; with several or none the older,
// then the smaller object name. An object that is being deleted owns only what it holds.
[[nodiscard]] std::optional<std::size_t> owner_of(const std::string& slug,
                                                  const std::vector<Claim>& claims);

}  // namespace dynamod::controllers::model
