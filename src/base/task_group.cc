// Spawning, watching and stopping coroutines.
#include "base/task_group.h"

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "base/cancel_slot.h"

namespace dynamod::base {

namespace {

// What an escaped exception says; nothing for cancellation, which is how tasks end.
std::optional<std::string> text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == net::error::operation_aborted) return std::nullopt;
    return error.what();
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

TaskGroup::TaskGroup(Executor executor, Reporter reporter)
    : executor_(std::move(executor)), reporter_(std::move(reporter)) {}

TaskGroup::~TaskGroup() {
  DYN_ASSERT(tasks_.empty() && "a TaskGroup was destroyed while its tasks ran");
}

void TaskGroup::spawn(std::string name, Async<> task) {
  if (stopping_) return;
  auto running = std::make_shared<Running>();
  running->name = std::move(name);
  const auto place = tasks_.insert(tasks_.end(), running);
  auto finished = [this, place](const std::exception_ptr& failure, Result<> result) {
    finish(place, failure, failure ? std::nullopt : std::optional(std::move(result)));
  };
  const auto slot = running->cancel.slot();
  net::co_spawn(executor_, run(std::move(running), std::move(task)),
                detail::with_slot(slot, std::move(finished)));
}

// Cancelling a coroutine before its first step throws out of the loop, so an unstarted one is never
// cancelled: it sees `stopping_` when it starts.
Async<> TaskGroup::run(std::shared_ptr<Running> task, Async<> body) {
  task->started = true;
  if (stopping_) co_return Result<>{};
  Result<> result = co_await std::move(body);
  co_return result;
}

void TaskGroup::finish(Tasks::iterator task, const std::exception_ptr& failure,
                       const std::optional<Result<>>& result) {
  const std::string name = std::move((*task)->name);
  (*task)->ended = true;
  tasks_.erase(task);
  if (failure) {
    if (const auto text = text_of(failure)) {
      if (reporter_) reporter_(name, {Error::Kind::kInternal, *text});
      assertion_failed(("task " + name + " threw: " + *text).c_str(), __FILE__, __LINE__);
    }
  } else if (!*result && reporter_) {
    reporter_(name, result->error());
  }
  if (!tasks_.empty()) return;
  auto waiters = std::exchange(idle_waiters_, {});
  for (auto& wake : waiters) wake();
}

void TaskGroup::cancel_all() {
  // Emitting may resume a coroutine, which may finish and change the list: so over a copy of it.
  const std::vector<std::shared_ptr<Running>> tasks(tasks_.begin(), tasks_.end());
  for (const auto& task : tasks) {
    if (task->started && !task->ended) task->cancel.emit(net::cancellation_type::terminal);
  }
}

Task<> TaskGroup::stop() {
  stopping_ = true;
  // From the loop: stop() may itself be called by code that one of the tasks is running.
  co_await net::post(executor_, net::use_awaitable_t<Executor>());
  cancel_all();
  co_await wait_idle();
}

Task<> TaskGroup::wait_idle() {
  if (tasks_.empty()) co_return;
  auto initiate = [this](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    idle_waiters_.emplace_back([executor = executor_, shared] {
      net::post(executor, [shared] { std::move (*shared)(boost::system::error_code()); });
    });
  };
  net::use_awaitable_t<Executor> token;
  co_await net::async_initiate<net::use_awaitable_t<Executor>, void(boost::system::error_code)>(
      std::move(initiate), token);
}

}  // namespace dynamod::base
