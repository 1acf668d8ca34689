// What a YAML scalar means: the rules of go-yaml v2, which sigs.k8s.io/yaml reads with. A table of
// its own because it is compared with that package, case by case (tests/oracle).
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace dynamod::base {

// `tag` as in YamlNode. Null, bool, int64, uint64, double (also infinite or NaN, which JSON cannot
// hold: the caller refuses them) or string; timestamps stay strings. Error kBadRequest, without a
// place: the tag does not fit the text.
[[nodiscard]] Result<json::value> resolve_yaml_scalar(std::string_view tag, std::string_view text);

// The same text as a key: sigs.k8s.io/yaml prints numbers and booleans. Error kBadRequest for null
// and over int64.
[[nodiscard]] Result<std::string> resolve_yaml_key(std::string_view tag, std::string_view text);

}  // namespace dynamod::base
