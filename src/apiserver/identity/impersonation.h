// Acting as somebody else (kubectl --as): the Impersonate-* headers, for those who may.
#pragma once

#include "apiserver/identity/authorizer.h"
#include "http/message.h"

namespace dynamod::apiserver {

// The user to act as: the user of `request` himself without such headers. Constrained
// impersonation is asked first: it allows single verbs (`impersonate-on:<mode>:<verb>`) as single
// kinds of users (`impersonate:<mode>`); then the right `impersonate` alone. Each name, group, uid
// and extra asked for is authorized on its own. Errors: kForbidden with the whole message of the
// Status, of the first mode that fits; kBadRequest for groups, uid or extra without a user.
[[nodiscard]] Result<User> acting_user(Authorizer& authorizer, const Attributes& request,
                                       const http::Headers& headers);

}  // namespace dynamod::apiserver
