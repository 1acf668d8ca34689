// `dynamod operator`: the controllers, for a cluster.
#pragma once

#include "cli/operator_options.h"

namespace dynamod::cli {

// Runs until SIGTERM or SIGINT; 0 for a clean stop. Errors: no access to a cluster, an address that
// cannot be bound.
[[nodiscard]] Result<> run_operator(const OperatorOptions& options, const Env& env);

}  // namespace dynamod::cli
