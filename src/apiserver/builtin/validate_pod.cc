// Validation of a pod's spec besides its containers, and of changes.
#include "apiserver/builtin/validate_pod.h"

#include <algorithm>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/validation/object_meta.h"

namespace dynamod::apiserver {

namespace {

using Names = std::set<std::string, std::less<>>;

constexpr std::int64_t kDeadlineMax = 2147483647;

// In the order Kubernetes looks at them, so that the second one found is the one it names.
constexpr std::string_view kVolumeSources[] = {"emptyDir",
                                               "hostPath",
                                               "gitRepo",
                                               "gcePersistentDisk",
                                               "awsElasticBlockStore",
                                               "secret",
                                               "nfs",
                                               "iscsi",
                                               "glusterfs",
                                               "flocker",
                                               "persistentVolumeClaim",
                                               "rbd",
                                               "cinder",
                                               "cephfs",
                                               "quobyte",
                                               "downwardAPI",
                                               "fc",
                                               "azureFile",
                                               "configMap",
                                               "vsphereVolume",
                                               "photonPersistentDisk",
                                               "portworxVolume",
                                               "azureDisk",
                                               "storageos",
                                               "projected",
                                               "scaleIO",
                                               "csi",
                                               "ephemeral",
                                               "image"};

// The one field a source cannot be without.
constexpr std::pair<std::string_view, std::string_view> kNeededFields[] = {
    {"hostPath", "path"}, {"secret", "secretName"}, {"nfs", "server"},
    {"nfs", "path"},      {"configMap", "name"},    {"persistentVolumeClaim", "claimName"},
    {"csi", "driver"},
};

void check_volume_source(const json::object& volume, const Place& place) {
  int found = 0;
  for (const std::string_view source : kVolumeSources) {
    if (lacks(volume, source)) continue;
    if (++found > 1) {
      place.child(source).forbidden("may not specify more than 1 volume type");
      continue;
    }
    for (const auto& [name, field] : kNeededFields)
      if (name == source) check_given(object_in(volume, source), field, place.child(source));
  }
  if (found == 0) place.required("must specify a volume type");
}

// The names of the volumes that are right.
Names check_volumes(const json::object& spec, const Place& place) {
  Names names;
  std::size_t index = 0;
  for_each_object(spec, "volumes", [&](const json::object& volume) {
    const Place at = place.at(index++);
    const std::size_t before = at.problems.size();
    const auto name = text_in(volume, "name");
    check_volume_source(volume, at);
    if (check_given(volume, "name", at)) at.child("name").names(name, dns1123_label_errors(name));
    if (names.contains(name)) at.child("name").duplicate(std::string(name));
    if (at.problems.size() == before) names.emplace(name);
  });
  return names;
}

void check_toleration(const json::object& toleration, const Place& place) {
  const auto key = text_in(toleration, "key");
  const auto op = text_in(toleration, "operator");
  const auto effect = text_in(toleration, "effect");
  if (!key.empty()) place.child("key").names(key, qualified_name_errors(key));
  if (key.empty() && op != "Exists")
    place.child("operator")
        .invalid(std::string(op),
                 "operator must be Exists when `key` is empty, which means \"match all values and "
                 "all keys\"");
  if (!lacks(toleration, "tolerationSeconds") && effect != "NoExecute")
    place.child("effect").invalid(std::string(effect),
                                  "effect must be 'NoExecute' when `tolerationSeconds` is set");
  if (op == "Exists" && !text_in(toleration, "value").empty())
    place.child("operator")
        .invalid(std::string(op), "value must be empty when `operator` is 'Exists'");
  check_one_of(toleration, "operator", place, {"Equal", "Exists"});
  check_one_of(toleration, "effect", place, {"NoExecute", "NoSchedule", "PreferNoSchedule"});
}

void check_spread(const json::object& constraint, const Place& place) {
  const auto skew = integer_in(constraint, "maxSkew");
  if (skew <= 0) place.child("maxSkew").invalid(skew, "must be greater than zero");
  if (text_in(constraint, "topologyKey").empty())
    place.child("topologyKey").required("can not be empty");
  check_one_of(constraint, "whenUnsatisfiable", place, {"DoNotSchedule", "ScheduleAnyway"});
  check_selector(object_in(constraint, "labelSelector"), place.child("labelSelector"));
}

void check_name_field(const json::object& spec, std::string_view field, const Place& place,
                      NameErrors (*errors)(std::string_view)) {
  const auto name = text_in(spec, field);
  if (!name.empty()) place.child(field).names(name, errors(name));
}

// Old tolerations must all be there still, but for their seconds.
bool keeps_tolerations(const json::object& spec, const json::object& old) {
  const json::array& now = array_in(spec, "tolerations");
  return std::ranges::all_of(array_in(old, "tolerations"), [&](const json::value& before) {
    return std::ranges::any_of(now, [&](const json::value& after) {
      if (!before.is_object() || !after.is_object()) return false;
      json::object a = before.get_object();
      json::object b = after.get_object();
      a.erase("tolerationSeconds");
      b.erase("tolerationSeconds");
      return equal_json(a, b);
    });
  });
}

// Gates may only go.
void check_gates(const json::object& spec, const json::object& old, const Place& place) {
  each(spec, "schedulingGates", place, [&](const json::object& gate, const Place& at) {
    const auto name = text_in(gate, "name");
    const bool known =
        std::ranges::any_of(array_in(old, "schedulingGates"), [&](const json::value& g) {
          return g.is_object() && text_in(g.get_object(), "name") == name;
        });
    if (!known)
      at.forbidden(
          fmt::format("only deletion is allowed, but found new scheduling gate '{}'", name));
  });
}

void check_deadline_change(const json::object& spec, const json::object& old, const Place& place) {
  if (lacks(old, "activeDeadlineSeconds")) return;
  const Place at = place.child("activeDeadlineSeconds");
  if (lacks(spec, "activeDeadlineSeconds"))
    return at.invalid(json::value(), "must not update from a positive integer to nil value");
  const auto now = integer_in(spec, "activeDeadlineSeconds");
  if (now > integer_in(old, "activeDeadlineSeconds"))
    at.invalid(now, "must be less than or equal to previous value");
}

void restore_images(json::object& spec, const json::object& old, std::string_view list) {
  json::array* const containers = find_array(spec, list);
  const json::array& before = array_in(old, list);
  if (containers == nullptr) return;
  for (std::size_t i = 0; i < containers->size() && i < before.size(); ++i) {
    json::object* const container = (*containers)[i].if_object();
    const json::object* const other = before[i].if_object();
    if (container != nullptr && other != nullptr)
      (*container)["image"] = json::string(text_in(*other, "image"));
  }
}

void restore(json::object& spec, const json::object& old, std::string_view field) {
  const json::value* const before = value_in(old, field);
  if (before == nullptr)
    spec.erase(field);
  else
    spec[field] = *before;
}

constexpr std::string_view kFrozen =
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions "
    "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
    "was previously negative)";

}  // namespace

void check_pod_spec(const json::object& spec, const Place& place) {
  const Names volumes = check_volumes(spec, place.child("volumes"));
  check_containers(spec, ContainerList::kMain, volumes, place.child("containers"));
  check_containers(spec, ContainerList::kInit, volumes, place.child("initContainers"));
  check_containers(spec, ContainerList::kEphemeral, volumes, place.child("ephemeralContainers"));
  check_one_of(spec, "restartPolicy", place, {"Always", "OnFailure", "Never"});
  check_one_of(spec, "dnsPolicy", place,
               {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"});
  check_labels(object_in(spec, "nodeSelector"), place.child("nodeSelector"));
  each(spec, "readinessGates", place, [](const json::object& gate, const Place& at) {
    const auto type = text_in(gate, "conditionType");
    at.child("conditionType").names(type, qualified_name_errors(type));
  });
  each(spec, "topologySpreadConstraints", place, check_spread);
  check_name_field(spec, "serviceAccountName", place, dns1123_subdomain_errors);
  check_name_field(spec, "nodeName", place, dns1123_subdomain_errors);
  if (!lacks(spec, "activeDeadlineSeconds")) {
    const auto deadline = integer_in(spec, "activeDeadlineSeconds");
    if (deadline < 1 || deadline > kDeadlineMax)
      place.child("activeDeadlineSeconds")
          .invalid(deadline, fmt::format("must be between 1 and {}, inclusive", kDeadlineMax));
  }
  check_name_field(spec, "hostname", place, dns1123_label_errors);
  check_name_field(spec, "subdomain", place, dns1123_label_errors);
  each(spec, "tolerations", place, check_toleration);
  check_name_field(spec, "priorityClassName", place, dns1123_subdomain_errors);
  check_name_field(spec, "runtimeClassName", place, dns1123_subdomain_errors);
}

void check_pod_template(const json::object& pod_template, const Place& place) {
  const Place metadata = place.child("metadata");
  check_labels(object_at(pod_template, "metadata.labels"), metadata.child("labels"));
  for (const auto& [key, value] : object_at(pod_template, "metadata.annotations")) {
    std::string lower(key);
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    metadata.child("annotations").names(key, qualified_name_errors(lower));
  }
  check_pod_spec(object_in(pod_template, "spec"), place.child("spec"));
}

void check_pod_change(const json::object& pod, const json::object& old, Problems& problems) {
  const Place place{problems, "spec"};
  const json::object& spec = object_in(pod, "spec");
  const json::object& before = object_in(old, "spec");
  for (const std::string_view list : {"containers", "initContainers"}) {
    if (array_in(spec, list).size() == array_in(before, list).size()) continue;
    return place.child(list).forbidden("pod updates may not add or remove containers");
  }
  check_deadline_change(spec, before, place);
  check_gates(spec, before, place);
  json::object changed = spec;  // with all that may change put back
  restore_images(changed, before, "containers");
  restore_images(changed, before, "initContainers");
  restore(changed, before, "activeDeadlineSeconds");
  restore(changed, before, "schedulingGates");
  if (keeps_tolerations(spec, before)) restore(changed, before, "tolerations");
  if (integer_in(before, "terminationGracePeriodSeconds") < 0 &&
      integer_in(spec, "terminationGracePeriodSeconds") == 1)
    restore(changed, before, "terminationGracePeriodSeconds");
  if (!array_in(before, "schedulingGates").empty()) {  // a pod that waits may be narrowed down
    restore(changed, before, "nodeSelector");
    restore(changed, before, "affinity");
  }
  if (!equal_json(changed, before)) place.forbidden(std::string(kFrozen));
}

}  // namespace dynamod::apiserver
