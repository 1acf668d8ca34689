// JSON into types that declare their fields. As Go does: unknown fields are ignored, null is
// absent. All problems are gathered, with their paths, and what can be read is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/fields.h"
#include "kube/validation.h"

namespace dynamod::kube {

// Where the reader is: a chain on the stack, made into text only for a problem.
class FieldPath {
 public:
  FieldPath() = default;

  FieldPath(const FieldPath& parent, std::string_view name) : parent_(&parent), name_(name) {}

  // An element of an array, or of a map by its key: "containers[0]", "labels[app]".
  [[nodiscard]] static FieldPath at_index(const FieldPath& parent, std::size_t index);
  [[nodiscard]] static FieldPath at_key(const FieldPath& parent, std::string_view key);

  [[nodiscard]] std::string text() const;

 private:
  enum class Step : std::uint8_t { kField, kIndex, kKey };

  const FieldPath* parent_ = nullptr;
  Step step_ = Step::kField;
  std::string_view name_;
  std::size_t index_ = 0;
};

// Where problems go.
struct DecodeContext {
  std::vector<Problem>& problems;

  // `<path>: Invalid value: "integer": <path> in body must be of type string: "integer"`
  void wrong_type(const FieldPath& path, std::string_view wanted, const json::value& value);
  void missing(const FieldPath& path);
  void unknown_name(const FieldPath& path, std::string_view text,
                    const std::vector<std::string_view>& supported);
};

void decode_value(const json::value& value, std::string& out, const FieldPath& path,
                  DecodeContext context);
void decode_value(const json::value& value, bool& out, const FieldPath& path,
                  DecodeContext context);
void decode_value(const json::value& value, std::int32_t& out, const FieldPath& path,
                  DecodeContext context);
void decode_value(const json::value& value, std::int64_t& out, const FieldPath& path,
                  DecodeContext context);
void decode_value(const json::value& value, WallTime& out, const FieldPath& path,
                  DecodeContext context);
void decode_value(const json::value& value, MicroTime& out, const FieldPath& path,
                  DecodeContext context);

// The fields of `value` into `out`, the rest of which stays as it is.
template <class T>
void decode_into(const json::value& value, T& out, const FieldPath& path, DecodeContext context) {
  if constexpr (std::same_as<T, json::value>) {
    out = value;
  } else if constexpr (Described<T>) {
    const auto* object = value.if_object();
    if (!object) return context.wrong_type(path, "object", value);
    for_each_field<T>([&](const auto& field) {
      const FieldPath at(path, field.name);
      const auto* member = object->if_contains(field.name);
      if (member && !member->is_null())
        decode_into(*member, out.*field.member, at, context);
      else if (field.need == kRequired)
        context.missing(at);
    });
  } else if constexpr (NamedEnum<T>) {
    const auto* text = value.if_string();
    if (!text) return context.wrong_type(path, "string", value);
    if (const auto named = enum_from_text<T>(*text))
      out = *named;
    else
      context.unknown_name(path, *text, enum_texts<T>());
  } else if constexpr (kIsOptional<T>) {
    decode_into(value, out.emplace(), path, context);
  } else if constexpr (kIsVector<T>) {
    const auto* array = value.if_array();
    if (!array) return context.wrong_type(path, "array", value);
    out.clear();
    out.reserve(array->size());
    for (const auto& element : *array)
      decode_into(element, out.emplace_back(), FieldPath::at_index(path, out.size() - 1), context);
  } else if constexpr (kIsMap<T>) {
    const auto* object = value.if_object();
    if (!object) return context.wrong_type(path, "object", value);
    out.clear();
    for (const auto& [key, element] : *object)
      decode_into(element, out[std::string(key)], FieldPath::at_key(path, key), context);
  } else {
    decode_value(value, out, path, context);
  }
}

// The value is filled as far as it can be. For objects an API server gave, problems are worth a log
// line, not a refusal: their schema is the server's.
template <class T>
[[nodiscard]] T from_json(const json::value& value, std::vector<Problem>& problems) {
  T out{};
  decode_into(value, out, FieldPath(), DecodeContext{problems});
  return out;
}

// The same for input that must be right: kInvalid with all problems in one message.
template <class T>
[[nodiscard]] Result<T> from_json(const json::value& value) {
  std::vector<Problem> problems;
  T out = from_json<T>(value, problems);
  if (!problems.empty()) return fail(Error::Kind::kInvalid, problems_text(problems));
  return out;
}

}  // namespace dynamod::kube
