// Any JSON as a schema of a CRD and any as an object: checking never crashes. The first line is
// the schema, the rest the object; an object is always valid as a change of itself, but for its
// metadata.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apiserver/validation/crd_schema_check.h"
#include "apiserver/validation/schema_check.h"
#include "apiserver/validation/schema_node.h"
#include "apiserver/validation/structural_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  using namespace dynamod::apiserver;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto schema = decode_json(text.substr(0, line_end));
  const auto object = decode_json(text.substr(line_end + 1));
  if (!schema || !schema->is_object()) return 0;

  (void)check_crd_schema(schema->get_object(), "spec.validation", StatusSubresource::kOff);
  const auto compiled = compile_schema(schema->get_object());
  if (!object) return 0;
  (void)check_schema(*compiled->root, *object, nullptr, "");
  (void)check_embedded(*compiled->root, *object);
  (void)check_list_types(*compiled->root, *object);
  DYN_ASSERT(check_schema(*compiled->root, *object, &*object, "").empty() || !object->is_object());
  return 0;
}
