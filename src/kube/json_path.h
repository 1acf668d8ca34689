// Kubernetes' JSONPath templates, `{.status.conditions[?(@.type=="Ready")].status}`: what printer
// columns and kubectl's -o jsonpath take. Own file beside the API types: it is a small language.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

struct JsonPathProgram;

// What a field that is not there is.
enum class MissingKeys : std::uint8_t {
  kRefuse,  // an error: "foo is not found"
  kAllow,   // nothing is found
};

// A template parsed once. Cheap to copy, immutable.
class JsonPath {
 public:
  // Text outside of braces stands for itself; a printer column's ".spec.replicas" is parsed as
  // "{.spec.replicas}". Errors: kInvalid in the words of kubectl ("unclosed action", "unrecognized
  // character in action: U+0025 '%'").
  [[nodiscard]] static Result<JsonPath> parse(std::string_view text);

  // What each part of the template finds: one list for each text and each {...}, in a range for
  // each of its rounds. Texts are strings. Fields that a wildcard or ".." finds come in the order
  // of the document. Errors: kInvalid, e.g. "array index out of bounds: index 3, length 2";
  // kTooLarge for a path that finds millions.
  [[nodiscard]] Result<std::vector<std::vector<json::value>>> find(const json::value& object,
                                                                   MissingKeys missing) const;

  // The template filled in, as `kubectl get -o jsonpath=...` prints it.
  [[nodiscard]] Result<std::string> print(const json::value& object, MissingKeys missing) const;

 private:
  explicit JsonPath(std::shared_ptr<const JsonPathProgram> program)
      : program_(std::move(program)) {}

  std::shared_ptr<const JsonPathProgram> program_;
};

// One found value as print() shows it: strings as they are, objects and lists as JSON.
[[nodiscard]] std::string json_path_text(const json::value& value);

}  // namespace dynamod::kube
