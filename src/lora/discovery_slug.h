// The key under which Dynamo's discovery knows a model. Two names with one slug exclude each other
// on a worker: from 1.5 on the second load fails, before it the second is never served and its
// deletion takes the first away.
#pragma once

#include <string>
#include <string_view>

namespace dynamod::lora {

// Lower case; every character but a-z, 0-9, "-" and "_" becomes one "_"; leading "_" are dropped.
// "" for a name of which nothing is left ("ü"): workers cannot publish it.
[[nodiscard]] std::string discovery_slug(std::string_view name);

}  // namespace dynamod::lora
