// The thread pool behind Offload.
#include "base/offload.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace dynamod::base {

namespace {

class ThreadOffload final : public Offload {
 public:
  ThreadOffload(Executor executor, unsigned threads) : executor_(std::move(executor)), pool_(threads) {}

  ~ThreadOffload() override { pool_.join(); }

  void run(std::move_only_function<void()> job, std::move_only_function<void()> done) override {
    auto keep_loop_alive = net::make_work_guard(executor_);
    net::post(pool_, [work = std::move(job), guard = std::move(keep_loop_alive), after = std::move(done)]() mutable {
      work();
      net::post(guard.get_executor(), std::move(after));
    });
  }

 private:
  Executor executor_;
  net::thread_pool pool_;
};

}  // namespace

std::unique_ptr<Offload> make_thread_offload(Executor executor, unsigned threads) {
  return std::make_unique<ThreadOffload>(std::move(executor), threads);
}

}  // namespace dynamod::base
