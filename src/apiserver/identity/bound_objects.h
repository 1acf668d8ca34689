// Whether what a ServiceAccount token is bound to still lives: deleting a ServiceAccount or a Pod
// ends its tokens at once.
#pragma once

#include "apiserver/identity/service_account_token.h"
#include "apiserver/store/store.h"

namespace dynamod::apiserver {

// The objects exist under the claimed uids and have not been deleting for longer than the leeway.
// kUnauthorized with the reason.
[[nodiscard]] Result<> check_bound_objects(const TokenClaims& claims, const Store& store,
                                           WallTime now);

}  // namespace dynamod::apiserver
