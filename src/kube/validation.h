// What is wrong with an object, field by field, in the words and forms Kubernetes uses. Pure
// values: admission, the controller and the embedded API server all print the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/resource.h"

namespace dynamod::kube {

// One problem of one field, as k8s.io/apimachinery's field.Error.
struct Problem {
  enum class Kind : std::uint8_t {
    kRequired,
    kInvalid,
    kTypeInvalid,
    kNotSupported,
    kTooLong,
    kTooMany,
    kNotFound,
    kInternal,
    kDuplicate,
    kForbidden,
  };

  std::string path = {};  // "spec.source.uri"
  Kind kind = Kind::kInvalid;
  // As it is printed (a string in quotes: see quote()); never a secret. kRequired, kTooLong,
  // kForbidden and kInternal show none.
  std::string value = {};
  std::string detail = {};

  // `Invalid value: "x": must start with ...`
  [[nodiscard]] std::string body() const;
  // `spec.source.uri: Invalid value: "x": must start with ...`
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

// What a check of an object found: problems refuse it, warnings are shown and let it pass.
struct Verdict {
  std::vector<Problem> problems = {};
  std::vector<std::string> warnings = {};

  [[nodiscard]] bool ok() const { return problems.empty(); }

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Stands for a value that may hold a secret.
inline constexpr std::string_view kRedacted = "\"<redacted>\"";

// "text" in double quotes with the escapes of Go's %q; longer than 128 bytes is cut, with "..."
// inside the quotes.
[[nodiscard]] std::string quote(std::string_view text);

[[nodiscard]] Problem required(std::string path, std::string detail);
[[nodiscard]] Problem invalid(std::string path, std::string_view shown_value, std::string detail);
[[nodiscard]] Problem too_long(std::string path, std::size_t bytes_max,
                               std::string_view advice = "");
[[nodiscard]] Problem not_supported(std::string path, std::string_view value,
                                    const std::vector<std::string_view>& supported);

// "a" for one problem, "[a, b]" for several; the same text twice is shown once.
[[nodiscard]] std::string problems_text(const std::vector<Problem>& problems);
// `DynamoModel.nvidia.com "x" is invalid: [a, b]`
[[nodiscard]] std::string invalid_text(const ResourceType& type, std::string_view name,
                                       const std::vector<Problem>& problems);
// The metav1.Status (HTTP 422, reason Invalid, one cause for each problem) that says the same.
[[nodiscard]] json::object invalid_status(const ResourceType& type, std::string_view name,
                                          const std::vector<Problem>& problems);

}  // namespace dynamod::kube
