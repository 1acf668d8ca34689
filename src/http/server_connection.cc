// Reading, parsing, answering and ending, with a limit on every wait.
#include "http/server_connection.h"

#include <utility>

#include <fmt/format.h>

namespace dynamod::http {

namespace {

// Of a request's body, waiting for its handler, before the connection is read no further.
constexpr std::size_t kBodyBufferBytesMax = std::size_t{64} << 10;
// A connection that is closed with unread bytes is reset, and the answer may be lost with it. So
// what a refused caller still sends is read for a while.
constexpr Duration kLingerLimit = std::chrono::seconds(2);
constexpr std::size_t kLingerBytesMax = std::size_t{32} << 20;

Error error_of(const Refusal& refusal) {
  switch (refusal.status) {
    case 408:
      return {Error::Kind::kTimeout, refusal.text};
    case 413:
      return {Error::Kind::kTooLarge, refusal.text};
    default:
      return {Error::Kind::kBadRequest, refusal.text};
  }
}

Response response_of(Refusal refusal) {
  return text_response(refusal.status, std::move(refusal.text) + "\n");
}

long long milliseconds(Duration limit) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
}

}  // namespace

// Reads on while the handler works, until its caller's buffer is full. A handler that keeps the
// body beyond its request finds it ended.
class ServerConnection::RequestBody final : public Body {
 public:
  explicit RequestBody(ServerConnection& connection)
      : connection_(connection), request_number_(connection.request_number_) {}

  Async<std::optional<std::string>> next() override {
    if (connection_.request_number_ != request_number_) {
      co_return fail(Error::Kind::kInternal, "the request of this body is over");
    }
    co_return co_await connection_.next_body_piece();
  }

 private:
  ServerConnection& connection_;
  std::uint64_t request_number_;
};

ServerConnection::ServerConnection(const Executor& executor, Clock& clock, Handler& handler,
                                   const ServerOptions& options, std::unique_ptr<Stream> stream)
    : handler_(handler),
      options_(options),
      stream_(std::move(stream)),
      parser_(std::make_unique<RequestParser>(options.request)),
      read_watchdog_(clock),
      write_watchdog_(clock),
      parsed_(executor),
      room_(executor),
      answering_task_(executor) {}

Task<> ServerConnection::run() {
  await_request(options_.head_limit);
  answering_task_.spawn("http answers", answer_all());
  while (!closed_) {
    if (!wants_input()) {
      co_await room_.wait();
      continue;
    }
    Result<std::string> bytes = co_await stream_->read();
    if (!bytes || bytes->empty()) break;
    take_input(*std::move(bytes));
  }
  close();
  co_await answering_task_.stop();
}

// While a request is answered, one read's worth of the next may wait: enough to see the caller go
// away.
bool ServerConnection::wants_input() const {
  if (discarded_) return true;
  if (refusal_) return false;
  return parser_->done() ? input_.empty() : parser_->body_bytes() < kBodyBufferBytesMax;
}

void ServerConnection::take_input(std::string bytes) {
  if (discarded_) {
    *discarded_ += bytes.size();
    if (*discarded_ > kLingerBytesMax) close();
    return;
  }
  if (input_.empty()) {
    input_ = std::move(bytes);
  } else {
    input_ += bytes;
  }
  parse();
}

void ServerConnection::parse() {
  if (parser_->done() || refusal_) return;
  const bool had_head = parser_->has_head();
  const bool had_begun = parser_->started();
  auto used = parser_->put(input_);
  if (!used) {
    refuse(std::move(used).error());
    return;
  }
  input_.erase(0, *used);
  if (!had_head && parser_->has_head()) {
    answering_ = true;
    read_watchdog_.disarm();
  } else if (!had_begun && request_number_ > 0) {
    await_request(options_.head_limit);
  }
  parsed_.notify();
}

void ServerConnection::await_request(Duration limit) {
  read_watchdog_.arm(limit, [this, limit] {
    if (!parser_->started() && input_.empty()) {
      close();
    } else {
      refuse({408, fmt::format("the head of the request did not come within {} ms",
                               milliseconds(limit))});
    }
  });
}

void ServerConnection::refuse(Refusal refusal) {
  if (!refusal_) refusal_ = std::move(refusal);
  parsed_.notify();
}

Async<> ServerConnection::answer_all() {
  for (;;) {
    while (!parser_->has_head() && !refusal_ && !closed_) co_await parsed_.wait();
    if (closed_) break;
    if (!parser_->has_head()) {
      Response response = response_of(*refusal_);
      const Framing framing = frame_response(response, "GET", true, false);
      co_await write_response(std::move(response), framing);
      break;
    }
    const Result<bool> kept = co_await answer_one();
    if (!kept || !*kept) break;
    next_request();
  }
  // Closes at once unless the caller is still sending: then run() reads on, and the watchdog ends
  // it.
  if (closed_ || (parser_->done() && input_.empty())) {
    close();
  } else {
    discarded_ = 0;
    input_.clear();
    read_watchdog_.arm(kLingerLimit, [this] { close(); });
    room_.notify();
  }
  co_return Result<>{};
}

