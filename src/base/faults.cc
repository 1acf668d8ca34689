// Faults of a real process: it kills itself at a named place.
#include "base/faults.h"

#include <charconv>
#include <csignal>
#include <string>

namespace dynamod::base {

namespace {

class KillFaults final : public Faults {
 public:
  KillFaults(std::string place, unsigned count) : place_(std::move(place)), left_(count) {}

  void at(std::string_view place) override {
    if (place.starts_with(place_) && --left_ == 0) std::raise(SIGKILL);
  }

 private:
  std::string place_;
  unsigned left_;
};

}  // namespace

Result<std::unique_ptr<Faults>> make_kill_faults(std::string_view text) {
  if (text.empty()) return std::make_unique<Faults>();
  const auto colon = text.rfind(':');
  unsigned count = 0;
  const auto number = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
  if (error != std::errc{} || end != number.data() + number.size() || count == 0) {
    return fail(Error::Kind::kInvalid, "fault \"" + std::string(text) + "\" must be PLACE:COUNT with a count from 1");
  }
  return std::make_unique<KillFaults>(std::string(text.substr(0, colon)), count);
}

}  // namespace dynamod::base
