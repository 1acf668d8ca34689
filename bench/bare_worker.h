// A worker as the bare client sees it: loads wait behind at most so many of their own worker, and
// one list confirms the loads that ended before it began. The rest of the operator's worker pool
// (what is there, what failed, when to try again) is left out on purpose.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/notifier.h"
#include "base/task_group.h"
#include "base/url.h"
#include "http/transport.h"

namespace dynamod::bench {

// One model's loads on all workers.
struct BareLoad {
  BareLoad(Executor executor, std::string adapter, std::size_t workers)
      : name(std::move(adapter)), left(workers), done(std::move(executor)) {}

  std::string name;
  std::size_t left;  // workers that have not confirmed
  Notifier done;     // `left` is 0
};

using BareLoadPtr = std::shared_ptr<BareLoad>;

class BareWorker {
 public:
  // `clock` and `transport` outlive the worker. stop() it before it is destroyed.
  BareWorker(Executor executor, Clock& clock, http::Transport& transport, Url address);

  void submit(BareLoadPtr load);

  Task<> stop() { return tasks_.stop(); }

 private:
  void pump();
  Async<> load(BareLoadPtr load);
  Async<> confirm();
  Async<> call(http::Request request);

  Clock& clock_;
  http::Transport& transport_;
  Url address_;
  std::deque<BareLoadPtr> waiting_;
  std::size_t in_flight_ = 0;
  std::vector<BareLoadPtr> unconfirmed_;
  Notifier wake_;
  TaskGroup tasks_;
};

}  // namespace dynamod::bench