// False, or an Error of writing, when the connection is to end.
Async<bool> ServerConnection::answer_one() {
  Request request = take_request();
  const std::string method = request.method;
  Result<Response> handled = co_await handler_.handle(std::move(request));
  Response response;
  if (handled) {
    response = *std::move(handled);
  } else if (refusal_) {
    response = response_of(*refusal_);
  } else {
    response = text_response(500, handled.error().message + "\n");
  }
  const bool keeps_alive = parser_->keeps_alive() && parser_->done() && !refusal_ && !draining_;
  const Framing framing = frame_response(response, method, parser_->speaks_http_1_1(), keeps_alive);
  co_return co_await write_response(std::move(response), framing);
}

Request ServerConnection::take_request() {
  Request request = parser_->take_head();
  request.peer = stream_->peer();
  request.peer_certificates_pem = stream_->peer_certificates_pem();
  if (!parser_->done()) {
    request.body = std::make_unique<RequestBody>(*this);
  } else if (parser_->body_bytes() > 0) {
    request.body = text_body(parser_->take_body());
  }
  return request;
}

void ServerConnection::next_request() {
  ++request_number_;
  answering_ = false;
  continue_sent_ = false;
  parser_ = std::make_unique<RequestParser>(options_.request);
  await_request(options_.idle_limit);
  if (!input_.empty()) parse();
  if (draining_ && !answering_) close();
  room_.notify();
}

Async<std::optional<std::string>> ServerConnection::next_body_piece() {
  if (parser_->wants_continue() && !continue_sent_ && parser_->body_bytes() == 0 &&
      !parser_->done()) {
    continue_sent_ = true;
    CO_CHECK(co_await write("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  while (parser_->body_bytes() == 0 && !parser_->done()) {
    if (refusal_) co_return std::unexpected(error_of(*refusal_));
    if (closed_) co_return fail(Error::Kind::kUnavailable, "the caller went away");
    const auto limit = options_.body_limit;
    read_watchdog_.arm(limit, [this, limit] {
      refuse(
          {408, fmt::format("nothing of the request's body came for {} ms", milliseconds(limit))});
    });
    co_await parsed_.wait();
    read_watchdog_.disarm();
  }
  std::string piece = parser_->take_body();
  room_.notify();
  if (piece.empty()) co_return std::nullopt;
  co_return piece;
}

Async<bool> ServerConnection::write_response(Response response, Framing framing) {
  std::string head = response_head(response, framing);
  if (framing.end == Framing::End::kHead || !response.body) {
    CO_CHECK(co_await write(std::move(head)));
    co_return framing.keeps_alive;
  }
  CO_TRY(const bool whole, co_await write_body(std::move(response.body), framing, std::move(head)));
  co_return whole&& framing.keeps_alive;
}

// False when the body did not keep its word: the connection ends, so that the caller sees an answer
// that is cut off.
Async<bool> ServerConnection::write_body(std::unique_ptr<Body> body, Framing framing,
                                         std::string head) {
  std::string out = std::move(head);
  if (framing.end != Framing::End::kLength) {
    CO_CHECK(
        co_await write(std::exchange(out, {})));  // a stream's first piece may be long in coming
  }
  std::uint64_t written = 0;
  for (;;) {
    Result<std::optional<std::string>> piece = co_await body->next();
    if (!piece) {
      abort();
      co_return false;
    }
    if (!*piece) break;
    written += (*piece)->size();
    if (framing.end == Framing::End::kLength && written > framing.length) {
      abort();
      co_return false;
    }
    if (framing.end == Framing::End::kChunks) {
      append_chunk(out, **piece);
    } else if (out.empty()) {
      out = **std::move(piece);
    } else {
      out += **piece;
    }
    CO_CHECK(co_await write(std::exchange(out, {})));
  }
  if (framing.end == Framing::End::kChunks) out = kLastChunk;
  if (!out.empty()) CO_CHECK(co_await write(std::move(out)));
  if (framing.end == Framing::End::kLength && written < framing.length) {
    abort();
    co_return false;
  }
  co_return true;
}

Async<> ServerConnection::write(std::string bytes) {
  if (closed_) co_return fail(Error::Kind::kUnavailable, "the caller went away");
  write_watchdog_.arm(options_.write_limit, [this] { abort(); });
  Result<> written = co_await stream_->write(std::move(bytes));
  write_watchdog_.disarm();
  co_return written;
}

void ServerConnection::drain() {
  draining_ = true;
  if (!answering_ && !parser_->started() && input_.empty()) close();
}

void ServerConnection::abort() {
  close();
}

void ServerConnection::close() {
  if (std::exchange(closed_, true)) return;
  read_watchdog_.disarm();
  stream_->close();
  parsed_.notify();
  room_.notify();
}

}  // namespace dynamod::http
