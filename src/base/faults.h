// Named places where a test may make the program die or wait: `faults_.at("model.after_load")`. Nothing in production.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"

namespace dynamod::base {

class Faults {
 public:
  virtual ~Faults() = default;
  virtual void at(std::string_view place) { (void)place; }
};

// Kills this process (SIGKILL) at the `count`-th time any place is passed that starts with `place`:
// "model.after_load:3". Used by tests of a real operator; an empty text gives Faults that do nothing.
[[nodiscard]] Result<std::unique_ptr<Faults>> make_kill_faults(std::string_view text);

}  // namespace dynamod::base
