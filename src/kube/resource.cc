// Paths and names.
#include "kube/resource.h"

#include <fmt/format.h>

#include "base/url.h"

namespace dynamod::kube {

std::string ObjectKey::text() const {
  return ns.empty() ? name : ns + "/" + name;
}

Result<ObjectKey> parse_object_key(std::string_view text) {
  const auto slash = text.find('/');
  ObjectKey key;
  if (slash != std::string_view::npos) {
    key.ns = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  key.name = text;
  const bool empty_part = key.name.empty() || (slash != std::string_view::npos && key.ns.empty());
  if (empty_part || key.name.contains('/'))
    return fail(Error::Kind::kInvalid, "an object is written as namespace/name");
  return key;
}

std::string ResourceType::api_version() const {
  return group.empty() ? std::string(version) : fmt::format("{}/{}", group, version);
}

std::string ResourceType::resource_name() const {
  return group.empty() ? std::string(plural) : fmt::format("{}.{}", plural, group);
}

std::string ResourceType::kind_name() const {
  return group.empty() ? std::string(kind) : fmt::format("{}.{}", kind, group);
}

std::string ResourceType::collection_path(std::string_view ns) const {
  std::string path =
      group.empty() ? fmt::format("/api/{}", version) : fmt::format("/apis/{}/{}", group, version);
  if (namespaced && !ns.empty()) path.append("/namespaces/").append(percent_encode(ns));
  return path.append("/").append(plural);
}

std::string ResourceType::object_path(const ObjectKey& key, std::string_view subresource) const {
  std::string path = collection_path(key.ns).append("/").append(percent_encode(key.name));
  if (!subresource.empty()) path.append("/").append(subresource);
  return path;
}

std::string call_text(std::string_view verb, const ResourceType& type, const ObjectKey& key) {
  std::string text = fmt::format("{} {}", verb, type.resource_name());
  if (!key.name.empty()) return text.append(" ").append(key.text());
  if (!key.ns.empty()) text.append(" in namespace ").append(key.ns);
  return text;
}

}  // namespace dynamod::kube

std::size_t std::hash<dynamod::kube::ObjectKey>::operator()(
    const dynamod::kube::ObjectKey& key) const noexcept {
  const std::size_t name = std::hash<std::string>()(key.name);
  const std::size_t ns = std::hash<std::string>()(key.ns);
  return name ^ (ns + 0x9E3779B97F4A7C15 + (name << 6) + (name >> 2));
}
