// Identity and columns of the CRD; its schema comes from the declared fields (schema.h).
#include "kinds/crd.h"

#include <fmt/format.h>

#include "kinds/dynamo_model.h"
#include "kinds/schema.h"

namespace dynamod::kinds {

namespace {

struct Column {
  std::string_view name;
  std::string_view type;
  std::string_view path;
  bool wide = false;  // only with `kubectl get -o wide`
};

constexpr Column kModelColumns[] = {
    {"Total", "integer", ".status.totalEndpoints"},
    {"Ready", "integer", ".status.readyEndpoints"},
    {"Age", "date", ".metadata.creationTimestamp"},
    {"Model", "string", ".spec.modelName", true},
    {"BaseModel", "string", ".spec.baseModelName", true},
    {"Type", "string", ".spec.modelType", true},
    {"Reason", "string", R"(.status.conditions[?(@.type=="Ready")].reason)", true},
};

json::array columns_json() {
  json::array columns;
  for (const auto& column : kModelColumns) {
    json::object entry{{"name", column.name}, {"type", column.type}, {"jsonPath", column.path}};
    if (column.wide) entry["priority"] = 1;
    columns.push_back(std::move(entry));
  }
  return columns;
}

}  // namespace

json::value dynamo_model_crd() {
  const auto& type = DynamoModel::kType;
  json::object version{
      {"name", type.version},
      {"served", true},
      {"storage", true},
      {"additionalPrinterColumns", columns_json()},
      {"subresources", json::object{{"status", json::object()}}},
      {"schema",
       json::object{{"openAPIV3Schema", kind_schema(schema_of<DynamoModel>(),
                                                    "A model, or an adapter on a base model.")}}}};
  return {
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata",
       json::object{{"name", type.resource_name()},
                    // Uninstalling a chart must not delete every model.
                    {"annotations", json::object{{"helm.sh/resource-policy", "keep"}}}}},
      {"spec", json::object{{"group", type.group},
                            {"names", json::object{{"kind", type.kind},
                                                   {"listKind", fmt::format("{}List", type.kind)},
                                                   {"plural", type.plural},
                                                   {"singular", "dynamomodel"},
                                                   {"shortNames", json::array{"dm"}}}},
                            {"scope", "Namespaced"},
                            {"versions", json::array{std::move(version)}}}}};
}

std::string dynamo_model_reference() {
  return field_table(schema_of<DynamoModelSpec>(), "spec") + "\n" +
         field_table(schema_of<DynamoModelStatus>(), "status");
}

}  // namespace dynamod::kinds
