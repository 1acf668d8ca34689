// What a request is about, from its method and target alone: the resource, subresource, namespace,
// name and verb, as Kubernetes' RequestInfo says them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dynamod::apiserver {

using QueryItems = std::vector<std::pair<std::string, std::string>>;

struct Route {
  // False: discovery, health and the like; then only path and verb count.
  bool is_resource = false;
  std::string path = {};  // decoded
  std::string verb = {};  // "list"; the method in lower case when it is no resource
  std::string group = {};
  std::string version = {};
  std::string ns = {};  // of namespaces/x too, as RBAC sees it
  std::string plural = {};
  std::string name = {};
  std::string subresource = {};
  std::string rest = {};  // behind the subresource, for proxies

  // The namespace of the object: "" for the namespace itself.
  [[nodiscard]] std::string_view object_ns() const {
    return plural == "namespaces" && group.empty() ? std::string_view() : ns;
  }

  friend bool operator==(const Route&, const Route&) = default;
};

// Error kBadRequest for a path that is not properly encoded.
[[nodiscard]] Result<Route> parse_route(std::string_view method, std::string_view path,
                                        const QueryItems& query);

// The first value of `key`, or "".
[[nodiscard]] std::string_view query_value(const QueryItems& query, std::string_view key);
// As Go's ParseBool reads it; false for anything else.
[[nodiscard]] bool query_flag(const QueryItems& query, std::string_view key);

}  // namespace dynamod::apiserver
