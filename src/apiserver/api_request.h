// One request for a resource on its way through the pipeline, and the answer to it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apiserver/body.h"
#include "apiserver/core.h"
#include "apiserver/media_type.h"
#include "apiserver/options.h"
#include "apiserver/refusal.h"
#include "apiserver/registry/strategy.h"
#include "apiserver/route.h"
#include "http/message.h"

namespace dynamod::apiserver {

struct ApiRequest {
  Route route = {};
  QueryItems query = {};
  std::string method = {};
  std::string content_type = {};
  std::string user_agent = {};
  std::string body = {};
  ResourcePtr resource = {};
  Caller caller = {};
  Rendering rendering = {};
  WallTime now = {};
  std::vector<std::string> warnings = {};  // sent as Warning headers

  [[nodiscard]] kube::ObjectKey key() const { return {std::string(route.object_ns()), route.name}; }

  // A write of /scale is one of the object itself.
  [[nodiscard]] WriteContext context(bool dry_run) const {
    return {.resource = *resource,
            .caller = caller,
            .now = now,
            .subresource = route.subresource == "scale" ? "" : std::string_view(route.subresource),
            .dry_run = dry_run};
  }

  // What its body may be.
  [[nodiscard]] ProtobufBody protobuf() const {
    return resource->origin == Origin::kBuiltin ? ProtobufBody::kAccepted : ProtobufBody::kRefused;
  }
};

// Shared by the steps of one request; only one of them runs at a time.
using RequestPtr = std::shared_ptr<ApiRequest>;

struct Reply {
  int status = 200;
  std::string content_type = std::string(kJsonType);
  std::string text = {};
  std::unique_ptr<http::Body> stream = {};  // instead of text
  std::vector<std::pair<std::string, std::string>> headers = {};
};

using HandlerTask = Task<Outcome<Reply>>;

}  // namespace dynamod::apiserver
