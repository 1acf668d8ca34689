// Each direction is a string with two notifiers; both ends share both directions.
#include "testing/pipe_stream.h"

#include <algorithm>

#include "base/notifier.h"

namespace dynamod::testing {

namespace {

struct Direction {
  explicit Direction(const Executor& executor) : readable(executor), writable(executor) {}

  void close() {
    closed = true;
    readable.notify();
    writable.notify();
  }

  std::string bytes;
  bool closed = false;
  Notifier readable;
  Notifier writable;
};

class PipeStream final : public Stream {
 public:
  PipeStream(std::shared_ptr<Direction> in, std::shared_ptr<Direction> out,
             std::size_t buffer_bytes, std::string peer)
      : in_(std::move(in)),
        out_(std::move(out)),
        buffer_bytes_(buffer_bytes),
        peer_(std::move(peer)) {}

  ~PipeStream() override { close(); }

  Async<std::string> read() override {
    while (in_->bytes.empty() && !in_->closed && !closed_) co_await in_->readable.wait();
    if (closed_) co_return fail(Error::Kind::kUnavailable, "the pipe is closed");
    const std::size_t count = std::min(in_->bytes.size(), kStreamReadMax);
    std::string piece = in_->bytes.substr(0, count);
    in_->bytes.erase(0, count);
    in_->writable.notify();
    co_return piece;
  }

  Async<> write(std::string bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      if (closed_ || out_->closed) co_return fail(Error::Kind::kUnavailable, "the pipe is closed");
      const std::size_t room = buffer_bytes_ - std::min(buffer_bytes_, out_->bytes.size());
      const std::size_t count = std::min(room, bytes.size() - done);
      if (count == 0) {
        co_await out_->writable.wait();
        continue;
      }
      out_->bytes.append(bytes, done, count);
      done += count;
      out_->readable.notify();
    }
    co_return Result<>{};
  }

  void close() override {
    closed_ = true;
    in_->close();
    out_->close();
  }

  [[nodiscard]] std::string peer() const override { return peer_; }

 private:
  std::shared_ptr<Direction> in_;
  std::shared_ptr<Direction> out_;
  std::size_t buffer_bytes_;
  std::string peer_;
  bool closed_ = false;
};

}  // namespace

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_pipe(const Executor& executor,
                                                                      PipeOptions options) {
  auto forth = std::make_shared<Direction>(executor);
  auto back = std::make_shared<Direction>(executor);
  return {std::make_unique<PipeStream>(back, forth, options.buffer_bytes,
                                       std::move(options.first_peer)),
          std::make_unique<PipeStream>(forth, back, options.buffer_bytes,
                                       std::move(options.second_peer))};
}

}  // namespace dynamod::testing
