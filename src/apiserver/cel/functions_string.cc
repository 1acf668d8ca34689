// Functions of text. Positions count code points, as in cel-go's strings extension.
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "apiserver/cel/duration.h"
#include "apiserver/cel/functions.h"
#include "base/go_number.h"
#include "base/json.h"
#include "base/utf8.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

// The text of argument `index`; null when it is something else.
const std::string* text_arg(const Call& call, std::size_t index) {
  return index < call.args.size() ? call.args[index].get<std::string>() : nullptr;
}

const std::int64_t* int_arg(const Call& call, std::size_t index) {
  return index < call.args.size() ? call.args[index].get<std::int64_t>() : nullptr;
}

// Runs `test` over the first two arguments when both are text.
template <class Use>
Value with_two(const Call& call, Use use) {
  const auto* a = text_arg(call, 0);
  const auto* b = text_arg(call, 1);
  if (a == nullptr || b == nullptr) return no_such_overload();
  if (!call.meter.spend_text(a->size() + b->size())) return no_such_overload();
  return use(*a, *b);
}

template <class Use>
Value with_one(const Call& call, Use use) {
  const auto* a = text_arg(call, 0);
  if (a == nullptr) return no_such_overload();
  if (!call.meter.spend_text(a->size())) return no_such_overload();
  return use(*a);
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    out += point.length == 0 ? U'\xFFFD' : point.value;
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return out;
}

std::string utf8(std::u32string_view points) {
  std::string out;
  for (const char32_t point : points) append_utf8(out, point);
  return out;
}

std::string ascii_case(std::string_view text, char from, int shift) {
  std::string out(text);
  for (char& c : out)
    if (c >= from && c < from + 26) c = static_cast<char>(c + shift);
  return out;
}

Value out_of_range(std::int64_t index) {
  return error_value(fmt::format("index out of range: {}", index));
}

Value char_at(const Call& call) {
  return with_one(call, [&](const std::string& text) -> Value {
    const auto* index = int_arg(call, 1);
    if (index == nullptr) return no_such_overload();
    const auto points = code_points(text);
    if (*index < 0 || static_cast<std::size_t>(*index) > points.size()) return out_of_range(*index);
    return utf8(std::u32string_view(points).substr(static_cast<std::size_t>(*index), 1));
  });
}

// Up to `limit` parts (negative: all); an empty separator splits between code points.
Value split(const Call& call) {
  return with_two(call, [&](const std::string& text, const std::string& separator) -> Value {
    std::int64_t limit = -1;
    if (call.args.size() == 3) {
      if (int_arg(call, 2) == nullptr) return no_such_overload();
      limit = *int_arg(call, 2);
    }
    std::vector<Value> parts;
    if (limit == 0) return Value::list({});
    std::string_view rest = text;
    const auto full = [&] {
      return limit > 0 && static_cast<std::int64_t>(parts.size()) + 1 >= limit;
    };
    while (!full()) {
      std::size_t end = separator.empty() ? std::string_view::npos : rest.find(separator);
      if (separator.empty() && !rest.empty())
        end = std::max<std::size_t>(first_code_point(rest).length, 1);
      if (end == std::string_view::npos || (separator.empty() && end >= rest.size())) break;
      if (!call.meter.spend(1)) return no_such_overload();
      parts.emplace_back(std::string(rest.substr(0, end)));
      rest.remove_prefix(end + separator.size());
    }
    if (!separator.empty() || !rest.empty()) parts.emplace_back(std::string(rest));
    return Value::list(std::move(parts));
  });
}

