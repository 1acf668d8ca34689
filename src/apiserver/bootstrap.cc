// Each object goes through the pipeline like a client's.
#include "apiserver/bootstrap.h"

#include <utility>
#include <vector>

#include "apiserver/identity/bootstrap_roles.h"
#include "apiserver/own_request.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

std::vector<json::object> first_objects(const BootstrapOptions& options) {
  std::vector<json::object> objects = bootstrap_namespaces();
  for (auto& priority : bootstrap_priority_classes()) objects.push_back(std::move(priority));
  objects.push_back(bootstrap_service(options.service_range, options.port));
  for (auto& role : bootstrap_cluster_roles()) objects.push_back(std::move(role));
  for (auto& binding : bootstrap_cluster_role_bindings()) objects.push_back(std::move(binding));
  return objects;
}

}  // namespace

Async<> bootstrap(const Core* core, const WriteRequests* writes, BootstrapOptions options) {
  for (json::object& object : first_objects(options)) {
    const ResourcePtr resource =
        core->registry.find_kind(string_in(object, "apiVersion"), string_in(object, "kind"));
    DYN_ASSERT(resource);
    const kube::ObjectKey key = key_of(object);
    if (core->store.decided(resource->collection, key)) continue;
    const kube::ObjectKey place{key.ns, ""};
    const auto made =
        co_await writes->create_object(make_own_request(*core, resource, place), std::move(object));
    if (!made)
      co_return fail(Error::Kind::kInternal, "create " + resource->kind + " " + key.text() + ": " +
                                                 string_in(made.error().status, "message"));
  }
  co_return Result<>();
}

}  // namespace dynamod::apiserver
