// kube/json_path.h does the work.
#include "apiserver/column_path.h"

#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

std::optional<ColumnValue> column_value(const json::object& object, std::string_view path) {
  path.remove_prefix(path.starts_with('.') ? 1 : 0);
  const json::value* found = find_in(object, path);
  if (!found || found->is_null()) return std::nullopt;
  ColumnValue value{.first = *found};
  value.text = field_text(object, path);
  return value;
}

}  // namespace dynamod::apiserver
