// metadata.managedFields of a request's write: apiserver/apply with the names of that request.
#pragma once

#include <string>

#include "apiserver/api_request.h"
#include "apiserver/apply/apply.h"

namespace dynamod::apiserver {

// The manager's name: the option, else the first part of the User-Agent.
[[nodiscard]] std::string manager_of(const ApiRequest& request, const WriteOptions& options);
[[nodiscard]] FieldOwner owner_of(const ApiRequest& request, const WriteOptions& options);
// What apiserver/apply must know of the resource. `registry` and the request outlive what it gives.
[[nodiscard]] ManagedKind managed_kind(const ApiRequest& request, const Registry& registry);

// Gives `object` the managedFields after a create (`old` null) or update by this request.
void track_write(const ApiRequest& request, const Registry& registry, const WriteOptions& options,
                 const json::object* old, json::object& object);

// Equal but for resourceVersion and the times in managedFields: nothing was changed.
[[nodiscard]] bool is_unchanged(const json::object& object, const json::object& old);

}  // namespace dynamod::apiserver
