// Replies and refusals as HTTP.
#pragma once

#include <string>

#include "apiserver/api_request.h"
#include "http/message.h"

namespace dynamod::apiserver {

// `rendering` says whether the text becomes YAML.
[[nodiscard]] http::Response response_of(Reply reply, const Rendering& rendering = {});
[[nodiscard]] http::Response response_of(const Refusal& refusal);
// `299 - "text"`
[[nodiscard]] std::string warning_header(std::string_view text);

}  // namespace dynamod::apiserver
