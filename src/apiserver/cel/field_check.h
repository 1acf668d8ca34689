// Finds fields a rule reads that no object of its type can have: told when the rule is written, not
// when the first object comes.
#pragma once

#include "apiserver/cel/syntax.h"

namespace dynamod::apiserver::cel {

// kInvalid with `ERROR: <input>:1:5: undefined field 'x'` and the line shown. Types that cannot be
// known without running the rule pass.
[[nodiscard]] Result<> check_fields(const Syntax& syntax, const Type* self, const Type* old_self);

}  // namespace dynamod::apiserver::cel
