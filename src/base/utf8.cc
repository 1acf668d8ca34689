// Decoding, checking and mending of UTF-8 (RFC 3629).
#include "base/utf8.h"

namespace dynamod::base {

namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Length of the sequence that `first` starts and the smallest value it may hold (anything smaller
// is overlong).
struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t least;
};

Lead lead_of(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, first & 0x1Fu, 0x80};
  if (first < 0xF0) return {3, first & 0x0Fu, 0x800};
  if (first < 0xF5) return {4, first & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

CodePoint first_code_point(std::string_view text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text.front()));
  if (lead.length == 0 || text.size() < lead.length) return {};
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (!continues(text[i])) return {};
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lead.least || value > 0x10FFFF || surrogate) return {};
  return {value, lead.length};
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto point = first_code_point(text.substr(at));
    if (point.length == 0) return at;
    at += point.length;
  }
  return std::string_view::npos;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto byte = [&out](char32_t bits) { out += static_cast<char>(bits); };
  if (code_point < 0x80) return byte(code_point);
  if (code_point < 0x800) {
    byte(0xC0 | (code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      byte(0xE0 | (code_point >> 12));
    } else {
      byte(0xF0 | (code_point >> 18));
      byte(0x80 | ((code_point >> 12) & 0x3F));
    }
    byte(0x80 | ((code_point >> 6) & 0x3F));
  }
  byte(0x80 | (code_point & 0x3F));
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto good = text.substr(0, find_invalid_utf8(text));
    out += good;
    text.remove_prefix(good.size());
    if (text.empty()) break;
    append_utf8(out, 0xFFFD);
    text.remove_prefix(1);
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t size_bytes_max) {
  if (text.size() <= size_bytes_max) return text;
  std::size_t end = size_bytes_max;
  while (end > 0 && continues(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace dynamod::base
