// Rows of volumes, claims and storage classes.
#include <algorithm>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"
#include "apiserver/builtin/print_kinds.h"

namespace dynamod::apiserver {

namespace {

// "RWO,ROX": each mode once, in Kubernetes' order.
std::string modes_text(const json::array& modes) {
  constexpr std::pair<std::string_view, std::string_view> kModes[] = {
      {"ReadWriteOnce", "RWO"},
      {"ReadOnlyMany", "ROX"},
      {"ReadWriteMany", "RWX"},
      {"ReadWriteOncePod", "RWOP"},
  };
  std::string out;
  for (const auto& [name, shown] : kModes) {
    const bool has = std::ranges::any_of(modes, [&](const json::value& mode) {
      return mode.is_string() && mode.get_string() == name;
    });
    if (has) out.append(out.empty() ? "" : ",").append(shown);
  }
  return out;
}

std::string storage_in(const json::object& quantities) {
  return text_or(text_in(quantities, "storage"), "0");
}

std::string phase_of(const json::object& object) {
  const bool going = !text_at(object, "metadata.deletionTimestamp").empty();
  return going ? "Terminating" : std::string(text_at(object, "status.phase"));
}

// Once it was an annotation.
std::string class_of(const json::object& object) {
  constexpr std::string_view kAnnotation = "volume.beta.kubernetes.io/storage-class";
  const auto old = text_in(object_at(object, "metadata.annotations"), kAnnotation);
  return text_or(old, text_at(object, "spec.storageClassName"));
}

}  // namespace

json::array print_volume(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& claim = object_in(spec, "claimRef");
  std::string claimed;
  if (!claim.empty())
    claimed.append(text_in(claim, "namespace")).append("/").append(text_in(claim, "name"));
  return {text_at(object, "metadata.name"),
          storage_in(object_in(spec, "capacity")),
          modes_text(array_in(spec, "accessModes")),
          text_in(spec, "persistentVolumeReclaimPolicy"),
          phase_of(object),
          claimed,
          class_of(object),
          text_or(text_in(spec, "volumeAttributesClassName"), "<unset>"),
          text_at(object, "status.reason"),
          object_age(object, now),
          text_or(text_in(spec, "volumeMode"), "<unset>")};
}

json::array print_claim(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& status = object_in(object, "status");
  const bool bound = !text_in(spec, "volumeName").empty();
  return {text_at(object, "metadata.name"),
          phase_of(object),
          text_in(spec, "volumeName"),
          bound ? storage_in(object_in(status, "capacity")) : "",
          bound ? modes_text(array_in(status, "accessModes")) : "",
          class_of(object),
          text_or(text_in(spec, "volumeAttributesClassName"), "<unset>"),
          object_age(object, now),
          text_or(text_in(spec, "volumeMode"), "<unset>")};
}

json::array print_storage_class(const json::object& object, WallTime now) {
  const json::object& annotations = object_at(object, "metadata.annotations");
  std::string name(text_at(object, "metadata.name"));
  for (const std::string_view annotation : {"storageclass.kubernetes.io/is-default-class",
                                            "storageclass.beta.kubernetes.io/is-default-class"})
    if (text_in(annotations, annotation) == "true") {
      name += " (default)";
      break;
    }
  return {name,
          text_in(object, "provisioner"),
          text_or(text_in(object, "reclaimPolicy"), "Delete"),
          text_or(text_in(object, "volumeBindingMode"), "Immediate"),
          true_in(object, "allowVolumeExpansion"),
          object_age(object, now)};
}

}  // namespace dynamod::apiserver