Value replace(const Call& call) {
  return with_two(call, [&](const std::string& text, const std::string& wanted) -> Value {
    const auto* by = text_arg(call, 2);
    if (by == nullptr) return no_such_overload();
    std::int64_t left = -1;
    if (call.args.size() == 4) {
      if (int_arg(call, 3) == nullptr) return no_such_overload();
      left = *int_arg(call, 3);
    }
    std::string out;
    std::string_view rest = text;
    for (; left != 0; --left) {
      const auto found = rest.find(wanted);
      if (found == std::string_view::npos) break;
      if (!call.meter.spend_text(found + by->size())) return no_such_overload();
      out.append(rest.substr(0, found)).append(*by);
      rest.remove_prefix(found + wanted.size());
      if (!wanted.empty()) continue;
      if (rest.empty()) return out;
      const auto length = std::max<std::size_t>(first_code_point(rest).length, 1);
      out.append(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    return out.append(rest);
  });
}

Value substring(const Call& call) {
  return with_one(call, [&](const std::string& text) -> Value {
    const auto points = code_points(text);
    const auto size = static_cast<std::int64_t>(points.size());
    if (int_arg(call, 1) == nullptr) return no_such_overload();
    const std::int64_t from = *int_arg(call, 1);
    std::int64_t to = size;
    if (call.args.size() == 3) {
      if (int_arg(call, 2) == nullptr) return no_such_overload();
      to = *int_arg(call, 2);
    }
    if (from < 0 || from > size) return out_of_range(from);
    if (to < 0 || to > size) return out_of_range(to);
    if (from > to)
      return error_value(fmt::format("invalid substring range. start: {}, end: {}", from, to));
    return utf8(std::u32string_view(points).substr(static_cast<std::size_t>(from),
                                                   static_cast<std::size_t>(to - from)));
  });
}

bool is_white(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

Value trim(const Call& call) {
  return with_one(call, [](const std::string& text) -> Value {
    const auto points = code_points(text);
    const auto begin = std::ranges::find_if_not(points, is_white);
    const auto end = std::find_if_not(points.rbegin(), std::make_reverse_iterator(begin), is_white);
    return utf8({begin, end.base()});
  });
}

// A value inside formatted text: text without quotes, lists and maps with their elements.
std::string plain(const Value& value) {
  if (const auto* s = value.get<std::string>()) return *s;
  if (const auto* b = value.get<Bytes>()) return b->data;
  if (const auto* d = value.get<Duration>()) return format_seconds(*d);
  if (const auto* t = value.get<WallTime>()) return format_nano_time(*t);
  if (const auto* d = value.get<double>()) {
    if (std::isnan(*d)) return "NaN";
    if (std::isinf(*d)) return *d > 0 ? "Infinity" : "-Infinity";
    std::string out;
    append_json_double(out, *d);
    return out;
  }
  if (const auto* u = value.get<std::uint64_t>()) return fmt::format("{}", *u);
  if (value.is_list()) {
    std::string out = "[";
    for (std::size_t i = 0; i < value.size(); ++i) out += (i == 0 ? "" : ", ") + plain(value.at(i));
    return out + "]";
  }
  if (!value.is_map()) return value.text();
  std::vector<std::string> entries;
  for (const auto& key : value.keys())
    entries.push_back(plain(key) + ": " + plain(value.find(key).value_or(Null{})));
  std::ranges::sort(entries);
  return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

// One clause of format(): %s, %d, %.2f, %e, %b, %o, %x, %X. Nothing when the value does not fit.
std::optional<std::string> formatted(char verb, int precision, const Value& value) {
  const auto* i = value.get<std::int64_t>();
  const auto* u = value.get<std::uint64_t>();
  const auto* d = value.get<double>();
  switch (verb) {
    case 's':
      return plain(value);
    case 'd':
      if (!value.is_number()) return std::nullopt;
      return plain(value);
    case 'f':
    case 'e': {
      if (!value.is_number()) return std::nullopt;
      if (d != nullptr && !std::isfinite(*d)) return plain(value);
      const double number = d != nullptr   ? *d
                            : i != nullptr ? static_cast<double>(*i)
                                           : static_cast<double>(*u);
      return verb == 'f' ? fmt::format("{:.{}f}", number, precision)
                         : fmt::format("{:.{}e}", number, precision);
    }
    case 'b':
      if (const auto* truth = value.get<bool>()) return *truth ? "1" : "0";
      if (i != nullptr) return fmt::format("{:b}", *i);
      return u != nullptr ? std::optional(fmt::format("{:b}", *u)) : std::nullopt;
    case 'o':
      if (i != nullptr) return fmt::format("{:o}", *i);
      return u != nullptr ? std::optional(fmt::format("{:o}", *u)) : std::nullopt;
    case 'x':
    case 'X': {
      std::string out;
      if (i != nullptr) out = fmt::format("{:x}", *i);
      if (u != nullptr) out = fmt::format("{:x}", *u);
      const auto* s = value.get<std::string>();
      const auto* b = value.get<Bytes>();
      if (s == nullptr && b == nullptr && i == nullptr && u == nullptr) return std::nullopt;
      for (const char c : s != nullptr ? *s : b != nullptr ? b->data : std::string())
        out += fmt::format("{:02x}", static_cast<unsigned char>(c));
      return verb == 'x' ? out : ascii_case(out, 'a', 'A' - 'a');
    }
    default:
      return std::nullopt;
  }
}

constexpr int kPrecisionMax = 100;

Value format(const Call& call) {
  const auto* text = text_arg(call, 0);
  if (text == nullptr || !call.args[1].is_list()) return no_such_overload();
  const Value& args = call.args[1];
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text->size(); ++at) {
    if (!call.meter.spend(1)) return no_such_overload();
    if ((*text)[at] != '%') {
      out += (*text)[at];
      continue;
    }
    if (++at < text->size() && (*text)[at] == '%') {
      out += '%';
      continue;
    }
    int precision = 6;
    if (at < text->size() && (*text)[at] == '.') {
      precision = 0;
      while (++at < text->size() && (*text)[at] >= '0' && (*text)[at] <= '9')
        precision = std::min((precision * 10) + ((*text)[at] - '0'), kPrecisionMax);
    }
    if (at >= text->size())
      return error_value("could not parse formatting clause: unexpected end of string");
    if (used >= args.size()) return error_value(fmt::format("index {} out of range", used));
    const Value value = args.at(used++);
    const auto part = formatted((*text)[at], precision, value);
    if (!part)
      return error_value(
          fmt::format("error during formatting: %{} of {}", (*text)[at], value.type_name()));
    if (!call.meter.spend_text(part->size())) return no_such_overload();
    out += *part;
  }
  return out;
}

Value join(const Call& call) {
  const Value& list = call.args[0];
  const std::string separator =
      call.args.size() == 2 && text_arg(call, 1) != nullptr ? *text_arg(call, 1) : "";
  if (!list.is_list() || (call.args.size() == 2 && text_arg(call, 1) == nullptr))
    return no_such_overload();
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i);
    const auto* text = element.get<std::string>();
    if (text == nullptr) return no_such_overload();
    if (!call.meter.spend_text(text->size() + separator.size())) return no_such_overload();
    if (i != 0) out += separator;
    out += *text;
  }
  return out;
}

constexpr std::array<Function, 13> kFunctions = {{
    {"contains", Style::kMember, 2, 2,
     [](const Call& c) {
       return with_two(c, [](auto& a, auto& b) -> Value { return a.contains(b); });
     }},
    {"startsWith", Style::kMember, 2, 2,
     [](const Call& c) {
       return with_two(c, [](auto& a, auto& b) -> Value { return a.starts_with(b); });
     }},
    {"endsWith", Style::kMember, 2, 2,
     [](const Call& c) {
       return with_two(c, [](auto& a, auto& b) -> Value { return a.ends_with(b); });
     }},
    {"charAt", Style::kMember, 2, 2, char_at},
    {"lowerAscii", Style::kMember, 1, 1,
     [](const Call& c) {
       return with_one(c, [](auto& a) -> Value { return ascii_case(a, 'A', 'a' - 'A'); });
     }},
    {"upperAscii", Style::kMember, 1, 1,
     [](const Call& c) {
       return with_one(c, [](auto& a) -> Value { return ascii_case(a, 'a', 'A' - 'a'); });
     }},
    {"replace", Style::kMember, 3, 4, replace},
    {"split", Style::kMember, 2, 3, split},
    {"substring", Style::kMember, 2, 3, substring},
    {"trim", Style::kMember, 1, 1, trim},
    {"format", Style::kMember, 2, 2, format},
    {"join", Style::kMember, 1, 2, join},
    {"strings.quote", Style::kGlobal, 1, 1,
     [](const Call& c) {
       return with_one(c, [](auto& a) -> Value { return encode_json(json::value(a)); });
     }},
}};

}  // namespace

