// JSON values as block YAML that kubectl's users know: two spaces, sequences at the indentation of
// their key, quotes only where a reader of YAML 1.1 or 1.2 would see something other than the text.
#include <cctype>

#include "base/utf8.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace dynamod::base {

namespace {

constexpr std::size_t kSimpleKeyMax =
    120;  // YAML lets a simple key have 1024 characters; a long one gets "? "

bool is_plain_character(char32_t c) {
  return c >= 0x20 && c != 0x7F && !(c >= 0x80 && c < 0xA0) && c != 0x2028 && c != 0x2029 &&
         c != 0xFEFF && c != 0xFFFE && c != 0xFFFF;
}

// True if `text` has no character, apart from those of `also`, that only double quotes can hold.
bool is_printable(std::string_view text, std::string_view also) {
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const bool special = also.find(text.front()) != std::string_view::npos;
    if (point.length == 0 || (!special && !is_plain_character(point.value))) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

// Readers of YAML 1.1 take 1:20 for 80 and 2001-01-01 for a time.
bool looks_like_time(std::string_view text) {
  if (!std::isdigit(static_cast<unsigned char>(text.front())) && text.front() != '-' &&
      text.front() != '+')
    return false;
  if (text.find_first_not_of("0123456789:_.+-TtZz ") != std::string_view::npos) return false;
  const bool sexagesimal = text.find(':') != std::string_view::npos;
  const bool date = text.size() > 4 && text[4] == '-';
  return sexagesimal || date;
}

// True if the grammar lets `text` (printable, one line, not empty) stand without quotes in block
// context.
bool can_be_plain(std::string_view text) {
  constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`";
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  const bool entry = text.front() == '-' || text.front() == '?' || text.front() == ':';
  if (entry && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos)
    return false;
  return !text.starts_with("---") && !text.starts_with("...");
}

// True if plain `text` means itself: no number, boolean, null, time or merge key.
bool reads_as_text(std::string_view text) {
  if (text == "<<" || text == "=" || looks_like_time(text)) return false;
  const auto resolved = resolve_yaml_scalar("", text);
  return resolved && resolved->is_string();
}

// True if a literal block (|) gives `text` back: lines that start with white space or hold nothing
// else are left to double quotes, which need no thought about indentation.
bool is_literal(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == '\n' ||
      !is_printable(text, "\n\t"))
    return false;
  std::size_t start = 0;
  while (start < text.size()) {
    const auto line = text.substr(start, text.find('\n', start) - start);
    if (!line.empty() &&
        (line.front() == '\t' || line.find_first_not_of(" \t") == std::string_view::npos))
      return false;
    if (start == 0 && line.front() == ' ') return false;
    start += line.size() + 1;
  }
  return true;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  out += '\'';
  return out;
}

void append_hex(std::string& out, std::string_view prefix, char32_t value, int digits) {
  out += prefix;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += "0123456789ABCDEF"[(value >> shift) & 0xF];
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto point = first_code_point(text);
    if (point.length == 0) point = {0xFFFD, 1};
    text.remove_prefix(point.length);
    switch (point.value) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (is_plain_character(point.value)) {
          append_utf8(out, point.value);
        } else if (point.value < 0x100) {
          append_hex(out, "\\x", point.value, 2);
        } else {
          append_hex(out, "\\u", point.value, 4);
        }
    }
  }
  out += '"';
  return out;
}

std::string one_line(std::string_view text) {
  if (text.empty() || !is_printable(text, "")) return double_quoted(text);
  if (!can_be_plain(text)) return single_quoted(text);
  return reads_as_text(text) ? std::string(text) : double_quoted(text);
}

class Writer {
 public:
  // Writes `value` where the cursor stands, at column `indent` for a container.
  void write(const json::value& value, std::size_t indent) {
    if (const auto* object = value.if_object(); object && !object->empty())
      return write_object(*object, indent);
    if (const auto* array = value.if_array(); array && !array->empty())
      return write_array(*array, indent);
    if (const auto* text = value.if_string()) return write_text(*text, indent);
    out_ += encode_json(value);
    out_ += '\n';
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void write_object(const json::object& object, std::size_t indent) {
    bool first = true;
    for (const auto& [key, value] : object) {
      if (!first) out_.append(indent, ' ');
      first = false;
      const std::string name = one_line(key);
      const bool simple = name.size() <= kSimpleKeyMax;
      if (simple) {
        out_ += name;
      } else {
        out_.append("? ").append(name).append("\n").append(indent, ' ');
      }
      out_ += ':';
      write_member(value, indent, simple);
    }
  }

  void write_member(const json::value& value, std::size_t indent, bool simple) {
    const bool object = value.is_object() && !value.get_object().empty();
    const bool array = value.is_array() && !value.get_array().empty();
    if (!object && !array) {
      out_ += ' ';
      return write(value, indent + 2);
    }
    const std::size_t inner = array && simple ? indent : indent + 2;
    out_.append("\n").append(inner, ' ');
    write(value, inner);
  }

  void write_array(const json::array& array, std::size_t indent) {
    bool first = true;
    for (const auto& value : array) {
      if (!first) out_.append(indent, ' ');
      first = false;
      out_ += "- ";
      write(value, indent + 2);
    }
  }

  // `indent` is where the lines of a block go.
  void write_text(std::string_view text, std::size_t indent) {
    if (!is_literal(text)) {
      out_.append(one_line(text)).append("\n");
      return;
    }
    const bool ends = text.back() == '\n';
    const bool blank_end = text.ends_with("\n\n");
    if (ends) text.remove_suffix(1);
    out_ += blank_end ? "|+\n" : ends ? "|\n" : "|-\n";
    const std::size_t block_indent = std::max<std::size_t>(indent, 2);
    for (std::size_t start = 0; start <= text.size();) {
      const auto line = text.substr(start, text.find('\n', start) - start);
      if (!line.empty()) out_.append(block_indent, ' ').append(line);
      out_ += '\n';
      start += line.size() + 1;
    }
  }

  std::string out_;
};

}  // namespace

std::string encode_yaml(const json::value& value) {
  Writer writer;
  writer.write(value, 0);
  return writer.take();
}

}  // namespace dynamod::base
