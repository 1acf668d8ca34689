// What makes two leaders impossible: a gate that closes by the local monotonic clock, and a
// Transport that lets no request pass while it is closed and abandons those in flight when it
// closes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "base/broadcast.h"
#include "base/clock.h"
#include "http/transport.h"

namespace dynamod::runtime {

class LeaderGate {
 public:
  // `clock` outlives the gate.
  explicit LeaderGate(Clock& clock) : clock_(clock) {}

  ~LeaderGate();
  LeaderGate(const LeaderGate&) = delete;
  LeaderGate& operator=(const LeaderGate&) = delete;

  // Compares with the clock on each call, so a process that was stopped (SIGSTOP) past the time
  // finds it closed before any timer has run.
  [[nodiscard]] bool open() const { return until_ && clock_.now() < *until_; }

  [[nodiscard]] std::optional<SteadyTime> until() const { return until_; }

  // Opens it, or moves the time at which it closes by itself.
  void open_until(SteadyTime until);

  // For programs that elect nobody: open until close().
  void open_for_good() { open_until(SteadyTime::max()); }

  void close();

  // Both return at once if it is so.
  Task<> wait_open();
  Task<> wait_closed();

  // Grows with each closing: what began under another number belongs to another term.
  [[nodiscard]] std::uint64_t term() const { return term_; }

  // Calls `abandon` once, when the gate closes, unless forget() comes first. The gate is open.
  std::uint64_t at_close(std::move_only_function<void()> abandon);

  void forget(std::uint64_t id) { at_close_.erase(id); }

 private:
  void disarm();

  Clock& clock_;
  std::optional<SteadyTime> until_;
  std::optional<Clock::TimerId> timer_;
  std::uint64_t term_ = 0;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::move_only_function<void()>> at_close_;
  Broadcast changed_;
};

// Every call of the program that acts on the world goes through one of these. A request while the
// gate is closed, and one (or its body) in flight when it closes, ends with kCancelled; one in
// flight may have arrived.
class GatedTransport final : public http::Transport {
 public:
  // All outlive the transport.
  GatedTransport(http::Transport& inner, LeaderGate& gate) : inner_(inner), gate_(gate) {}

  [[nodiscard]] Async<http::Response> send(Url peer, http::Request request,
                                           http::SendOptions options) override;

 private:
  http::Transport& inner_;
  LeaderGate& gate_;
};

}  // namespace dynamod::runtime
