// JSON Merge Patch, RFC 7386 section 2.
#include "kube/patch/merge_patch.h"

#include <utility>

namespace dynamod::kube {

namespace {

// A part of the patch that has no counterpart: nulls say what shall not be there. Nulls that are
// elements of a list are values.
json::value without_nulls(const json::value& patch) {
  if (patch.is_array()) {
    json::array kept;
    for (const json::value& element : patch.get_array()) kept.push_back(without_nulls(element));
    return kept;
  }
  if (!patch.is_object()) return patch;
  json::object kept;
  for (const auto& [name, value] : patch.get_object())
    if (!value.is_null()) kept[name] = without_nulls(value);
  return kept;
}

// True: done. False: one of both is no object, so the patch replaces the target.
bool merge_into(json::value& target, const json::value& patch) {
  if (!target.is_object() || !patch.is_object()) return false;
  json::object& fields = target.get_object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      fields.erase(name);
      continue;
    }
    json::value& field = fields[name];
    if (merge_into(field, value)) continue;
    // A list that replaces something stays as it is written; one in a new field is cleaned of the
    // nulls in its objects. The RFC would keep them in both; Kubernetes does this.
    const bool replaces_object = field.is_object();
    field = replaces_object ? value : without_nulls(value);
  }
  return true;
}

}  // namespace

json::value merge_patch(json::value target, const json::value& patch) {
  if (!merge_into(target, patch)) target = without_nulls(patch);
  return target;
}

}  // namespace dynamod::kube
