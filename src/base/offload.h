// The door for blocking work (disk, hashing, big documents): a job runs elsewhere and its result comes back to the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/async.h"

namespace dynamod::base {

class Offload {
 public:
  virtual ~Offload() = default;
  // Runs `job` off the core thread, then `done` on it. `job` must not throw.
  virtual void run(std::move_only_function<void()> job, std::move_only_function<void()> done) = 0;
};

// A pool of `threads`; its destructor waits for the jobs that run. Simulation: testing/sim_loop.h.
[[nodiscard]] std::unique_ptr<Offload> make_thread_offload(Executor executor, unsigned threads);

namespace detail {
template <class Token>
auto async_offload(Offload& pool, std::move_only_function<void()> job, Token token) {
  auto initiate = [&pool](auto handler, std::move_only_function<void()> work) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    pool.run(std::move(work), [shared] { std::move (*shared)(boost::system::error_code()); });
  };
  return net::async_initiate<Token, void(boost::system::error_code)>(std::move(initiate), token, std::move(job));
}
}  // namespace detail

// auto job = [path] { return read(path); };  Result<std::string> text = co_await offload(pool, std::move(job));
// Not cancellable: it returns when the job has ended. `pool` outlives the call.
template <class Job>
auto offload(Offload& pool, Job job) -> Task<decltype(job())> {
  std::optional<decltype(job())> result;
  auto work = [&result, &job] { result.emplace(job()); };
  co_await detail::async_offload(pool, std::move(work), net::use_awaitable_t<Executor>());
  co_return *std::move(result);
}

}  // namespace dynamod::base
