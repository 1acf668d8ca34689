// Objects between the store (bytes in the storage version) and the pipeline (json::object in the
// version of a request).
#pragma once

#include "apiserver/registry/resource.h"
#include "apiserver/registry/strategy.h"
#include "apiserver/store/store.h"
#include "base/json.h"

namespace dynamod::apiserver {

// In the version of `resource`, with defaults.
[[nodiscard]] Result<json::object> read_object(const Resource& resource,
                                               const StoredObject& stored);
// What the store keeps of `object`; its resourceVersion becomes `revision`, in `object` too.
[[nodiscard]] Result<StoredObject> store_object(const Resource& resource, json::object& object,
                                                Revision revision);

// Whether stored bytes are what a client of `resource` gets: then nothing is decoded.
[[nodiscard]] bool shown_as_stored(const Resource& resource);
// How stored bytes of a built-in kind start: `{"kind":"Pod","apiVersion":"v1",`. Lists of such
// kinds leave it out of their items.
[[nodiscard]] std::string type_prefix(const Resource& resource);

// kind, apiVersion, metadata first, as Go prints typed objects.
void order_fields(json::object& object);

}  // namespace dynamod::apiserver
