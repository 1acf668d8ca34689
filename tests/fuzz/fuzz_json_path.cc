// Any JSONPath template over any object: parsing and finding never crash. The first line is the
// template, the rest the object.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kube/json_path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto path = kube::JsonPath::parse(text.substr(0, line_end));
  const auto object = decode_json(text.substr(line_end + 1));
  if (!path || !object) return 0;
  for (const auto missing : {kube::MissingKeys::kAllow, kube::MissingKeys::kRefuse}) {
    const auto found = path->find(*object, missing);
    // Whatever is found can be printed.
    DYN_ASSERT(path->print(*object, missing).has_value() == found.has_value());
  }
  return 0;
}
