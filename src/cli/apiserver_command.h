// `dynamod apiserver`: the embedded API server alone.
#pragma once

#include "cli/apiserver_options.h"

namespace dynamod::cli {

// Runs until SIGTERM or SIGINT. Errors: a folder that is in use or cannot be read, an address that
// cannot be bound, files that the flags name and that are wrong.
[[nodiscard]] Result<> run_apiserver(const ApiServerFlags& flags);

}  // namespace dynamod::cli
