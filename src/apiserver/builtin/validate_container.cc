// Validation of containers: ports, environment, mounts, probes.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_pod.h"

namespace dynamod::apiserver {

namespace {

using Names = std::set<std::string, std::less<>>;

void check_container_port(const json::object& port, Names& names, const Place& place) {
  if (const auto name = text_in(port, "name"); !name.empty()) {
    const std::size_t before = place.problems.size();
    check_port_name(name, place.child("name"));
    if (place.problems.size() == before && !names.emplace(name).second)
      place.child("name").duplicate(std::string(name));
  }
  const auto number = integer_in(port, "containerPort");
  if (number == 0)
    place.child("containerPort").required();
  else
    check_port(number, place.child("containerPort"));
  if (!lacks(port, "hostPort")) check_port(integer_in(port, "hostPort"), place.child("hostPort"));
  if (text_in(port, "protocol").empty()) place.child("protocol").required();
  check_one_of(port, "protocol", place, {"SCTP", "TCP", "UDP"});
}

// What the downward API gives to variables. A pair of false and a known label of pods tells a field
// that can be selected but not be given.
constexpr std::array<std::string_view, 9> kEnvFields = {"metadata.name",
                                                        "metadata.namespace",
                                                        "metadata.uid",
                                                        "spec.nodeName",
                                                        "spec.serviceAccountName",
                                                        "status.hostIP",
                                                        "status.hostIPs",
                                                        "status.podIP",
                                                        "status.podIPs"};

void check_field_ref(const json::object& reference, const Place& place) {
  const Place path = place.child("fieldPath");
  const auto field = text_in(reference, "fieldPath");
  if (field.empty()) return path.required();
  if (std::ranges::find(kEnvFields, field) != kEnvFields.end()) return;
  const bool subscript = field.ends_with("']") && (field.starts_with("metadata.labels['") ||
                                                   field.starts_with("metadata.annotations['"));
  if (subscript) {
    const auto open = field.find('\'');
    const auto key = field.substr(open + 1, field.size() - open - 3);
    return place.names(key, qualified_name_errors(key));
  }
  if (field == "metadata.labels" || field == "metadata.annotations") {
    return path.unsupported(std::string(field),
                            {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
                             "spec.serviceAccountName", "status.hostIP", "status.hostIPs",
                             "status.podIP", "status.podIPs"});
  }
  path.invalid(std::string(field),
               fmt::format("error converting fieldPath: field label not supported: {}", field));
}

void check_key_ref(const json::object& reference, const Place& place) {
  check_given(reference, "name", place);
  check_given(reference, "key", place);
}

void check_env_source(const json::object& variable, const Place& place) {
  if (lacks(variable, "valueFrom")) return;
  const json::object& source = object_in(variable, "valueFrom");
  if (!lacks(source, "fieldRef"))
    check_field_ref(object_in(source, "fieldRef"), place.child("fieldRef"));
  if (!lacks(source, "resourceFieldRef"))
    check_given(object_in(source, "resourceFieldRef"), "resource", place.child("resourceFieldRef"));
  for (const std::string_view name : {"configMapKeyRef", "secretKeyRef"})
    if (!lacks(source, name)) check_key_ref(object_in(source, name), place.child(name));
  if (source.empty())
    place.invalid("",
                  "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                  "`secretKeyRef` or `fileKeyRef`");
  else if (!text_in(variable, "value").empty())
    place.invalid("", "may not be specified when `value` is not empty");
  else if (source.size() > 1)
    place.invalid("", "may not have more than one field specified at a time");
}

bool is_env_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c < 0x7F && c != '='; });
}

void check_variable(const json::object& variable, const Place& place) {
  if (check_given(variable, "name", place)) {
    const auto name = text_in(variable, "name");
    if (!is_env_name(name))
      place.child("name").invalid(std::string(name),
                                  "a valid environment variable name must consist only of "
                                  "printable ASCII characters other than '='");
  }
  check_env_source(variable, place.child("valueFrom"));
}

void check_env_from(const json::object& source, const Place& place) {
  for (const std::string_view name : {"configMapRef", "secretRef"})
    if (!lacks(source, name)) check_given(object_in(source, name), "name", place.child(name));
  const bool map = !lacks(source, "configMapRef");
  const bool secret = !lacks(source, "secretRef");
  if (!map && !secret)
    place.invalid("", "must specify one of: `configMapRef` or `secretRef`");
  else if (map && secret)
    place.invalid("", "may not have more than one field specified at a time");
}

void check_mount(const json::object& mount, const Names& volumes, Names& paths,
                 const Place& place) {
  const auto name = text_in(mount, "name");
  check_given(mount, "name", place);
  if (!volumes.contains(name)) place.child("name").not_found(name);
  const auto path = text_in(mount, "mountPath");
  check_given(mount, "mountPath", place);
  if (!paths.emplace(path).second)
    place.child("mountPath").invalid(std::string(path), "must be unique");
}

constexpr std::string_view kHandlers[] = {"exec", "httpGet", "tcpSocket", "grpc", "sleep"};

