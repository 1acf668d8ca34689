// What the scripted API says when it does not answer with an object: Status documents and
// discovery.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "testing/scripted_store.h"

namespace dynamod::testing {

// A Status of this HTTP code, with the reason that belongs to it.
[[nodiscard]] http::Response status_response(int code, const std::string& message);
// As the API server answers this kind of error.
[[nodiscard]] http::Response error_response(const Error& error);

// "/version", "/readyz" and the resource list of "/apis/<group>/<version>"; nothing for other
// paths.
[[nodiscard]] std::optional<http::Response> discovery_response(
    std::string_view path, const std::vector<ScriptedType>& types);

}  // namespace dynamod::testing
