// Each object goes through the pipeline like a client's.
#include "apiserver/bootstrap.h"

#include <utility>
#include <vector>

#include "apiserver/identity/bootstrap_roles.h"
#include "apiserver/own_request.h"
#include "apiserver/registry/object.h"

namespace dynamod::apiserver {

namespace {

// Where programs beside us read who signs client certificates (kube-controller-manager does).
json::object authentication_facts(const std::string& authorities_pem) {
  json::object metadata{{"name", "extension-apiserver-authentication"},
                        {"namespace", "kube-system"}};
  return {{"kind", "ConfigMap"},
          {"apiVersion", "v1"},
          {"metadata", std::move(metadata)},
          {"data", {{"client-ca-file", authorities_pem}}}};
}

std::vector<json::object> first_objects(const BootstrapOptions& options) {
  std::vector<json::object> objects = bootstrap_namespaces();
  for (auto& priority : bootstrap_priority_classes()) objects.push_back(std::move(priority));
  objects.push_back(bootstrap_service(options.service_range, options.port));
  if (!options.client_authorities_pem.empty())
    objects.push_back(authentication_facts(options.client_authorities_pem));
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
