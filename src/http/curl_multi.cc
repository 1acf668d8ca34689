// Sockets stay libcurl's: a descriptor is assigned to wait on it and released, never closed by us.
#include "http/curl_multi.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace dynamod::http {

// What a posted step holds, so that it finds out that the multi is gone.
struct CurlMulti::Anchor {
  CurlMulti* multi;
};

struct CurlMulti::Socket {
  net::posix::basic_stream_descriptor<Executor> descriptor;
  CurlMulti* multi;  // null once libcurl has let go of the socket
  int wanted = CURL_POLL_NONE;
  bool waits_readable = false;
  bool waits_writable = false;
};

CurlMulti::CurlMulti(Executor executor, Clock& clock, CurlTransfers& transfers)
    : executor_(std::move(executor)),
      clock_(clock),
      transfers_(transfers),
      multi_(curl_multi_init()),
      anchor_(std::make_shared<Anchor>(this)) {
  DYN_ASSERT(multi_);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

CurlMulti::~CurlMulti() {
  anchor_->multi = nullptr;
  curl_multi_cleanup(multi_);  // closes idle connections, which still calls on_socket and on_timer
  for (auto& [fd, socket] : sockets_) {
    socket->multi = nullptr;
    socket->descriptor.release();
  }
  if (timer_) clock_.cancel(*timer_);
}

void CurlMulti::add(CURL* easy) {
  const CURLMcode code = curl_multi_add_handle(multi_, easy);
  DYN_ASSERT(code == CURLM_OK);
}

void CurlMulti::remove(CURL* easy) {
  const CURLMcode code = curl_multi_remove_handle(multi_, easy);
  DYN_ASSERT(code == CURLM_OK);
}

void CurlMulti::set_idle_connections(long count) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, count);
}

int CurlMulti::on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->watch(easy, fd, what);
  return 0;
}

int CurlMulti::on_timer(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlMulti*>(self)->set_timer(timeout_ms);
  return 0;
}

void CurlMulti::watch(CURL* easy, curl_socket_t fd, int what) {
  const auto place = sockets_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (place == sockets_.end()) return;
    if (anchor_->multi) transfers_.leaving(easy, fd);
    place->second->multi = nullptr;
    place->second->descriptor.release();
    sockets_.erase(place);
    return;
  }
  std::shared_ptr<Socket> socket;
  if (place != sockets_.end()) {
    socket = place->second;
  } else {
    socket = std::make_shared<Socket>(net::posix::basic_stream_descriptor<Executor>(executor_, fd),
                                      this);
    sockets_.emplace(fd, socket);
  }
  socket->wanted = what;
  if (what & CURL_POLL_IN) wait_readable(socket);
  if (what & CURL_POLL_OUT) wait_writable(socket);
}

void CurlMulti::wait_readable(std::shared_ptr<Socket> socket) {
  if (std::exchange(socket->waits_readable, true)) return;
  auto& descriptor = socket->descriptor;
  descriptor.async_wait(net::posix::descriptor_base::wait_read,
                        [socket](boost::system::error_code) {
                          socket->waits_readable = false;
                          if (!socket->multi || !(socket->wanted & CURL_POLL_IN)) return;
                          socket->multi->act(socket->descriptor.native_handle(), CURL_CSELECT_IN);
                          if (socket->multi && (socket->wanted & CURL_POLL_IN))
                            wait_readable(socket);
                        });
}

// Says "something" instead of "writable": libcurl then polls both ways and reads first, so an
// answer that came before the request was sent entirely is seen before the write that would fail.
void CurlMulti::wait_writable(std::shared_ptr<Socket> socket) {
  if (std::exchange(socket->waits_writable, true)) return;
  auto& descriptor = socket->descriptor;
  descriptor.async_wait(net::posix::descriptor_base::wait_write,
                        [socket](boost::system::error_code) {
                          socket->waits_writable = false;
                          if (!socket->multi || !(socket->wanted & CURL_POLL_OUT)) return;
                          socket->multi->act(socket->descriptor.native_handle(), 0);
                          if (socket->multi && (socket->wanted & CURL_POLL_OUT))
                            wait_writable(socket);
                        });
}

void CurlMulti::set_timer(long timeout_ms) {
  if (timer_) clock_.cancel(*std::exchange(timer_, std::nullopt));
  if (timeout_ms < 0 || !anchor_->multi) return;
  if (timeout_ms > 0) {
    timer_ = clock_.at(clock_.now() + std::chrono::milliseconds(timeout_ms), [this] {
      timer_.reset();
      act(CURL_SOCKET_TIMEOUT, 0);
    });
    return;
  }
  if (std::exchange(kicked_, true)) return;
  net::post(executor_, [anchor = anchor_] {
    if (anchor->multi) anchor->multi->kick();
  });
}

void CurlMulti::kick() {
  kicked_ = false;
  act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::act(curl_socket_t fd, int events) {
  int running = 0;
  const CURLMcode code = curl_multi_socket_action(multi_, fd, events, &running);
  DYN_ASSERT(code == CURLM_OK);
  report_finished();
}

void CurlMulti::report_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    transfers_.finished(message->easy_handle, message->data.result);  // the message dies here
  }
}

}  // namespace dynamod::http
