// Custom resources: a Resource for each served version of a CRD, with a strategy that validates by
// its schema and rules.
#pragma once

#include <memory>

#include "apiserver/core.h"
#include "apiserver/registry/resource.h"
#include "apiserver/validation/custom_resource.h"

namespace dynamod::apiserver {

enum class CustomState : std::uint8_t {
  kServed,
  kTerminating,  // nothing new is made
};

// `conversion` may be empty: then versions differ by their apiVersion alone.
[[nodiscard]] std::vector<Resource> custom_resources(std::shared_ptr<const CustomResource> crd,
                                                     const Conversion& conversion,
                                                     CustomState state);

}  // namespace dynamod::apiserver
