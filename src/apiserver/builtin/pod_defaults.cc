// Defaults of pods: containers, probes, volumes, image pull policies.
#include "apiserver/builtin/pod_defaults.h"

#include <algorithm>

#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

namespace {

constexpr int kFileMode = 0644;  // of files in Secret, ConfigMap and projected volumes

// An image without tag and digest means the latest one. What is no image name (capitals in the
// path) has no tag for Kubernetes, so it counts as a fixed one.
bool means_latest(std::string_view image) {
  const auto slash = image.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const std::string_view name = last.substr(0, last.find_first_of(":@"));
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (name.empty() || std::ranges::any_of(name, is_capital)) return false;
  if (last.find('@') != std::string_view::npos) return last.find(":latest@") != last.npos;
  const auto colon = last.find(':');
  return colon == std::string_view::npos || last.substr(colon + 1) == "latest";
}

std::string_view pull_policy(std::string_view image) {
  return means_latest(image) ? "Always" : "IfNotPresent";
}

void default_http_get(json::object& action) {
  set_default(action, "path", "/");
  set_default(action, "scheme", "HTTP");
}

void default_probe(json::object& container, std::string_view name) {
  json::object* const probe = find_object(container, name);
  if (probe == nullptr) return;
  if (json::object* const http = find_object(*probe, "httpGet")) default_http_get(*http);
  if (json::object* const grpc = find_object(*probe, "grpc")) set_default(*grpc, "service", "");
  set_default(*probe, "timeoutSeconds", 1);
  set_default(*probe, "periodSeconds", 10);
  set_default(*probe, "successThreshold", 1);
  set_default(*probe, "failureThreshold", 3);
}

void default_field_ref(json::object& holder) {
  if (json::object* const field = find_object(holder, "fieldRef"))
    set_default(*field, "apiVersion", "v1");
}

void default_lifecycle(json::object& container) {
  json::object* const lifecycle = find_object(container, "lifecycle");
  if (lifecycle == nullptr) return;
  for (const std::string_view hook : {"postStart", "preStop"}) {
    json::object* const handler = find_object(*lifecycle, hook);
    json::object* const http = handler == nullptr ? nullptr : find_object(*handler, "httpGet");
    if (http != nullptr) default_http_get(*http);
  }
}

void default_container(json::object& container) {
  set_default(container, "imagePullPolicy", pull_policy(text_in(container, "image")));
  set_default(container, "terminationMessagePath", "/dev/termination-log");
  set_default(container, "terminationMessagePolicy", "File");
  for_each_object(container, "ports",
                  [](json::object& port) { set_default(port, "protocol", "TCP"); });
  for_each_object(container, "env", [](json::object& variable) {
    if (json::object* const source = find_object(variable, "valueFrom")) default_field_ref(*source);
  });
  for (const std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    default_probe(container, probe);
  default_lifecycle(container);
}

void default_projection(json::object& source) {
  if (json::object* const token = find_object(source, "serviceAccountToken"))
    set_default(*token, "expirationSeconds", 3600);
  if (json::object* const downward = find_object(source, "downwardAPI"))
    for_each_object(*downward, "items", default_field_ref);
}

// The sources whose fields have defaults of their own.
void default_volume_source(json::object& volume) {
  for (const std::string_view source : {"secret", "configMap", "downwardAPI", "projected"})
    if (json::object* const files = find_object(volume, source))
      set_default(*files, "defaultMode", kFileMode);
  if (json::object* const downward = find_object(volume, "downwardAPI"))
    for_each_object(*downward, "items", default_field_ref);
  if (json::object* const projected = find_object(volume, "projected"))
    for_each_object(*projected, "sources", default_projection);
  if (json::object* const host = find_object(volume, "hostPath")) set_default(*host, "type", "");
  if (json::object* const iscsi = find_object(volume, "iscsi"))
    set_default(*iscsi, "iscsiInterface", "default");
  if (json::object* const image = find_object(volume, "image"))
    set_default(*image, "pullPolicy", pull_policy(text_in(*image, "reference")));
  if (json::object* const rbd = find_object(volume, "rbd")) {
    set_default(*rbd, "pool", "rbd");
    set_default(*rbd, "user", "admin");
    set_default(*rbd, "keyring", "/etc/ceph/keyring");
  }
  json::object* const ephemeral = find_object(volume, "ephemeral");
  if (ephemeral == nullptr) return;
  if (json::object* const claim = find_object(*ephemeral, "volumeClaimTemplate"))
    default_claim_spec(make_object(*claim, "spec"));
}

void default_volume(json::object& volume) {
  if (volume.size() == 1 && volume.contains("name"))
    volume["emptyDir"] = json::object();
  else
    default_volume_source(volume);
}

// The old name of the field stays the same as the new one.
void mirror_service_account(json::object& spec) {
  if (const auto name = text_in(spec, "serviceAccountName"); !name.empty())
    spec["serviceAccount"] = std::string(name);
  else if (const auto old = text_in(spec, "serviceAccount"); !old.empty())
    spec["serviceAccountName"] = std::string(old);
}

// Requests that are not given are the limits. Only in pods: a template keeps what its author wrote.
void default_requests(json::object& holder) {
  json::object* const resources = find_object(holder, "resources");
  json::object* const limits = resources == nullptr ? nullptr : find_object(*resources, "limits");
  if (limits == nullptr || limits->empty()) return;
  const json::object given = *limits;  // `requests` may move what `limits` points at
  json::object& requests = make_object(*resources, "requests");
  for (const auto& [name, quantity] : given) set_default(requests, name, quantity);
}

void default_host_ports(json::object& container) {
  for_each_object(container, "ports", [](json::object& port) {
    const std::int64_t number = integer_in(port, "containerPort");
    if (number != 0) set_default(port, "hostPort", number);
  });
}

}  // namespace

void default_claim_spec(json::object& spec) {
  set_default(spec, "volumeMode", "Filesystem");
}

void default_pod_spec(json::object& spec) {
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "terminationGracePeriodSeconds", 30);
  set_default(spec, "dnsPolicy", "ClusterFirst");
  set_default(spec, "securityContext", json::object());
  set_default(spec, "schedulerName", "default-scheduler");
  mirror_service_account(spec);
  for_each_object(spec, "volumes", default_volume);
  for (const std::string_view list : {"containers", "initContainers", "ephemeralContainers"})
    for_each_object(spec, list, default_container);
}

void default_pod(json::object& pod) {
  json::object& spec = make_object(pod, "spec");
  default_pod_spec(spec);
  set_default(spec, "enableServiceLinks", true);
  const bool host_network = true_in(spec, "hostNetwork");
  for (const std::string_view list : {"containers", "initContainers"})
    for_each_object(spec, list, [host_network](json::object& container) {
      default_requests(container);
      if (host_network) default_host_ports(container);
    });
  default_requests(spec);
  if (json::object* const status = find_object(pod, "status"))
    align_first(*status, {"podIP", "podIPs", "ip"});
}

void default_pod_template(json::object& pod_template) {
  default_pod_spec(make_object(pod_template, "spec"));
}

}  // namespace dynamod::apiserver
