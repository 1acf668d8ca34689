// The forms of names in Kubernetes. Each function returns what is wrong in Kubernetes' words;
// nothing is wrong with an empty list.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/object_meta.h"

namespace dynamod::apiserver {

using NameErrors = std::vector<std::string>;

[[nodiscard]] NameErrors dns1123_label_errors(std::string_view value);
[[nodiscard]] NameErrors dns1123_subdomain_errors(std::string_view value);
[[nodiscard]] NameErrors dns1035_label_errors(std::string_view value);
[[nodiscard]] NameErrors path_segment_errors(std::string_view value);
// [prefix/]name: label keys, finalizers, condition types.
[[nodiscard]] NameErrors qualified_name_errors(std::string_view value);
[[nodiscard]] NameErrors label_value_errors(std::string_view value);

// The errors of a name or of a generateName (a prefix may end in a dash).
enum class NamePart : std::uint8_t { kWhole, kPrefix };
[[nodiscard]] NameErrors name_errors(NameRule rule, std::string_view value, NamePart part);

}  // namespace dynamod::apiserver
