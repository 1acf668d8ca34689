// What a new server is filled with before the first request: namespaces, the Service of the API
// itself, roles and bindings.
#pragma once

#include <cstdint>
#include <string>

#include "apiserver/write_requests.h"

namespace dynamod::apiserver {

struct BootstrapOptions {
  std::string service_range = {};
  std::uint16_t port = 0;
  std::string client_authorities_pem = {};  // who signs client certificates; "" for nobody
};

// Objects that are there already stay as they are. `core` and `writes` outlive the call.
[[nodiscard]] Async<> bootstrap(const Core* core, const WriteRequests* writes,
                                BootstrapOptions options);

}  // namespace dynamod::apiserver