Value index_of_text(const Call& call) {
  return with_two(call, [&](const std::string& text, const std::string& wanted) -> Value {
    std::int64_t from = 0;
    if (call.args.size() == 3) {
      if (int_arg(call, 2) == nullptr) return no_such_overload();
      from = *int_arg(call, 2);
    }
    const auto points = code_points(text);
    if (from < 0 || static_cast<std::size_t>(from) > points.size()) return out_of_range(from);
    const auto found = points.find(code_points(wanted), static_cast<std::size_t>(from));
    return found == std::u32string::npos ? std::int64_t{-1} : static_cast<std::int64_t>(found);
  });
}

Value last_index_of_text(const Call& call) {
  return with_two(call, [&](const std::string& text, const std::string& wanted) -> Value {
    const auto points = code_points(text);
    auto from = static_cast<std::int64_t>(points.size());
    if (call.args.size() == 3) {
      if (int_arg(call, 2) == nullptr) return no_such_overload();
      from = *int_arg(call, 2);
    }
    if (from < 0 || static_cast<std::size_t>(from) > points.size()) return out_of_range(from);
    const auto found = points.rfind(code_points(wanted), static_cast<std::size_t>(from));
    return found == std::u32string::npos ? std::int64_t{-1} : static_cast<std::int64_t>(found);
  });
}

std::span<const Function> string_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
