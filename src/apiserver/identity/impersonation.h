// Acting as somebody else (kubectl --as): the Impersonate-* headers, for those who may.
#pragma once

#include "apiserver/identity/authorizer.h"
#include "http/message.h"

namespace dynamod::apiserver {

// The user to act as: `user` himself without such headers. Each name, group, uid and extra asked
// for is authorized on its own. Errors: kForbidden with the whole message of the Status;
// kBadRequest for groups, uid or extra without a user.
[[nodiscard]] Result<User> acting_user(Authorizer& authorizer, const User& user,
                                       const http::Headers& headers);

}  // namespace dynamod::apiserver
