// What is special about a new object: its name, its namespace, the metadata only the server sets.
#include <utility>

#include <fmt/format.h>

#include "apiserver/registry/object.h"
#include "apiserver/writer.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

// As k8s.io/apiserver/pkg/storage/names: no vowels, so that no words come out.
constexpr std::string_view kSuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t kSuffixLength = 5;
constexpr std::size_t kGeneratedBaseMax = 63 - kSuffixLength;
// A clash among 14 million suffixes eight times in a row is a namespace that is full.
constexpr int kGenerateTriesMax = 8;

Refused namespace_terminating(const ApiRequest& request, std::string_view name,
                              std::string_view ns) {
  Refused refused = forbidden(
      *request.resource, name,
      fmt::format("unable to create new content in namespace {} because it is being terminated",
                  ns));
  Refusal refusal = std::move(refused).error();
  make_object(refusal.status, "details")["causes"] =
      json::array{json::object{{"reason", "NamespaceTerminating"},
                               {"message", fmt::format("namespace {} is being terminated", ns)},
                               {"field", "metadata.namespace"}}};
  return Refused(std::move(refusal));
}

}  // namespace

// As the NamespaceLifecycle admission: no content in a namespace that is not there or is going.
Outcome<> Writer::check_namespace(const ApiRequest& request, std::string_view name) const {
  if (!request.resource->namespaced) return {};
  const std::string ns(request.route.object_ns());
  const ObjectPtr found = core_.store.decided("namespaces", {"", ns});
  if (!found) {
    const ResourcePtr namespaces = core_.registry.find("", "v1", "namespaces");
    if (!namespaces) return {};
    return not_found(*namespaces, ns);
  }
  TRY(const json::value value, decode_json(found->bytes));
  const json::value* deletion = find_json(value, "metadata.deletionTimestamp");
  if (deletion && !deletion->is_null()) return namespace_terminating(request, name, ns);
  return {};
}

Outcome<> Writer::name_object(ApiRequest& request, json::object& object) const {
  json::object& metadata = metadata_of(object);
  const std::string ns(request.route.object_ns());
  const std::string body_ns = string_in(metadata, "namespace");
  if (!request.resource->namespaced) metadata.stable_erase("namespace");
  if (request.resource->namespaced && !body_ns.empty() && body_ns != ns)
    return bad_request(
        "the namespace of the provided object does not match the namespace sent on the request");
  if (!ns.empty()) metadata["namespace"] = ns;

  std::string name = string_in(metadata, "name");
  if (!request.route.name.empty()) {  // an update or apply that creates
    if (!name.empty() && name != request.route.name)
      return bad_request(
          fmt::format("the name of the object ({}) does not match the name on the URL ({})", name,
                      request.route.name));
    name = request.route.name;
  }
  const std::string base = string_in(metadata, "generateName").substr(0, kGeneratedBaseMax);
  if (name.empty() && base.empty())
    return invalid(request.resource->type(), "",
                   {kube::required("metadata.name", "name or generateName is required")});
  for (int tries = 0; name.empty() && tries < kGenerateTriesMax; ++tries) {
    std::string candidate = base + name_suffix();
    const bool taken =
        core_.store.decided(request.resource->collection, {ns, candidate}) != nullptr;
    if (!taken || tries + 1 == kGenerateTriesMax) name = std::move(candidate);
  }
  metadata["name"] = name;
  return {};
}

void Writer::fill_new_metadata(const ApiRequest& request, json::object& object) const {
  json::object& metadata = metadata_of(object);
  for (const std::string_view field : {"resourceVersion", "selfLink", "deletionTimestamp",
                                       "deletionGracePeriodSeconds", "generation"})
    metadata.stable_erase(field);
  metadata["uid"] = new_uid();
  metadata["creationTimestamp"] = format_time(request.now);
}

std::string Writer::name_suffix() const {
  std::string suffix;
  for (std::size_t i = 0; i < kSuffixLength; ++i)
    suffix += kSuffixAlphabet[core_.rng.between(0, kSuffixAlphabet.size() - 1)];
  return suffix;
}

}  // namespace dynamod::apiserver
