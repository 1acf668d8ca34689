// Accepting, counting and stopping; what happens on one connection is server_connection.h's.
#include "http/server.h"

#include <utility>

#include "http/server_connection.h"

namespace dynamod::http {

namespace {

// After a failed accept (no file descriptors left): long enough not to spin, short enough not to be
// noticed.
constexpr Duration kAcceptPause = std::chrono::milliseconds(50);

}  // namespace

Server::Server(Executor executor, Clock& clock, Handler& handler, ServerOptions options)
    : executor_(executor),
      clock_(clock),
      handler_(handler),
      options_(std::move(options)),
      tasks_(executor) {}

Server::~Server() = default;

void Server::listen(std::unique_ptr<Listener> listener) {
  auto port = std::make_shared<Port>(std::move(listener), executor_);
  ports_.push_back(port);
  tasks_.spawn("accept " + port->listener->address(), accept_all(port));
}

Async<> Server::accept_all(std::shared_ptr<Port> port) {
  while (!stopping_) {
    if (connections_.size() >= options_.connections_max) {
      co_await port->room.wait();
      continue;
    }
    Result<std::unique_ptr<Stream>> stream = co_await port->listener->accept();
    if (stream) {
      serve(*std::move(stream));
    } else if (stream.error().kind == Error::Kind::kCancelled) {
      break;
    } else {
      co_await clock_.sleep_for(kAcceptPause);
    }
  }
  co_return Result<>{};
}

void Server::serve(std::unique_ptr<Stream> stream) {
  if (stopping_) return;
  auto connection =
      std::make_unique<ServerConnection>(executor_, clock_, handler_, options_, std::move(stream));
  const auto place = connections_.insert(connections_.end(), std::move(connection));
  tasks_.spawn("http connection", run(place));
}

Async<> Server::run(Connections::iterator connection) {
  co_await (*connection)->run();
  connections_.erase(connection);
  for (const auto& port : ports_) port->room.notify();
  co_return Result<>{};
}

// Connections are never cancelled, only told: each ends its handler and then itself.
Task<> Server::stop(Duration grace) {
  stopping_ = true;
  for (const auto& port : ports_) {
    port->listener->close();
    port->room.notify();
  }
  for (const auto& connection : connections_) connection->drain();
  const auto cut = clock_.at(clock_.now() + grace, [this] {
    for (const auto& connection : connections_) connection->abort();
  });
  co_await tasks_.wait_idle();
  clock_.cancel(cut);
  co_await tasks_.stop();
}

}  // namespace dynamod::http
