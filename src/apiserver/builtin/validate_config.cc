// Validation of configuration, events, leases and storage.
#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_kinds.h"
#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kDataMax = 1048576;  // of all values of a ConfigMap or Secret together
constexpr std::size_t kKeyMax = 253;

void check_data_key(std::string_view key, const Place& place) {
  if (key.size() > kKeyMax)
    place.invalid(std::string(key), fmt::format("must be no more than {} characters", kKeyMax));
  const bool legal = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!legal)
    place.invalid(
        std::string(key),
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
        "'[-._a-zA-Z0-9]+')");
  if (key == "." || key == "..")
    place.invalid(std::string(key), fmt::format("must not be '{}'", key));
  else if (key.starts_with(".."))
    place.invalid(std::string(key), "must not start with '..'");
}

std::vector<std::string> sorted_keys(const json::object& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object) keys.emplace_back(key);
  std::ranges::sort(keys);
  return keys;
}

// An object that is marked immutable keeps its mark and its data.
void check_kept_data(const Checked& checked, std::initializer_list<std::string_view> fields) {
  if (checked.old == nullptr || !true_in(*checked.old, "immutable")) return;
  constexpr std::string_view kText = "field is immutable when `immutable` is set";
  if (!true_in(checked.object, "immutable"))
    checked.place("immutable").forbidden(std::string(kText));
  for (const std::string_view field : fields)
    if (!equal_field(checked.object, *checked.old, field))
      checked.place(field).forbidden(std::string(kText));
}

void check_secret_keys(const Checked& checked, std::initializer_list<std::string_view> keys) {
  const json::object& data = object_in(checked.object, "data");
  for (const std::string_view key : keys)
    if (lacks(data, key)) checked.place("data").key(key).required();
}

void check_docker_config(const Checked& checked, std::string_view key) {
  const json::object& data = object_in(checked.object, "data");
  const Place place = checked.place("data").key(key);
  if (lacks(data, key)) return place.required();
  const auto decoded = decode_base64(text_in(data, key));
  const auto parsed = decode_json(decoded.value_or(""));
  if (parsed && parsed->is_object()) return;
  // Never with the contents; Kubernetes names the character, which is Go's parser's affair.
  place.invalid("<secret contents redacted>", "must be a JSON object");
}

// What a type of Secret must hold.
void check_secret_type(const Checked& checked) {
  const auto type = text_in(checked.object, "type");
  const json::object& data = object_in(checked.object, "data");
  if (type == "kubernetes.io/tls") return check_secret_keys(checked, {"tls.crt", "tls.key"});
  if (type == "kubernetes.io/ssh-auth") return check_secret_keys(checked, {"ssh-privatekey"});
  if (type == "kubernetes.io/dockerconfigjson")
    return check_docker_config(checked, ".dockerconfigjson");
  if (type == "kubernetes.io/dockercfg") return check_docker_config(checked, ".dockercfg");
  if (type == "kubernetes.io/basic-auth" && lacks(data, "username") && lacks(data, "password"))
    return check_secret_keys(checked, {"username", "password"});
  constexpr std::string_view kAccount = "kubernetes.io/service-account.name";
  if (type == "kubernetes.io/service-account-token" &&
      text_in(object_at(checked.object, "metadata.annotations"), kAccount).empty())
    checked.place("metadata.annotations").key(kAccount).required();
}

void check_quantities(const json::object& quantities, const Place& place) {
  for (const std::string& name : sorted_keys(quantities))
    place.key(name).names(name, qualified_name_errors(name));
}

bool is_cluster_scoped_event(const json::object& involved) {
  return text_in(involved, "namespace").empty();
}

void check_event_namespace(const Checked& checked, const json::object& involved) {
  const auto ns = text_at(checked.object, "metadata.namespace");
  const auto about = text_in(involved, "namespace");
  if (is_cluster_scoped_event(involved) ? ns == "default" || ns.empty() : ns == about) return;
  checked.place("involvedObject.namespace")
      .invalid(std::string(about), "does not match event.namespace");
}

bool check_event_time(const json::object& event, const Checked& checked) {
  const bool given = !lacks(event, "eventTime");
  if (!given) checked.place("eventTime").required();
  return given;
}

}  // namespace

void check_config_map(const Checked& checked) {
  const json::object& data = object_in(checked.object, "data");
  const json::object& binary = object_in(checked.object, "binaryData");
  std::size_t size = 0;
  for (const std::string& key : sorted_keys(data)) {
    const Place place = checked.place("data").key(key);
    check_data_key(key, place);
    if (binary.contains(key)) place.invalid(key, "duplicate of key present in binaryData");
    size += text_in(data, key).size();
  }
  for (const std::string& key : sorted_keys(binary)) {
    check_data_key(key, checked.place("binaryData").key(key));
    size += text_in(binary, key).size() * 3 / 4;
  }
  if (size > kDataMax)
    checked.problems.push_back(too_long_value("", static_cast<std::int64_t>(kDataMax)));
  check_kept_data(checked, {"data", "binaryData"});
}

