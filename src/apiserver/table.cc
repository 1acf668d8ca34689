// Columns of built-in kinds come from their strategy, those of custom resources from JSON paths.
#include "apiserver/table.h"

#include <algorithm>
#include <optional>

#include "apiserver/builtin/print.h"
#include "apiserver/registry/object.h"
#include "apiserver/registry/strategy.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kNameHelp =
    "Name must be unique within a namespace. Is required when creating resources, although some "
    "resources may allow a client to request the generation of an appropriate name automatically. "
    "Name is primarily intended for creation idempotence and configuration definition. Cannot be "
    "updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
constexpr std::string_view kCreatedHelp =
    "CreationTimestamp is a timestamp representing the server time when this object was created. "
    "It is not guaranteed to be set in happens-before order across separate operations. Clients "
    "may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the "
    "system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
constexpr std::string_view kCreated = "metadata.creationTimestamp";

json::object definition(const TableColumn& column) {
  return {{"name", column.name},
          {"type", column.type},
          {"format", column.format},
          {"description", column.description},
          {"priority", column.priority}};
}

// Some kinds have the name elsewhere or with something in front, and say so.
bool names_itself(const Resource& resource) {
  return std::ranges::find(resource.columns, "Name", &TableColumn::name) != resource.columns.end();
}

// What a kind without columns shows beside its name.
TableColumn last_resort(const Resource& resource) {
  TableColumn column{.name = "Age", .type = "date", .description = std::string(kCreatedHelp)};
  if (resource.origin == Origin::kBuiltin) column.name = "Created At";
  return column;
}

json::value last_resort_cell(const Resource& resource, const json::object& object, WallTime now) {
  const std::string created = string_in(object, kCreated);
  if (resource.origin == Origin::kBuiltin) return json::value(created);
  return json::value(age_of(created, now));
}

struct ColumnValue {
  json::value first = {};  // for columns with a type
  std::string text = {};   // all results, as kubectl's JSONPath prints them
};

// nullopt: nothing is there.
std::optional<ColumnValue> column_value(const json::object& object, const TableColumn& column) {
  if (!column.path) return std::nullopt;
  const auto found = column.path->find(object, kube::MissingKeys::kAllow);
  if (!found || found->empty() || found->front().empty()) return std::nullopt;
  ColumnValue value{.first = found->front().front()};
  if (value.first.is_null()) return std::nullopt;
  for (const json::value& each : found->front()) {
    if (!value.text.empty()) value.text += ' ';
    value.text += kube::json_path_text(each);
  }
  return value;
}

// As the converter of custom resources: a value of another type than its column's is left empty.
json::value cell_of(const TableColumn& column, const json::object& object, WallTime now) {
  const std::optional<ColumnValue> found = column_value(object, column);
  if (!found) return nullptr;
  if (column.type == "integer") {
    if (found->first.is_int64()) return found->first;
    if (const double* number = found->first.if_double()) return static_cast<std::int64_t>(*number);
    return nullptr;
  }
  if (column.type == "number") return found->first.is_number() ? found->first : json::value();
  if (column.type == "boolean") return found->first.is_bool() ? found->first : json::value();
  if (column.type == "date") {
    if (!found->first.is_string()) return nullptr;
    return json::value(age_of(found->first.get_string(), now));
  }
  return json::value(found->text);
}

}  // namespace

json::array table_columns(const Resource& resource) {
  json::array columns;
  if (!names_itself(resource)) {
    columns.push_back(definition({.name = "Name",
                                  .type = "string",
                                  .format = "name",
                                  .description = std::string(kNameHelp)}));
  }
  for (const auto& column : resource.columns) columns.push_back(definition(column));
  if (resource.columns.empty()) columns.push_back(definition(last_resort(resource)));
  return columns;
}

json::array table_cells(const Resource& resource, const json::object& object, WallTime now) {
  json::array cells;
  if (!names_itself(resource)) cells.emplace_back(string_in(object, "metadata.name"));
  if (resource.columns.empty()) {
    cells.push_back(last_resort_cell(resource, object, now));
    return cells;
  }
  if (auto own = resource.strategy->cells(object, resource, now)) {
    for (auto& cell : *own) cells.push_back(std::move(cell));
    return cells;
  }
  for (const auto& column : resource.columns) cells.push_back(cell_of(column, object, now));
  return cells;
}

}  // namespace dynamod::apiserver
