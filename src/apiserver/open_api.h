// /openapi/v3: documents of the built-in kinds, and of custom resources as they come and go. Made
// when they are first asked for, off the core thread, and kept.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/api_request.h"
#include "apiserver/custom_resources.h"
#include "kube/builtin/openapi.h"

namespace dynamod::apiserver {

class OpenApi {
 public:
  // Both outlive the object.
  OpenApi(const Core& core, const CustomResources& customs) : core_(core), customs_(customs) {}

  // `path` is behind /openapi/v3: "" for the index, "api/v1", "apis/apps/v1". `hash` is the
  // query's.
  [[nodiscard]] HandlerTask handle(std::string path, std::string hash) const;

 private:
  struct Document {
    std::string hash = {};
    std::string text = {};
  };

  using Documents = std::map<std::string, Document>;

  [[nodiscard]] HandlerTask index() const;
  [[nodiscard]] Task<std::shared_ptr<const Documents>> custom_documents() const;
  [[nodiscard]] Task<std::vector<kube::OpenApiEntry>> entries() const;
  [[nodiscard]] Task<std::string> text_of(std::string path) const;

  const Core& core_;
  const CustomResources& customs_;
  // Of the registry at `generation_`; made again when it changed.
  mutable std::shared_ptr<const Documents> documents_;
  mutable std::uint64_t generation_ = 0;
};

}  // namespace dynamod::apiserver
