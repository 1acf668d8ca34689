// Owns running coroutines: the only way to start one. No exception and no task is ever lost.
//
// A class that spawns has its TaskGroup as last member and is stop()ped (awaited) before it is
// destroyed. An Error that a task returns, and an exception that escapes it, go to the reporter; an
// exception is a bug: it is reported and then ends the program through assertion_failed, except for
// cancellation, which is how tasks end.
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/cancellation_signal.hpp>

#include "base/async.h"

namespace dynamod::base {

class TaskGroup {
 public:
  using Reporter = std::function<void(const std::string& task, const Error& error)>;

  explicit TaskGroup(Executor executor, Reporter reporter = {});
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts `task` from the loop, never inside this call. After stop() has begun the task is dropped
  // unstarted.
  void spawn(std::string name, Async<> task);

  // Cancels every task and waits until all have ended. May be called more than once.
  Task<> stop();
  // Waits until no task runs, without cancelling.
  Task<> wait_idle();

  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  struct Running {
    std::string name;
    net::cancellation_signal cancel;
    bool started = false;
    bool ended = false;
  };

  // Shared, because a task may end while its own cancellation signal is being emitted.
  using Tasks = std::list<std::shared_ptr<Running>>;

  Async<> run(std::shared_ptr<Running> task, Async<> body);
  void finish(Tasks::iterator task, const std::exception_ptr& failure,
              const std::optional<Result<>>& result);
  void cancel_all();

  Executor executor_;
  Reporter reporter_;
  Tasks tasks_;
  std::list<std::move_only_function<void()>> idle_waiters_;
  bool stopping_ = false;
};

}  // namespace dynamod::base
