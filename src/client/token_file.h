// A bearer token in a file that somebody else replaces.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "client/access.h"

namespace dynamod::client {

// Read when it is first needed, again when it was read more than a minute ago, and after a 401.
// While it cannot be read the last token is used; kUnavailable, with the path, when there was none.
// `files` and `clock` outlive the credentials.
[[nodiscard]] std::shared_ptr<Credentials> token_file(const Files& files, Clock& clock,
                                                      std::string path);

}  // namespace dynamod::client
