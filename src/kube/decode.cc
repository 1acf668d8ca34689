// Scalars, paths and the texts of problems: what decode_into() needs for every type alike.
#include "kube/decode.h"

#include <limits>

#include <fmt/format.h>

#include "base/timestamp.h"

namespace dynamod::kube {

namespace {

// As the API server's schema validation names what it got.
std::string_view type_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "integer";
    case json::kind::double_:
      return "number";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "array";
    case json::kind::object:
      return "object";
  }
  return "";
}

template <class Int>
void decode_integer(const json::value& value, Int& out, const FieldPath& path,
                    DecodeContext context) {
  using Limits = std::numeric_limits<Int>;
  const auto* number = value.if_int64();
  if (!number && !value.is_uint64()) return context.wrong_type(path, "integer", value);
  if (number && *number >= Limits::min() && *number <= Limits::max()) {
    out = static_cast<Int>(*number);
    return;
  }
  context.problems.push_back(
      invalid(path.text(), encode_json(value),
              fmt::format("must be between {} and {}", Limits::min(), Limits::max())));
}

void decode_time(const json::value& value, WallTime& out, const FieldPath& path,
                 DecodeContext context) {
  const auto* text = value.if_string();
  if (!text) return context.wrong_type(path, "string", value);
  if (const auto time = parse_time(*text))
    out = *time;
  else
    context.problems.push_back(
        invalid(path.text(), quote(*text),
                "must be a time as RFC 3339 writes it, such as 2026-01-02T03:04:05Z"));
}

}  // namespace

FieldPath FieldPath::at_index(const FieldPath& parent, std::size_t index) {
  FieldPath path(parent, "");
  path.step_ = Step::kIndex;
  path.index_ = index;
  return path;
}

FieldPath FieldPath::at_key(const FieldPath& parent, std::string_view key) {
  FieldPath path(parent, key);
  path.step_ = Step::kKey;
  return path;
}

std::string FieldPath::text() const {
  if (!parent_) return "";
  std::string out = parent_->text();
  switch (step_) {
    case Step::kField:
      if (!out.empty()) out += '.';
      return out.append(name_);
    case Step::kIndex:
      return out + fmt::format("[{}]", index_);
    case Step::kKey:
      return out + fmt::format("[{}]", name_);
  }
  return out;
}

void DecodeContext::wrong_type(const FieldPath& path, std::string_view wanted,
                               const json::value& value) {
  const std::string at = path.text();
  const std::string got = quote(type_name(value));
  problems.push_back({.path = at,
                      .kind = Problem::Kind::kTypeInvalid,
                      .value = got,
                      .detail = fmt::format("{} in body must be of type {}: {}", at, wanted, got)});
}

void DecodeContext::missing(const FieldPath& path) {
  problems.push_back(required(path.text(), ""));
}

void DecodeContext::unknown_name(const FieldPath& path, std::string_view text,
                                 const std::vector<std::string_view>& supported) {
  problems.push_back(not_supported(path.text(), text, supported));
}

void decode_value(const json::value& value, std::string& out, const FieldPath& path,
                  DecodeContext context) {
  if (const auto* text = value.if_string())
    out.assign(text->data(), text->size());
  else
    context.wrong_type(path, "string", value);
}

void decode_value(const json::value& value, bool& out, const FieldPath& path,
                  DecodeContext context) {
  if (const auto* flag = value.if_bool())
    out = *flag;
  else
    context.wrong_type(path, "boolean", value);
}

void decode_value(const json::value& value, std::int32_t& out, const FieldPath& path,
                  DecodeContext context) {
  decode_integer(value, out, path, context);
}

void decode_value(const json::value& value, std::int64_t& out, const FieldPath& path,
                  DecodeContext context) {
  decode_integer(value, out, path, context);
}

void decode_value(const json::value& value, WallTime& out, const FieldPath& path,
                  DecodeContext context) {
  decode_time(value, out, path, context);
}

void decode_value(const json::value& value, MicroTime& out, const FieldPath& path,
                  DecodeContext context) {
  decode_time(value, out.time, path, context);
}

}  // namespace dynamod::kube
