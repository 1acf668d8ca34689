// Paths and problems.
#include "apiserver/validation/go_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dynamod::apiserver {

namespace {

kube::Problem problem(std::string_view path, kube::Problem::Kind kind, std::string detail) {
  return {.path = shown_path(path), .kind = kind, .value = "", .detail = std::move(detail)};
}

}  // namespace

std::string go_shown(const json::value& value) {
  if (value.is_string()) return go_quote(value.get_string());
  if (value.is_double()) return go_number(value.get_double());
  return go_json(value);
}

std::string go_strings(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, " "));
}

std::string child_path(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

std::string key_path(std::string_view path, std::string_view key) {
  return fmt::format("{}[{}]", path, key);
}

std::string index_path(std::string_view path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string shown_path(std::string_view path) {
  return path.empty() ? "<nil>" : std::string(path);
}

kube::Problem invalid_value(std::string_view path, const json::value& value, std::string detail) {
  auto out = problem(path, kube::Problem::Kind::kInvalid, std::move(detail));
  out.value = go_shown(value);
  return out;
}

kube::Problem required_value(std::string_view path, std::string detail) {
  return problem(path, kube::Problem::Kind::kRequired, std::move(detail));
}

kube::Problem forbidden_value(std::string_view path, std::string detail) {
  return problem(path, kube::Problem::Kind::kForbidden, std::move(detail));
}

kube::Problem duplicate_value(std::string_view path, const json::value& value) {
  auto out = problem(path, kube::Problem::Kind::kDuplicate, "");
  out.value = go_shown(value);
  return out;
}

kube::Problem too_long_value(std::string_view path, std::int64_t bytes_max) {
  return problem(
      path, kube::Problem::Kind::kTooLong,
      fmt::format("may not be more than {} {}", bytes_max, bytes_max == 1 ? "byte" : "bytes"));
}

kube::Problem too_many_values(std::string_view path, std::int64_t count, std::int64_t most) {
  auto out = problem(path, kube::Problem::Kind::kTooMany,
                     fmt::format("must have at most {} {}", most, most == 1 ? "item" : "items"));
  out.value = fmt::format("{}", count);
  return out;
}

kube::Problem unsupported_value(std::string_view path, const json::value& value,
                                const std::vector<std::string>& supported) {
  std::vector<std::string> quoted;
  for (const auto& name : supported) quoted.push_back(go_quote(name));
  auto out = problem(path, kube::Problem::Kind::kNotSupported,
                     fmt::format("supported values: {}", fmt::join(quoted, ", ")));
  out.value = go_shown(value);
  return out;
}

void append(Problems& problems, Problems more) {
  std::ranges::move(more, std::back_inserter(problems));
}

}  // namespace dynamod::apiserver
