// Any bytes in any cuts from a caller: the server answers in HTTP or not at all, gives its handler
// only whole heads, and lets every connection go in the end.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/task_group.h"
#include "http/server.h"
#include "testing/pipe_stream.h"
#include "testing/sim_loop.h"

namespace dynamod {
namespace {

class Echo final : public http::Handler {
 public:
  Async<http::Response> handle(http::Request request) override {
    DYN_ASSERT(!request.method.empty() && !request.target.empty());
    if (request.method == "GET") co_return http::text_response(200, std::move(request.target));
    CO_TRY(std::string body, co_await read_all(std::move(request.body), std::size_t{1} << 16));
    co_return http::text_response(200, std::move(body));
  }
};

Async<> receive(Stream* stream, std::string* received) {
  for (;;) {
    CO_TRY(const std::string bytes, co_await stream->read());
    if (bytes.empty()) co_return Result<>{};
    *received += bytes;
  }
}

Async<> send(Stream* stream, std::string_view bytes, std::size_t step) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    std::string piece(bytes.substr(0, step));
    CO_CHECK(co_await stream->write(std::move(piece)));
  }
  co_return Result<>{};
}

}  // namespace
}  // namespace dynamod

// The first byte says how the rest is cut, and seeds the loop.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  if (size == 0) return 0;
  testing::SimLoop loop(data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = data[0] < 128 ? std::size_t{1} + data[0] : bytes.size() + 1;

  Echo echo;
  http::Server server(loop.executor(), loop, echo,
                      {.request = {.head_bytes_max = 4096, .body_bytes_max = 65536}});
  auto [near, far] = testing::make_pipe(loop.executor());
  std::string received;
  TaskGroup caller(loop.executor());
  server.serve(std::move(far));
  caller.spawn("receive", receive(near.get(), &received));
  caller.spawn("send", send(near.get(), bytes, step));
  loop.run_for(std::chrono::minutes(10));
  DYN_ASSERT(server.connections() == 0);
  DYN_ASSERT(received.empty() || received.starts_with("HTTP/1.1 "));
  loop.await(server.stop(Duration{}));
  loop.await(caller.stop());
  return 0;
}
