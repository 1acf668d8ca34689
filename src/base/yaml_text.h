// The text of YAML as such: what libyaml (and so Kubernetes) refuses or reads in another way, and
// yaml-cpp 0.7 lets pass or loses without a word. Apart from yaml_tree.cc because each rule is a
// quirk, found by comparing (tests/oracle).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::base {

// `line` and `column` from 1: "invalid YAML at line 3, column 5: <what>".
[[nodiscard]] Error yaml_error_at(Error::Kind kind, int line, int column, std::string_view what);

// Refuses invalid UTF-8, control characters, line breaks other than LF and CRLF, and unknown
// directives.
[[nodiscard]] Result<> check_yaml_text(std::string_view text);

// The functions below look at `rest`: the text from the start of a node, its anchor and tag
// included.

// True for a scalar of the form >+, whose empty last lines yaml-cpp loses.
[[nodiscard]] bool keeps_folded_end(std::string_view rest);
// True for a quote that nothing follows: yaml-cpp takes it for "".
[[nodiscard]] bool is_lone_quote(std::string_view rest);

// yaml-cpp gives the escapes \N and \_ as the bare bytes 85 and A0; here they become U+0085 and
// U+00A0. (The input is valid UTF-8, so a byte that is none comes from there.)
[[nodiscard]] std::string mend_yaml_escapes(std::string_view scalar);

}  // namespace dynamod::base
