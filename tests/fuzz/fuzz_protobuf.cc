// Any bytes as a protobuf body: refused, or an object that is canonical, so that reading it again
// changes nothing.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "kube/builtin/canonical.h"
#include "kube/builtin/protobuf.h"

using namespace dynamod;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto decoded = kube::decode_protobuf({reinterpret_cast<const char*>(data), size});
  if (!decoded) return 0;
  const json::value object = *decoded;
  DYN_ASSERT(decode_json(encode_json(object), {.size_bytes_max = std::size_t{1} << 30}));
  auto again = *decoded;
  const auto unknown =
      kube::canonicalize(again, string_at(object, "apiVersion"), string_at(object, "kind"));
  DYN_ASSERT(unknown && unknown->empty());
  DYN_ASSERT(equal_json(again, object));
  return 0;
}
