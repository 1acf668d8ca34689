// The slug, as the runtime makes it: lower-cased by Unicode's rules first, then reduced to ASCII.
#include "lora/discovery_slug.h"

#include <algorithm>

#include "base/result.h"
#include "base/utf8.h"

namespace dynamod::lora {

namespace {

// Of all letters outside ASCII only these two have ASCII in their lower-case forms.
constexpr char32_t kCapitalIWithDot = 0x130;  // "i" and a combining dot
constexpr char32_t kKelvinSign = 0x212A;      // "k"

void append_slug_of(std::string& slug, char32_t c) {
  if (c >= 'A' && c <= 'Z') {
    slug += static_cast<char>(c - 'A' + 'a');
  } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
    slug += static_cast<char>(c);
  } else if (c == kKelvinSign) {
    slug += 'k';
  } else if (c == kCapitalIWithDot) {
    slug += "i_";
  } else {
    slug += '_';
  }
}

}  // namespace

std::string discovery_slug(std::string_view name) {
  std::string slug;
  while (!name.empty()) {
    const CodePoint point = first_code_point(name);
    append_slug_of(slug, point.length == 0 ? U'\uFFFD' : point.value);
    name.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  slug.erase(0, slug.find_first_not_of('_'));
  return slug;
}

}  // namespace dynamod::lora
