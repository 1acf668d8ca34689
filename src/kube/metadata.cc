// Lookups in metadata.
#include "kube/metadata.h"

#include <algorithm>

namespace dynamod::kube {

namespace {

std::string_view value_of(const Labels& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::string_view ObjectMeta::label(std::string_view label_name) const {
  return value_of(labels, label_name);
}

std::string_view ObjectMeta::annotation(std::string_view annotation_name) const {
  return value_of(annotations, annotation_name);
}

bool ObjectMeta::has_finalizer(std::string_view finalizer) const {
  return std::ranges::find(finalizers, finalizer) != finalizers.end();
}

const OwnerReference* ObjectMeta::controller_owner() const {
  const auto manages = [](const OwnerReference& owner) { return owner.controller.value_or(false); };
  const auto found = std::ranges::find_if(owner_references, manages);
  return found == owner_references.end() ? nullptr : &*found;
}

}  // namespace dynamod::kube
