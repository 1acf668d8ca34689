// Steps into objects; what is missing or of another type reads as empty.
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

std::string string_in(const json::object& object, std::string_view path) {
  return std::string(text_at(object, path));
}

std::int64_t number_in(const json::object& object, std::string_view path) {
  const json::value* found = find_in(object, path);
  const std::int64_t* number = found ? found->if_int64() : nullptr;
  return number ? *number : 0;
}

std::string field_text(const json::object& object, std::string_view path) {
  const json::value* found = find_in(object, path);
  if (!found || found->is_null()) return "";
  if (found->is_string()) return std::string(found->get_string());
  return encode_json(*found);
}

json::object& metadata_of(json::object& object) {
  return make_object(object, "metadata");
}

const json::object& metadata_of(const json::object& object) {
  return object_in(object, "metadata");
}

kube::ObjectKey key_of(const json::object& object) {
  const json::object& metadata = metadata_of(object);
  return {string_in(metadata, "namespace"), string_in(metadata, "name")};
}

kube::Labels labels_of(const json::object& object, std::string_view field) {
  kube::Labels labels;
  const json::value* found = metadata_of(object).if_contains(field);
  if (!found || !found->is_object()) return labels;
  for (const auto& entry : found->get_object()) {
    if (entry.value().is_string())
      labels.emplace(std::string(entry.key()), std::string(entry.value().get_string()));
  }
  return labels;
}

bool has_finalizers(const json::object& object) {
  const json::value* finalizers = metadata_of(object).if_contains("finalizers");
  return finalizers && finalizers->is_array() && !finalizers->get_array().empty();
}

void keep_old(json::object& object, const json::object& old, std::string_view field) {
  if (const json::value* value = old.if_contains(field))
    object[field] = *value;
  else
    object.stable_erase(field);
}

bool same_field(const json::object& a, const json::object& b, std::string_view field) {
  const json::value* left = a.if_contains(field);
  const json::value* right = b.if_contains(field);
  if (!left || !right) return left == right;
  return equal_json(*left, *right);
}

}  // namespace dynamod::apiserver
