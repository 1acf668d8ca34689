// Two Streams joined in memory: what one writes the other reads, in order, with a bounded buffer
// each way.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/stream.h"

namespace dynamod::testing {

struct PipeOptions {
  std::size_t buffer_bytes = std::size_t{64} << 10;  // what waits for a reader before a write waits
  std::string first_peer = "10.0.0.2:40000";         // what the first stream's peer() says
  std::string second_peer = "10.0.0.1:80";
};

[[nodiscard]] std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(
    const Executor& executor, PipeOptions options = {});

}  // namespace dynamod::testing
