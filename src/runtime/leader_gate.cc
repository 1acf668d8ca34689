// The gate's clock, and requests that end when it closes.
#include "runtime/leader_gate.h"

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>

#include "base/cancel_slot.h"

namespace dynamod::runtime {

LeaderGate::~LeaderGate() {
  disarm();
}

void LeaderGate::disarm() {
  if (timer_) clock_.cancel(*std::exchange(timer_, std::nullopt));
}

void LeaderGate::open_until(SteadyTime until) {
  // What was in flight in a term that ran out (this process slept) must not live on in the new one.
  if (until_ && !open()) close();
  disarm();
  until_ = until;
  if (until != SteadyTime::max()) {
    timer_ = clock_.at(until, [this] {
      timer_.reset();
      close();
    });
  }
  changed_.notify_all();
}

void LeaderGate::close() {
  disarm();
  if (!until_) return;
  until_.reset();
  ++term_;
  auto abandoned = std::exchange(at_close_, {});
  for (auto& [id, abandon] : abandoned) abandon();
  changed_.notify_all();
}

std::uint64_t LeaderGate::at_close(std::move_only_function<void()> abandon) {
  DYN_ASSERT(until_.has_value());
  at_close_.emplace(++last_id_, std::move(abandon));
  return last_id_;
}

Task<> LeaderGate::wait_open() {
  while (!open()) co_await changed_.wait();
}

Task<> LeaderGate::wait_closed() {
  while (open()) co_await changed_.wait();
}

namespace {

// Shared by an operation, the gate and the caller's cancellation (base/with_timeout.h is the same
// with a timer).
struct Passage {
  net::cancellation_signal cancel;
  bool started = false;
  bool stopped = false;  // cancelled by the caller
  bool closed = false;   // abandoned by the gate

  void abort() {
    if (started) cancel.emit(net::cancellation_type::terminal);
  }
};

template <class T>
Task<std::optional<Result<T>>> passing(std::shared_ptr<Passage> passage, Async<T> operation) {
  passage->started = true;
  if (passage->stopped || passage->closed) co_return std::nullopt;
  co_return co_await std::move(operation);
}

template <class T, class Token>
auto async_pass(LeaderGate& gate, std::shared_ptr<Passage> passage, Executor executor,
                Async<T> operation, Token token) {
  auto initiate = [&gate, passage, executor](auto handler, Async<T> body) {
    const std::uint64_t id = gate.at_close([passage] {
      passage->closed = true;
      passage->abort();
    });
    auto slot = net::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([passage](net::cancellation_type) {
        passage->stopped = true;
        passage->abort();
      });
    }
    auto finish = [&gate, id, passage, done = std::move(handler)](
                      std::exception_ptr failure, std::optional<Result<T>> result) mutable {
      gate.forget(id);
      std::move(done)(std::move(failure), std::move(result));
    };
    net::co_spawn(executor, passing<T>(passage, std::move(body)),
                  base::detail::with_slot(passage->cancel.slot(), std::move(finish)));
  };
  return net::async_initiate<Token, void(std::exception_ptr, std::optional<Result<T>>)>(
      std::move(initiate), token, std::move(operation));
}

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == net::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

std::unexpected<Error> not_leading(std::string_view what) {
  return fail(Error::Kind::kCancelled, std::string(what) + ": this process is not the leader");
}

std::unexpected<Error> abandoned(std::string_view what) {
  return fail(
      Error::Kind::kCancelled,
      std::string(what) + ": abandoned, this process is no longer the leader; it may have arrived");
}

// `operation` while the gate is open in `term`.
template <class T>
Async<T> pass(LeaderGate& gate, std::uint64_t term, std::string what, Async<T> operation) {
  const Executor executor = co_await net::this_coro::executor;
  if (!gate.open() || gate.term() != term) co_return not_leading(what);
  auto passage = std::make_shared<Passage>();
  std::exception_ptr failure;
  std::optional<Result<T>> result;
  try {
    result = co_await async_pass<T>(gate, passage, executor, std::move(operation),
                                    net::use_awaitable_t<Executor>());
  } catch (...) {
    failure = std::current_exception();
  }
  if (passage->stopped && !result) throw boost::system::system_error(net::error::operation_aborted);
  if (failure && !(passage->closed && is_cancellation(failure))) std::rethrow_exception(failure);
  // An answer that came while this process slept past the deadline belongs to nobody.
  if (!result || !gate.open() || gate.term() != term) co_return abandoned(what);
  co_return *std::move(result);
}

class GatedBody final : public http::Body {
 public:
  GatedBody(LeaderGate& gate, std::uint64_t term, std::string what,
            std::unique_ptr<http::Body> inner)
      : gate_(gate), term_(term), what_(std::move(what)), inner_(std::move(inner)) {}

  [[nodiscard]] Async<std::optional<std::string>> next() override {
    return pass(gate_, term_, what_, inner_->next());
  }

 private:
  LeaderGate& gate_;
  std::uint64_t term_;
  std::string what_;
  std::unique_ptr<http::Body> inner_;
};

}  // namespace

Async<http::Response> GatedTransport::send(Url peer, http::Request request,
                                           http::SendOptions options) {
  std::string what = request.method + " " + peer.origin() + std::string(request.path());
  const std::uint64_t term = gate_.term();
  auto sending = inner_.send(std::move(peer), std::move(request), options);
  CO_TRY(auto response, co_await pass(gate_, term, what, std::move(sending)));
  if (response.body) {
    response.body =
        std::make_unique<GatedBody>(gate_, term, std::move(what), std::move(response.body));
  }
  co_return response;
}

}  // namespace dynamod::runtime
