// A TCP server that does to its peers what a test wants, byte by byte: answers early, answers
// garbage, hangs, resets. One blocking thread for each connection, so a script reads from top to
// bottom.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/url.h"

namespace dynamod::testing {

class RawServer;

class RawConnection {
 public:
  RawConnection(RawServer& server, int fd) : server_(server), fd_(fd) {}

  // Up to and with the empty line that ends a head; "" if the peer closed before.
  std::string read_head();
  std::string read(std::size_t size_bytes);  // fewer at the peer's end
  std::string read_to_end();
  // False once the peer is gone.
  bool write(std::string_view bytes);
  // The peer is told of the end, and what it still sends is read.
  void finish();
  // Closed with what was not read still there: the peer gets a reset.
  void close();

 private:
  RawServer& server_;
  int fd_;
  std::string ahead_;  // read beyond the last head
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection& connection)>;

  enum class Serving : std::uint8_t {
    kAtOnce,    // each connection in a thread of its own
    kOneByOne,  // in one thread, for tests with thousands
  };

  // Listens on 127.0.0.1 and runs `script` for each connection, each in a thread; closes when it
  // returns.
  explicit RawServer(Script script, Serving serving = Serving::kAtOnce);
  ~RawServer();  // ends every connection and waits for the scripts
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] Url url() const;

  [[nodiscard]] int connections() const { return connections_; }  // ever

  [[nodiscard]] int open() const { return open_; }  // now

 private:
  friend class RawConnection;

  struct Running {
    std::thread thread;
    std::atomic<bool> ended = false;
  };

  void accept_all();
  void run(int fd);
  void join_ended();
  void end_connections();
  void close(int fd);

  Script script_;
  Serving serving_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> open_ = 0;
  std::mutex mutex_;
  std::vector<int> fds_;
  std::list<Running> scripts_;  // the acceptor's, until it has ended
  std::thread acceptor_;
};

}  // namespace dynamod::testing
