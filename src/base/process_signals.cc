// The process's stop signals, on Asio's signal_set.
#include "base/process_signals.h"

#include <csignal>

#include <boost/asio/signal_set.hpp>

#include "base/notifier.h"

namespace dynamod::base {

namespace {

class RealStopSignal final : public StopSignal {
 public:
  explicit RealStopSignal(Executor executor)
      : signals_(executor, SIGTERM, SIGINT), came_(executor) {
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (error) return;
      received_ = true;
      signals_.clear();  // the next one is not ours any more: an impatient Ctrl-C works
      came_.notify();
    });
  }

  Task<> wait() override {
    while (!received_) co_await came_.wait();
  }

  [[nodiscard]] bool received() const override { return received_; }

 private:
  net::signal_set signals_;
  Notifier came_;
  bool received_ = false;
};

}  // namespace

std::unique_ptr<StopSignal> make_stop_signal(Executor executor) {
  return std::make_unique<RealStopSignal>(std::move(executor));
}

}  // namespace dynamod::base
