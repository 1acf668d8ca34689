// Which printer prints which kind, and what printers share.
#include "apiserver/builtin/print.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print_kinds.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

std::string human_duration(Duration duration) {
  using std::chrono::duration_cast;
  const auto seconds = duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return fmt::format("{}s", seconds);
  // The two units of a duration; the small one only when it is not 0.
  const auto both = [](std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
    if (small == 0) return fmt::format("{}{}", big, big_unit);
    return fmt::format("{}{}{}{}", big, big_unit, small, small_unit);
  };
  const auto minutes = seconds / 60;
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return fmt::format("{}m", minutes);
  const auto hours = minutes / 60;
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return fmt::format("{}h", hours);
  const auto days = hours / 24;
  if (days < 8) return both(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return fmt::format("{}d", days);
  if (days < 365 * 8) return both(days / 365, 'y', days % 365, 'd');
  return fmt::format("{}y", days / 365);
}

std::string age_of(std::string_view time, WallTime now) {
  const auto then = parse_time(time);
  return then ? human_duration(now - *then) : "<unknown>";
}

std::string object_age(const json::object& object, WallTime now) {
  return age_of(text_at(object, "metadata.creationTimestamp"), now);
}

std::string text_or(std::string_view text, std::string_view otherwise) {
  return std::string(text.empty() ? otherwise : text);
}

std::string labels_text(const json::object& labels) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : labels)
    if (value.is_string())
      pairs.push_back(fmt::format("{}={}", std::string_view(key), value.get_string().c_str()));
  std::ranges::sort(pairs);
  return text_or(fmt::format("{}", fmt::join(pairs, ",")), "<none>");
}

namespace {

std::string requirement_text(const json::object& requirement) {
  const auto key = text_in(requirement, "key");
  const auto op = text_in(requirement, "operator");
  if (op == "Exists") return std::string(key);
  if (op == "DoesNotExist") return fmt::format("!{}", key);
  std::vector<std::string> values = texts_in(requirement, "values");
  std::ranges::sort(values);
  return fmt::format("{} {} ({})", key, op == "In" ? "in" : "notin", fmt::join(values, ","));
}

}  // namespace

std::string selector_text(const json::object& selector) {
  // Sorted by key, as selectors are everywhere.
  std::vector<std::pair<std::string, std::string>> parts;
  for (const auto& [key, value] : object_in(selector, "matchLabels"))
    if (value.is_string())
      parts.emplace_back(key,
                         fmt::format("{}={}", std::string_view(key), value.get_string().c_str()));
  for_each_object(selector, "matchExpressions", [&](const json::object& requirement) {
    parts.emplace_back(text_in(requirement, "key"), requirement_text(requirement));
  });
  std::ranges::sort(parts);
  std::vector<std::string> texts;
  for (auto& [key, text] : parts) texts.push_back(std::move(text));
  return text_or(fmt::format("{}", fmt::join(texts, ",")), "<none>");
}

std::optional<json::array> print_builtin(const json::object& object, std::string_view kind,
                                         WallTime now) {
  if (kind == "Pod") return print_pod(object, now);
  if (auto cells = print_workload(object, kind, now)) return cells;
  const auto* const found = std::ranges::find(kPrinters, kind, &Printer::kind);
  if (found == std::end(kPrinters)) return std::nullopt;
  return found->print(object, now);
}

}  // namespace dynamod::apiserver