void check_secret(const Checked& checked) {
  const json::object& data = object_in(checked.object, "data");
  if (checked.old != nullptr) check_immutable(checked.object, *checked.old, "type", checked.top());
  check_kept_data(checked, {"data"});
  std::size_t size = 0;
  for (const std::string& key : sorted_keys(data)) {
    check_data_key(key, checked.place("data").key(key));
    size += text_in(data, key).size() * 3 / 4;
  }
  if (size > kDataMax)
    checked.problems.push_back(too_long_value("data", static_cast<std::int64_t>(kDataMax)));
  check_secret_type(checked);
}

void check_event(const Checked& checked) {
  check_event_namespace(checked, object_in(checked.object, "involvedObject"));
}

void check_new_event(const Checked& checked) {
  const json::object& event = checked.object;
  check_event_namespace(checked, object_in(event, "regarding"));
  if (checked.old != nullptr) return;
  // An event without its time is told only that, and its type.
  if (check_event_time(event, checked))
    for (const std::string_view field :
         {"reportingController", "reportingInstance", "action", "reason"})
      check_given(event, field, checked.top());
  const auto type = text_in(event, "type");
  if (type != "Normal" && type != "Warning")
    checked.place("type").invalid(std::string(type), fmt::format("has invalid value: {}", type));
}

void check_lease(const Checked& checked) {
  const json::object& spec = checked.spec();
  if (!lacks(spec, "leaseDurationSeconds") && integer_in(spec, "leaseDurationSeconds") <= 0)
    checked.place("spec.leaseDurationSeconds")
        .invalid(integer_in(spec, "leaseDurationSeconds"), "must be greater than 0");
  check_not_negative(spec, "leaseTransitions", checked.place());
}

void check_priority_class(const Checked& checked) {
  constexpr std::int64_t kUserMax = 1000000000;
  const auto name = text_at(checked.object, "metadata.name");
  const auto value = integer_in(checked.object, "value");
  if (checked.old != nullptr) {
    if (!equal_field(checked.object, *checked.old, "value"))
      checked.place("value").forbidden("may not be changed in an update.");
    return check_immutable(checked.object, *checked.old, "preemptionPolicy", checked.top());
  }
  if (name.starts_with("system-") && name != "system-node-critical" &&
      name != "system-cluster-critical")
    checked.place("metadata.name")
        .forbidden(
            "priority class names with 'system-' prefix are reserved for system use only. "
            "error: " +
            std::string(name) + " is not a known system priority class");
  if (!name.starts_with("system-") && value > kUserMax)
    checked.place("value").forbidden(
        fmt::format("maximum allowed value of a user defined priority is {}", kUserMax));
  check_one_of(checked.object, "preemptionPolicy", checked.top(),
               {"Never", "PreemptLowerPriority"});
}

void check_claim(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  if (checked.old != nullptr) {
    json::object changed = spec;
    const json::object& before = object_in(*checked.old, "spec");
    const bool bound = text_at(*checked.old, "status.phase") == "Bound";
    if (text_in(before, "volumeName").empty()) changed.erase("volumeName");
    if (bound)
      for (const std::string_view field : {"resources", "volumeAttributesClassName"}) {
        changed.erase(field);
        if (const json::value* const value = value_in(before, field)) changed[field] = *value;
      }
    if (!equal_json(changed, before))
      place.forbidden(
          "spec is immutable after creation except resources.requests and "
          "volumeAttributesClassName for bound claims");
    return;
  }
  if (array_in(spec, "accessModes").empty())
    place.child("accessModes").required("at least 1 access mode is required");
  if (lacks(object_at(spec, "resources.requests"), "storage"))
    place.child("resources").key("storage").required();
}

void check_volume(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  if (array_in(spec, "accessModes").empty()) place.child("accessModes").required();
  const json::object& capacity = object_in(spec, "capacity");
  if (capacity.empty()) place.child("capacity").required();
  if (capacity.size() != 1 || lacks(capacity, "storage"))
    place.child("capacity")
        .unsupported(capacity.empty() ? json::value() : json::value(capacity), {"storage"});
  const bool has_source = std::ranges::any_of(
      std::initializer_list<std::string_view>{
          "hostPath", "local", "nfs", "iscsi", "csi", "fc", "rbd", "cephfs", "azureFile",
          "azureDisk", "awsElasticBlockStore", "gcePersistentDisk", "cinder", "vsphereVolume"},
      [&](std::string_view source) { return !lacks(spec, source); });
  if (!has_source) place.required("must specify a volume type");
  if (!lacks(spec, "local") && lacks(spec, "nodeAffinity"))
    place.child("nodeAffinity").required("Local volume requires node affinity");
  check_one_of(spec, "persistentVolumeReclaimPolicy", place, {"Delete", "Recycle", "Retain"});
  check_one_of(spec, "volumeMode", place, {"Block", "Filesystem"});
}

void check_storage_class(const Checked& checked) {
  const json::object& object = checked.object;
  if (checked.old != nullptr) {
    for (const std::string_view field :
         {"parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"})
      check_immutable(object, *checked.old, field, checked.top());
    return;
  }
  check_given(object, "provisioner", checked.top());
  check_one_of(object, "reclaimPolicy", checked.top(), {"Delete", "Retain"});
  check_one_of(object, "volumeBindingMode", checked.top(), {"Immediate", "WaitForFirstConsumer"});
}

void check_quota(const Checked& checked) {
  check_quantities(object_in(checked.spec(), "hard"), checked.place("spec.hard"));
}

}  // namespace dynamod::apiserver
