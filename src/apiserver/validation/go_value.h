// Paths and problems as Kubernetes' field errors print them: the words of a 422. How Go prints the
// values in them is kube/go_text.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/json_fields.h"
#include "kube/go_text.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

using Problems = std::vector<kube::Problem>;

using kube::go_json;
using kube::go_number;
using kube::go_quote;
using kube::go_text;

// What stands after "Invalid value: ".
[[nodiscard]] std::string go_shown(const json::value& value);
// Go's %v of a list of strings: [a b].
[[nodiscard]] std::string go_strings(const std::vector<std::string>& values);

// field.Path: "" is the path of nothing and prints as "<nil>".
[[nodiscard]] std::string child_path(std::string_view path, std::string_view name);
[[nodiscard]] std::string key_path(std::string_view path, std::string_view key);
[[nodiscard]] std::string index_path(std::string_view path, std::size_t index);
[[nodiscard]] std::string shown_path(std::string_view path);

// The constructors of field.Error. `value` is printed as go_shown does.
[[nodiscard]] kube::Problem invalid_value(std::string_view path, const json::value& value,
                                          std::string detail);
[[nodiscard]] kube::Problem required_value(std::string_view path, std::string detail = "");
[[nodiscard]] kube::Problem forbidden_value(std::string_view path, std::string detail);
[[nodiscard]] kube::Problem duplicate_value(std::string_view path, const json::value& value);
[[nodiscard]] kube::Problem too_long_value(std::string_view path, std::int64_t bytes_max);
[[nodiscard]] kube::Problem too_many_values(std::string_view path, std::int64_t count,
                                            std::int64_t most);
// `supported` as plain text.
[[nodiscard]] kube::Problem unsupported_value(std::string_view path, const json::value& value,
                                              const std::vector<std::string>& supported);

void append(Problems& problems, Problems more);

}  // namespace dynamod::apiserver
