// One connection of the server. Two coroutines: run() reads and parses, answer_all() handles and
// writes; so the end of the caller is seen while a handler runs, and cancels it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/notifier.h"
#include "base/task_group.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/server.h"
#include "http/watchdog.h"

namespace dynamod::http {

class ServerConnection {
 public:
  // All but `stream` outlive the connection.
  ServerConnection(const Executor& executor, Clock& clock, Handler& handler,
                   const ServerOptions& options, std::unique_ptr<Stream> stream);

  // Serves to the end of the connection; not to be cancelled: abort() it.
  Task<> run();
  // The request that runs is answered, then the connection closed; at once when none runs.
  void drain();
  void abort();

 private:
  class RequestBody;

  // The reading side.
  [[nodiscard]] bool wants_input() const;
  void take_input(std::string bytes);
  void parse();
  void await_request(Duration limit);
  void refuse(Refusal refusal);

  // The answering side.
  Async<> answer_all();
  Async<bool> answer_one();
  Async<bool> write_response(Response response, Framing framing);
  Async<bool> write_body(std::unique_ptr<Body> body, Framing framing, std::string head);
  Async<> write(std::string bytes);
  Async<std::optional<std::string>> next_body_piece();
  [[nodiscard]] Request take_request();
  void next_request();
  void close();

  Handler& handler_;
  const ServerOptions& options_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<RequestParser> parser_;
  std::string input_;               // read, not parsed
  std::optional<Refusal> refusal_;  // what came is no request
  std::uint64_t request_number_ = 0;
  bool answering_ = false;  // from a whole head to the end of its answer
  bool continue_sent_ = false;
  bool draining_ = false;
  bool closed_ = false;
  std::optional<std::size_t> discarded_;  // set: what still comes is thrown away
  Watchdog read_watchdog_;
  Watchdog write_watchdog_;
  Notifier parsed_;  // for answer_all() and the request's body
  Notifier room_;    // for run()
  TaskGroup answering_task_;
};

}  // namespace dynamod::http
