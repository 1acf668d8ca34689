// Replicas are found by the paths of the resource: the same for built-in kinds and custom
// resources.
#include "apiserver/scale.h"

#include <utility>

#include "apiserver/builtin/print.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

// ".spec.replicas" as find_in takes it.
std::string_view plain(std::string_view path) {
  path.remove_prefix(path.starts_with('.') ? 1 : 0);
  return path;
}

std::string selector_of(const Resource& resource, const json::object& object) {
  const json::value* found = find_in(object, plain(resource.scale->selector));
  if (!found) return "";
  if (found->is_string()) return std::string(found->get_string());
  if (!found->is_object() || found->get_object().empty()) return "";
  const json::object& selector = found->get_object();
  // A replication controller's is a map of labels.
  const bool is_map = !selector.contains("matchLabels") && !selector.contains("matchExpressions");
  return is_map ? labels_text(selector) : selector_text(selector);
}

void set_at(json::object& object, std::string_view path, json::value value) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) {
    object[path] = std::move(value);
    return;
  }
  set_at(make_object(object, path.substr(0, dot)), path.substr(dot + 1), std::move(value));
}

}  // namespace

json::object scale_of(const Resource& resource, const json::object& object) {
  json::object metadata;
  for (const std::string_view field :
       {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    keep_old(metadata, metadata_of(object), field);
  json::object spec;
  const std::int64_t replicas = number_in(object, plain(resource.scale->spec));
  if (replicas != 0) spec["replicas"] = replicas;
  json::object status{{"replicas", number_in(object, plain(resource.scale->status))}};
  const std::string selector = selector_of(resource, object);
  if (!selector.empty()) status["selector"] = selector;
  return {{"kind", "Scale"},
          {"apiVersion", "autoscaling/v1"},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)},
          {"status", std::move(status)}};
}

Outcome<json::object> with_scale(const Resource& resource, json::object object,
                                 const json::object& scale) {
  const std::int64_t replicas = number_in(scale, "spec.replicas");
  if (replicas < 0) {
    return invalid({.group = "autoscaling", .version = "v1", .plural = "", .kind = "Scale"},
                   string_in(scale, "metadata.name"),
                   {kube::invalid("spec.replicas", std::to_string(replicas),
                                  "must be greater than or equal to 0")});
  }
  set_at(object, plain(resource.scale->spec), replicas);
  keep_old(metadata_of(object), metadata_of(scale), "resourceVersion");
  return object;
}

}  // namespace dynamod::apiserver
