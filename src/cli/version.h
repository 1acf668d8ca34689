// What `dynamod version` and the user agent say.
#pragma once

#include <string>

namespace dynamod::cli {

// "dynamod 0.1.0"
[[nodiscard]] std::string version_text();

}  // namespace dynamod::cli
