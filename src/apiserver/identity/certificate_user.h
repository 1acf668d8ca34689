// The user that a client certificate stands for. The server has verified it.
#pragma once

#include <optional>
#include <string>

#include "apiserver/identity/user.h"

namespace dynamod::apiserver {

// CN is the user, each O a group; nothing when there is no CN. Error kUnauthorized for PEM that
// does not parse.
[[nodiscard]] Result<std::optional<User>> certificate_user(const std::string& certificate_pem);

}  // namespace dynamod::apiserver
