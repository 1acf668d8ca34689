// Requests that the server makes of itself: they pass the pipeline like any other, behind
// authorization.
#pragma once

#include <string>

#include "apiserver/api_request.h"

namespace dynamod::apiserver {

[[nodiscard]] RequestPtr make_own_request(const Core& core, ResourcePtr resource,
                                          const kube::ObjectKey& key,
                                          const std::string& subresource = "");

}  // namespace dynamod::apiserver
