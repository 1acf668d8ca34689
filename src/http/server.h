// An HTTP/1.1 server: connections of Listeners, or any Stream, served by one Handler.
#pragma once

#include <list>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/notifier.h"
#include "base/stream.h"
#include "base/task_group.h"
#include "http/handler.h"
#include "http/listener.h"
#include "http/request_parser.h"

namespace dynamod::http {

class ServerConnection;

struct ServerOptions {
  RequestLimits request = {};
  // A connection costs about 40 kB; at this number the next callers wait in the kernel's queue.
  std::size_t connections_max = 4096;
  Duration head_limit = std::chrono::seconds(
      10);  // from a request's first byte (or the connection) to its whole head
  Duration idle_limit =
      std::chrono::seconds(120);  // between two requests; client-go keeps connections for 90 s
  Duration body_limit = std::chrono::seconds(30);   // while nothing of an announced body comes
  Duration write_limit = std::chrono::seconds(60);  // until a caller takes what one write offers
};

// A request that breaks HTTP or a limit is answered 400, 408, 413, 431 or 505 with a sentence, and
// its connection closed; an Error of the handler is answered 500 with its text. A handler is
// cancelled when its caller goes away.
class Server {
 public:
  // `clock` and `handler` outlive the server.
  Server(Executor executor, Clock& clock, Handler& handler, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Accepts from `listener` until stop(). More than one may be given.
  void listen(std::unique_ptr<Listener> listener);
  // Serves this connection until either side ends it.
  void serve(std::unique_ptr<Stream> stream);

  // Takes no more connections, closes idle ones, lets requests that run end within `grace`, then
  // cancels them. Must have ended before the server is destroyed.
  Task<> stop(Duration grace);

  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  struct Port {
    Port(std::unique_ptr<Listener> taken, Executor executor)
        : listener(std::move(taken)), room(std::move(executor)) {}

    std::unique_ptr<Listener> listener;
    Notifier room;  // a connection has ended
  };

  using Connections = std::list<std::unique_ptr<ServerConnection>>;

  Async<> accept_all(std::shared_ptr<Port> port);
  Async<> run(Connections::iterator connection);

  Executor executor_;
  Clock& clock_;
  Handler& handler_;
  ServerOptions options_;
  std::list<std::shared_ptr<Port>> ports_;
  Connections connections_;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace dynamod::http