void check_handler_fields(std::string_view kind, const json::object& handler, const Place& place) {
  if (kind == "exec" && array_in(handler, "command").empty()) place.child("command").required();
  if (kind == "httpGet") {
    check_given(handler, "path", place);
    check_one_of(handler, "scheme", place, {"HTTP", "HTTPS"});
  }
  if (kind == "httpGet" || kind == "tcpSocket") {
    const json::value* const port = value_in(handler, "port");
    check_port_or_name(port == nullptr ? json::value(0) : *port, place.child("port"));
  }
  if (kind == "grpc") check_port(integer_in(handler, "port"), place.child("port"));
}

// What a probe or hook does: exactly one thing.
void check_handler(const json::object& holder, const Place& place) {
  int found = 0;
  for (const std::string_view kind : kHandlers) {
    if (lacks(holder, kind)) continue;
    if (++found > 1)
      place.child(kind).forbidden("may not specify more than 1 handler type");
    else
      check_handler_fields(kind, object_in(holder, kind), place.child(kind));
  }
  if (found == 0) place.required("must specify a handler type");
}

void check_probe(const json::object& container, std::string_view name,
                 const Place& container_place) {
  if (lacks(container, name)) return;
  const json::object& probe = object_in(container, name);
  const Place place = container_place.child(name);
  check_handler(probe, place);
  for (const std::string_view field : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                                       "successThreshold", "failureThreshold"})
    check_not_negative(probe, field, place);
  const auto successes = integer_in(probe, "successThreshold", 1);
  if (name != "readinessProbe" && successes != 1)
    place.child("successThreshold").invalid(successes, "must be 1");
}

void check_lifecycle(const json::object& container, const Place& container_place) {
  const Place place = container_place.child("lifecycle");
  const json::object& lifecycle = object_in(container, "lifecycle");
  for (const std::string_view hook : {"postStart", "preStop"})
    if (!lacks(lifecycle, hook)) check_handler(object_in(lifecycle, hook), place.child(hook));
}

void check_container(const json::object& container, const Names& volumes, const Place& place) {
  if (check_given(container, "name", place)) {
    const auto name = text_in(container, "name");
    place.child("name").names(name, dns1123_label_errors(name));
  }
  const auto image = text_in(container, "image");
  if (image.empty())
    place.child("image").required();
  else if (image.front() == ' ' || image.back() == ' ')
    place.child("image").invalid(std::string(image),
                                 "must not have leading or trailing whitespace");
  check_one_of(container, "terminationMessagePolicy", place, {"File", "FallbackToLogsOnError"});
  Names port_names;
  each(container, "ports", place, [&](const json::object& port, const Place& at) {
    check_container_port(port, port_names, at);
  });
  each(container, "env", place, check_variable);
  each(container, "envFrom", place, check_env_from);
  Names paths;
  each(container, "volumeMounts", place,
       [&](const json::object& mount, const Place& at) { check_mount(mount, volumes, paths, at); });
  check_one_of(container, "imagePullPolicy", place, {"Always", "IfNotPresent", "Never"});
  check_resources(object_in(container, "resources"), place.child("resources"));
}

void check_probes_and_hooks(const json::object& container, const Place& place) {
  check_lifecycle(container, place);
  for (const std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    check_probe(container, probe, place);
}

void forbid_probes_and_hooks(const json::object& container, const Place& place) {
  for (const std::string_view name :
       {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"})
    if (!lacks(container, name))
      place.child(name).forbidden(
          "may not be set for init containers without restartPolicy=Always");
}

// Two containers cannot have one port of the host.
void check_host_ports(const json::object& spec, const Place& place) {
  Names taken;
  each(spec, "containers", {place.problems, ""},
       [&](const json::object& container, const Place& at) {
         const std::string path = place.path + at.path.substr(at.path.find('['));
         each(container, "ports", {place.problems, path},
              [&](const json::object& port, const Place& on) {
                const auto number = integer_in(port, "hostPort");
                if (number == 0) return;
                const std::string key = fmt::format("{}/{}/{}", text_in(port, "protocol"),
                                                    text_in(port, "hostIP"), number);
                if (!taken.insert(key).second) on.child("hostPort").duplicate(key);
              });
       });
}

std::string_view list_name(ContainerList list) {
  switch (list) {
    case ContainerList::kMain:
      return "containers";
    case ContainerList::kInit:
      return "initContainers";
    case ContainerList::kEphemeral:
      return "ephemeralContainers";
  }
  return "";
}

}  // namespace

void check_containers(const json::object& spec, ContainerList list, const Names& volumes,
                      const Place& place) {
  const json::array& containers = array_in(spec, list_name(list));
  if (list == ContainerList::kMain && containers.empty()) return place.required();
  Names names;
  if (list != ContainerList::kMain)
    for_each_object(spec, "containers", [&](const json::object& container) {
      names.emplace(text_in(container, "name"));
    });
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const json::object* const container = containers[i].if_object();
    if (container == nullptr) continue;
    const Place at = place.at(i);
    check_container(*container, volumes, at);
    const auto name = text_in(*container, "name");
    const bool sidecar = text_in(*container, "restartPolicy") == "Always";
    const bool duplicate = !name.empty() && !names.emplace(name).second;
    if (list == ContainerList::kMain) check_probes_and_hooks(*container, at);
    if (duplicate) at.child("name").duplicate(std::string(name));
    if (list != ContainerList::kInit) continue;
    if (sidecar)
      check_probes_and_hooks(*container, at);
    else
      forbid_probes_and_hooks(*container, at);
  }
  if (list == ContainerList::kMain) check_host_ports(spec, place);
}

}  // namespace dynamod::apiserver
