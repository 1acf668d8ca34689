// The `paths` of an OpenAPI document: what may be sent where, for one resource. The same for
// built-in kinds and custom resources but for the patch types.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/builtin/builtin.h"

namespace dynamod::kube {

struct ApiKind {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
};

struct ApiSubresource {
  std::string_view name;
  ApiKind kind;
  Verbs verbs = 0;
  std::string definition;  // "" when the body is no object that is described
};

// Names are of definitions in components.schemas.
struct ApiResource {
  ApiKind kind;
  std::string_view plural;
  bool namespaced = false;
  Verbs verbs = 0;
  bool strategic_patch = false;
  std::string definition;
  std::string list_definition;  // "" for kinds that are not stored
  std::vector<ApiSubresource> subresources = {};
};

// "api/v1", "apis/apps/v1".
[[nodiscard]] std::string openapi_path(std::string_view group, std::string_view version);

// What every document names: ObjectMeta, ListMeta, DeleteOptions, Patch, Status, APIResourceList.
[[nodiscard]] std::vector<std::string_view> common_definitions();

void add_paths(json::object& paths, const ApiResource& resource);
// The path that lists the resources of a group and version.
void add_discovery_path(json::object& paths, std::string_view group, std::string_view version);

}  // namespace dynamod::kube
