// The caller is the API server, as its name in managedFields says.
#include "apiserver/own_request.h"

#include <memory>
#include <utility>

namespace dynamod::apiserver {

RequestPtr make_own_request(const Core& core, ResourcePtr resource, const kube::ObjectKey& key,
                            const std::string& subresource) {
  auto request = std::make_shared<ApiRequest>();
  request->route = {.is_resource = true,
                    .group = resource->group,
                    .version = resource->version,
                    .ns = key.ns,
                    .plural = resource->plural,
                    .name = key.name,
                    .subresource = subresource};
  request->user_agent = "kube-apiserver";
  request->resource = std::move(resource);
  request->caller = {.name = "system:apiserver", .groups = {"system:masters"}};
  request->now = core.clock.wall();
  return request;
}

}  // namespace dynamod::apiserver
