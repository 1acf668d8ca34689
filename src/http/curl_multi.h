// libcurl's multi interface driven by Asio: it says which sockets and which timer it waits for, we
// wait and tell it. Apart from the transfers (curl_transfer.h) because it knows nothing of HTTP.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <curl/curl.h>

#include "base/clock.h"

namespace dynamod::http {

// Whose transfers they are.
class CurlTransfers {
 public:
  // From the loop, never from inside a call into libcurl. Has to remove the handle.
  virtual void finished(CURL* easy, CURLcode code) = 0;
  // From inside libcurl: it lets go of the socket, which is still open; `easy` used it last.
  virtual void leaving(CURL* easy, curl_socket_t fd) = 0;

 protected:
  ~CurlTransfers() = default;
};

class CurlMulti {
 public:
  // `executor` is an io_context's; `clock` and `transfers` outlive the multi.
  CurlMulti(Executor executor, Clock& clock, CurlTransfers& transfers);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  ~CurlMulti();  // every easy handle must have been removed

  void add(CURL* easy);
  // Stops the transfer at once; its connection is closed unless the answer was complete.
  void remove(CURL* easy);
  // How many connections stay open when nothing runs on them.
  void set_idle_connections(long count);

 private:
  struct Socket;
  struct Anchor;

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  static void wait_readable(std::shared_ptr<Socket> socket);
  static void wait_writable(std::shared_ptr<Socket> socket);

  void watch(CURL* easy, curl_socket_t fd, int what);
  void set_timer(long timeout_ms);
  void kick();
  void act(curl_socket_t fd, int events);
  void report_finished();

  Executor executor_;
  Clock& clock_;
  CurlTransfers& transfers_;
  CURLM* multi_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::optional<Clock::TimerId> timer_;
  bool kicked_ = false;  // a posted kick() is on its way
  std::shared_ptr<Anchor> anchor_;
};

}  // namespace dynamod::http
