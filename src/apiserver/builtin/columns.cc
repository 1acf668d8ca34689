// The table of columns; testdata/record makes columns.inc from a real server.
#include "apiserver/builtin/columns.h"

namespace dynamod::apiserver {

namespace {

struct ColumnRow {
  std::string_view api_version;
  std::string_view plural;
  std::string_view name;
  std::string_view type;
  std::string_view format;
  std::int32_t priority;
  std::string_view description;
};

constexpr ColumnRow kColumns[] = {
#include "apiserver/builtin/columns.inc"
};

}  // namespace

std::vector<TableColumn> builtin_columns(std::string_view api_version, std::string_view plural) {
  std::vector<TableColumn> out;
  for (const ColumnRow& row : kColumns)
    if (row.api_version == api_version && row.plural == plural)
      out.push_back({.name = std::string(row.name),
                     .type = std::string(row.type),
                     .format = std::string(row.format),
                     .description = std::string(row.description),
                     .priority = row.priority});
  return out;
}

}  // namespace dynamod::apiserver
