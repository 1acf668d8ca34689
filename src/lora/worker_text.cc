// Cleaning and cutting what a worker said.
#include "lora/worker_text.h"

#include <algorithm>

#include "base/result.h"
#include "base/utf8.h"
#include "lora/source_uri.h"

namespace dynamod::lora {

namespace {

constexpr std::string_view kCutMark = "...";
// A shorter one is no URI that could hold a secret, and replacing it everywhere would only garble
// the text.
constexpr std::size_t kReplacedUriMin = 8;

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x2028 ||
         c == 0x2029;
}

// Control characters, and those that show nothing or turn the direction of the text around them.
bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view with) {
  std::string result;
  std::size_t done = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, done)) {
    result.append(text.substr(done, at - done)).append(with);
    done = at + what.size();
  }
  return result.append(text.substr(done));
}

// One line of printable characters; stops when it holds more than `size_bytes_max`.
std::string one_line(std::string_view text, std::size_t size_bytes_max) {
  std::string line;
  bool space_due = false;
  while (!text.empty() && line.size() <= size_bytes_max) {
    const CodePoint point = first_code_point(text);
    text.remove_prefix(std::max<std::size_t>(point.length, 1));
    const bool broken = point.length == 0;
    if (!broken && is_space(point.value)) {
      space_due = !line.empty();
      continue;
    }
    if (space_due) line += ' ';
    space_due = false;
    append_utf8(line, broken || is_unprintable(point.value) ? U'\uFFFD' : point.value);
  }
  return line;
}

}  // namespace

std::string worker_text(std::string_view answer, std::string_view uri, std::size_t size_bytes_max) {
  const bool knows_uri = uri.size() >= kReplacedUriMin;
  const std::string safe =
      redact_uris_in(knows_uri ? replace_all(answer, uri, redact_uri(uri)) : std::string(answer));
  std::string line = one_line(safe, size_bytes_max);
  if (line.size() <= size_bytes_max) return line;
  const std::size_t room = size_bytes_max - std::min(size_bytes_max, kCutMark.size());
  line.resize(cut_utf8(line, room).size());
  return line.append(kCutMark.substr(0, size_bytes_max));
}

}  // namespace dynamod::lora
