// The parts of canonicalize that decoding protobuf shares: it knows the type already.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "kube/builtin/table.h"

namespace dynamod::kube {

// canonicalize for a message; `unknown` may be null, then unknown fields are dropped silently.
[[nodiscard]] Result<json::object> canonical_object(json::object object, const TypeRow& type,
                                                    std::vector<std::string>* unknown);

// A time, quantity or base64 text as Go prints it. Errors: kInvalid when it is none.
[[nodiscard]] Result<std::string> canonical_text(Shape shape, std::string_view text);

}  // namespace dynamod::kube
