// The table of selectable fields.
#include "apiserver/builtin/selectable_fields.h"

#include "apiserver/builtin/edit.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

struct FieldRow {
  std::string_view kind;
  std::string_view name;
  std::string_view path = "";       // "": the same as the name
  std::string_view otherwise = "";  // the value when the object has none
};

constexpr FieldRow kFields[] = {
    {"Pod", "spec.nodeName"},
    {"Pod", "spec.restartPolicy"},
    {"Pod", "spec.schedulerName"},
    {"Pod", "spec.serviceAccountName"},
    {"Pod", "spec.hostNetwork", "", "false"},
    {"Pod", "status.phase"},
    {"Pod", "status.podIP"},
    {"Pod", "status.podIPs", "status.podIP"},
    {"Pod", "status.nominatedNodeName"},
    {"Event", "involvedObject.kind"},
    {"Event", "involvedObject.namespace"},
    {"Event", "involvedObject.name"},
    {"Event", "involvedObject.uid"},
    {"Event", "involvedObject.apiVersion"},
    {"Event", "involvedObject.resourceVersion"},
    {"Event", "involvedObject.fieldPath"},
    {"Event", "reason"},
    {"Event", "reportingComponent"},
    {"Event", "source", "source.component"},
    {"Event", "type"},
    {"Secret", "type"},
    {"Namespace", "status.phase"},
    {"Node", "spec.unschedulable", "", "false"},
    {"ReplicationController", "status.replicas", "", "0"},
    {"Job", "status.successful", "status.succeeded", "0"},
    {"Service", "spec.clusterIP"},
    {"Service", "spec.type"},
    {"CertificateSigningRequest", "spec.signerName"},
};

// Names of events.k8s.io/v1 for fields of core/v1.
constexpr std::pair<std::string_view, std::string_view> kNewEventNames[] = {
    {"regarding.kind", "involvedObject.kind"},
    {"regarding.namespace", "involvedObject.namespace"},
    {"regarding.name", "involvedObject.name"},
    {"regarding.uid", "involvedObject.uid"},
    {"regarding.apiVersion", "involvedObject.apiVersion"},
    {"regarding.resourceVersion", "involvedObject.resourceVersion"},
    {"regarding.fieldPath", "involvedObject.fieldPath"},
    {"reportingController", "reportingComponent"},
};

std::string value_of(const json::object& object, const FieldRow& row) {
  std::string value = field_text(object, row.path.empty() ? row.name : row.path);
  if (row.name == "source" && value.empty()) value = field_text(object, "reportingComponent");
  return value.empty() ? std::string(row.otherwise) : value;
}

}  // namespace

std::vector<std::string> selectable_fields(std::string_view api_version, std::string_view kind) {
  std::vector<std::string> names;
  if (kind == "Event" && api_version != "v1") {
    names = {"reason", "type"};
    for (const auto& [name, old_name] : kNewEventNames) names.emplace_back(name);
    return names;
  }
  for (const FieldRow& row : kFields)
    if (row.kind == kind) names.emplace_back(row.name);
  return names;
}

FieldValues selected_values(const json::object& object, std::string_view kind) {
  FieldValues values;
  for (const FieldRow& row : kFields)
    if (row.kind == kind) values.emplace_back(row.name, value_of(object, row));
  if (kind != "Event") return values;
  for (const auto& [name, old_name] : kNewEventNames)
    values.emplace_back(name, field_text(object, old_name));
  return values;
}

}  // namespace dynamod::apiserver
