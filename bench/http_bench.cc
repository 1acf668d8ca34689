// What one small POST costs the caller: many at a time through the curl transport, against our own
// server in another process. Prints requests per second and CPU time per request on each side.
//   http_bench [REQUESTS] [AT A TIME]
#include <cstdlib>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/task_group.h"
#include "http/curl_transport.h"
#include "http/listener.h"
#include "http/server.h"
#include "testing/real_loop.h"

namespace dynamod {
namespace {

constexpr std::string_view kAnswer =
    R"({"status":"success","message":"LoRA adapter 'a' loaded successfully"})";

class Loaded final : public http::Handler {
 public:
  Async<http::Response> handle(http::Request request) override {
    CO_CHECK(co_await read_all(std::move(request.body), std::size_t{1} << 20));
    co_return http::json_response(200, std::string(kAnswer));
  }
};

// The server's process: tells its port through `out` and serves until its parent ends.
[[noreturn]] void serve(int out) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  testing::RealLoop loop;
  Loaded handler;
  http::Server server(loop.executor(), loop.clock(), handler);
  auto listener = http::make_tcp_listener(loop.executor(), "127.0.0.1", 0);
  const std::string address = (*listener)->address();
  if (write(out, address.data(), address.size()) < 0) std::exit(1);
  server.listen(*std::move(listener));
  loop.io().run();
  std::exit(0);
}

Async<> post(http::Transport* transport, Url url, int* left) {
  while (*left > 0) {
    --*left;
    http::Request request{.method = "POST", .target = "/v1/loras"};
    request.headers.add("Content-Type", "application/json");
    request.body =
        http::text_body(R"({"lora_name":"a","source":{"uri":"s3://bucket/adapters/a"}})");
    const http::SendOptions options{.deadline = std::chrono::seconds(30)};
    CO_TRY(http::Response response, co_await transport->send(url, std::move(request), options));
    CO_TRY(const std::string text,
           co_await read_all(std::move(response.body), std::size_t{1} << 20));
    DYN_ASSERT(text == kAnswer);
  }
  co_return Result<>{};
}

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int run(int requests, int at_a_time) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) serve(pipe_ends[1]);
  char address[64];
  const ssize_t size = read(pipe_ends[0], address, sizeof(address));
  const auto url = parse_url("http://" + std::string(address, static_cast<std::size_t>(size)));

  testing::RealLoop loop;
  const auto max_connections = static_cast<std::size_t>(at_a_time);
  auto transport = http::make_curl_transport(
      loop.executor(), loop.clock(),
      {.proxy = http::ProxyPolicy::kNone, .max_connections = max_connections});
  const SteadyTime begin = loop.clock().now();
  const double cpu_begin = cpu_seconds(RUSAGE_SELF);
  TaskGroup callers(loop.executor(), [](const std::string&, const Error& error) {
    std::cerr << error.message << "\n";
    std::exit(1);
  });
  int left = requests;
  for (int i = 0; i < at_a_time; ++i) callers.spawn("caller", post(transport.get(), *url, &left));
  loop.await(callers.wait_idle());
  const double cpu = cpu_seconds(RUSAGE_SELF) - cpu_begin;
  const double wall = std::chrono::duration<double>(loop.clock().now() - begin).count();
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
  const double server_cpu = cpu_seconds(RUSAGE_CHILDREN);
  std::cout << fmt::format(
      "{} requests, {} at a time: {:.0f}/s, CPU per request: caller {:.1f} us, server {:.1f} us\n",
      requests, at_a_time, requests / wall, 1e6 * cpu / requests, 1e6 * server_cpu / requests);
  return 0;
}

}  // namespace
}  // namespace dynamod

int main(int argc, char** argv) {
  return dynamod::run(argc > 1 ? std::atoi(argv[1]) : 100'000, argc > 2 ? std::atoi(argv[2]) : 32);
}
