// Discovery documents of what a Registry serves: the legacy lists, and the aggregated form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apiserver/registry/registry.h"
#include "base/json.h"

namespace dynamod::apiserver {

// GET /api. `address` is what clients reach us by: "127.0.0.1:6443".
[[nodiscard]] json::object api_versions(std::string_view address);
// GET /apis
[[nodiscard]] json::object api_group_list(const Registry& registry);
// GET /apis/GROUP; empty when the group is not served.
[[nodiscard]] json::object api_group(const Registry& registry, std::string_view group);
// GET /api/v1 and /apis/GROUP/VERSION; empty when it is not served.
[[nodiscard]] json::object api_resource_list(const Registry& registry, std::string_view group,
                                             std::string_view version);

// Which half of the aggregated form: /api has only the core group, /apis all others.
enum class DiscoveryRoot : std::uint8_t { kCore, kGroups };
// APIGroupDiscoveryList of apidiscovery.k8s.io/v2.
[[nodiscard]] json::object aggregated_discovery(const Registry& registry, DiscoveryRoot root);

}  // namespace dynamod::apiserver
