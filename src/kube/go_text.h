// Values as Go prints them: the words of several of Kubernetes' errors, and kubectl's output,
// depend on it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace dynamod::kube {

// %v: `map[a:1 b:[x y]]`, strings without quotes, null as "<nil>".
[[nodiscard]] std::string go_text(const json::value& value);

// %v of a float64: 3, 0.5, 1e-05, 1e+21.
[[nodiscard]] std::string go_number(double value);

// %q: in quotes, escaped, in full whatever its length.
[[nodiscard]] std::string go_quote(std::string_view text);

// encoding/json: keys sorted; <, > and & escaped.
[[nodiscard]] std::string go_json(const json::value& value);

// The type of a decoded value: "map[string]interface {}", "string", "int64", "<nil>", ...
[[nodiscard]] std::string_view go_type(const json::value& value);

}  // namespace dynamod::kube
