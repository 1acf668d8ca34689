// Any bytes: URLs, queries, percent-encoding and host:port never crash, and what is read is printed
// so that it reads the same again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = parse_url(text)) {
    DYN_ASSERT(parse_url(url->text()) == *url);
    DYN_ASSERT(text.ends_with(url->target) ||
               text.ends_with(std::string_view(url->target).substr(1)));
  }
  if (const auto query = decode_query(text))
    DYN_ASSERT(decode_query(encode_query(*query)) == *query);
  if (const auto address = split_host_port(text)) {
    DYN_ASSERT(split_host_port(join_host_port(address->first, address->second)) == *address);
  }
  DYN_ASSERT(percent_decode(percent_encode(text)) == text);
  (void)percent_decode(text);
  return 0;
}
