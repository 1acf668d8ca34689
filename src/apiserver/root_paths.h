// What is served beside resources: discovery, version, OpenAPI, the keys of ServiceAccount tokens.
// Health and metrics are http/observability.h.
#pragma once

#include <string>

#include "apiserver/api_request.h"
#include "apiserver/identity/service_account_token.h"
#include "apiserver/open_api.h"

namespace dynamod::apiserver {

struct RootRequest {
  std::string path = {};  // decoded, without a slash at its end
  QueryItems query = {};
  std::string accept = {};
  std::string if_none_match = {};
};

class RootPaths {
 public:
  // All outlive the object. `address` is what clients reach us by.
  RootPaths(const Core& core, const OpenApi& open_api, const ServiceAccountTokens& accounts,
            std::string address)
      : core_(core), open_api_(open_api), accounts_(accounts), address_(std::move(address)) {}

  // A path that is nothing of ours: 404 in plain text, as Kubernetes has it.
  [[nodiscard]] HandlerTask handle(RootRequest request) const;

 private:
  [[nodiscard]] Outcome<Reply> discovery(const RootRequest& request) const;
  [[nodiscard]] json::object legacy_document(std::string_view path) const;
  [[nodiscard]] json::object version() const;
  [[nodiscard]] json::object issuer() const;

  const Core& core_;
  const OpenApi& open_api_;
  const ServiceAccountTokens& accounts_;
  std::string address_;
};

// "404 page not found"
[[nodiscard]] Reply page_not_found();

}  // namespace dynamod::apiserver
