// The words of field errors, as k8s.io/apimachinery prints them.
#include "kube/validation.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/utf8.h"
#include "kube/go_text.h"

namespace dynamod::kube {

namespace {

constexpr std::size_t kShownValueMax = 128;

struct KindWords {
  std::string_view text;    // field.ErrorType.String()
  std::string_view reason;  // metav1.CauseType
};

KindWords words_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::kRequired:
      return {"Required value", "FieldValueRequired"};
    case Problem::Kind::kInvalid:
      return {"Invalid value", "FieldValueInvalid"};
    case Problem::Kind::kTypeInvalid:
      return {"Invalid value", "FieldValueTypeInvalid"};
    case Problem::Kind::kNotSupported:
      return {"Unsupported value", "FieldValueNotSupported"};
    case Problem::Kind::kTooLong:
      return {"Too long", "FieldValueTooLong"};
    case Problem::Kind::kTooMany:
      return {"Too many", "FieldValueTooMany"};
    case Problem::Kind::kNotFound:
      return {"Not found", "FieldValueNotFound"};
    case Problem::Kind::kInternal:
      return {"Internal error", "InternalError"};
    case Problem::Kind::kDuplicate:
      return {"Duplicate value", "FieldValueDuplicate"};
    case Problem::Kind::kForbidden:
      return {"Forbidden", "FieldValueForbidden"};
  }
  return {"Internal error", "InternalError"};
}

}  // namespace

std::string quote(std::string_view text) {
  const std::string_view shown = cut_utf8(text, kShownValueMax);
  std::string out = go_quote(shown);
  if (shown.size() < text.size()) out.insert(out.size() - 1, "...");
  return out;
}

std::string Problem::body() const {
  std::string out(words_of(kind).text);
  const bool shows_value = kind != Kind::kRequired && kind != Kind::kForbidden &&
                           kind != Kind::kTooLong && kind != Kind::kInternal;
  if (shows_value && !value.empty()) out.append(": ").append(value);
  if (!detail.empty()) out.append(": ").append(detail);
  return out;
}

std::string Problem::text() const {
  return path + ": " + body();
}

Problem required(std::string path, std::string detail) {
  return {.path = std::move(path),
          .kind = Problem::Kind::kRequired,
          .value = "",
          .detail = std::move(detail)};
}

Problem invalid(std::string path, std::string_view shown_value, std::string detail) {
  return {.path = std::move(path),
          .kind = Problem::Kind::kInvalid,
          .value = std::string(shown_value),
          .detail = std::move(detail)};
}

Problem too_long(std::string path, std::size_t bytes_max, std::string_view advice) {
  std::string detail = fmt::format("may not be more than {} bytes", bytes_max);
  if (!advice.empty()) detail.append("; ").append(advice);
  return {.path = std::move(path),
          .kind = Problem::Kind::kTooLong,
          .value = "",
          .detail = std::move(detail)};
}

Problem not_supported(std::string path, std::string_view value,
                      const std::vector<std::string_view>& supported) {
  std::vector<std::string> names;
  for (const auto name : supported) names.push_back(quote(name));
  return {.path = std::move(path),
          .kind = Problem::Kind::kNotSupported,
          .value = quote(value),
          .detail = fmt::format("supported values: {}", fmt::join(names, ", "))};
}

std::string problems_text(const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    std::string text = problem.text();
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  }
  if (texts.size() == 1) return std::move(texts.front());
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string invalid_text(const ResourceType& type, std::string_view name,
                         const std::vector<Problem>& problems) {
  return fmt::format("{} {} is invalid: {}", type.kind_name(), quote(name),
                     problems_text(problems));
}

json::object invalid_status(const ResourceType& type, std::string_view name,
                            const std::vector<Problem>& problems) {
  json::array causes;
  for (const auto& problem : problems)
    causes.push_back(json::object{{"reason", words_of(problem.kind).reason},
                                  {"message", problem.body()},
                                  {"field", problem.path}});
  json::object details;
  if (!name.empty()) details["name"] = name;
  if (!type.group.empty()) details["group"] = type.group;
  if (!type.kind.empty()) details["kind"] = type.kind;
  details["causes"] = std::move(causes);
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Failure"},
          {"message", invalid_text(type, name, problems)},
          {"reason", "Invalid"},
          {"details", std::move(details)},
          {"code", 422}};
}

}  // namespace dynamod::kube
