// One exchange as libcurl runs it: the request it reads, the answer it writes, and the coroutine
// that waits for it.
//
// libcurl's callbacks fill buffers and notify; the coroutine resumes from the loop. Back-pressure:
// when kResponseBufferBytesMax wait for the reader, the connection is paused.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "base/notifier.h"
#include "http/curl_request.h"
#include "http/transport.h"

namespace dynamod::http {

// A head is read into memory whole; what servers send stays far below.
inline constexpr std::size_t kHeadBytesMax = std::size_t{256} << 10;

class Transfer {
 public:
  Transfer(Executor executor, CurlRequest request, const SendOptions& options, std::string host);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Between these two the handle works for this transfer, and this object stays where it is.
  void attach(CURL* easy);
  CURL* detach();  // null if none is attached

  [[nodiscard]] bool attached() const { return easy_ != nullptr; }

  // The end, from the loop: libcurl's, or our own (a limit). The first one counts.
  void finish(CURLcode code);
  void fail(Error error);

  [[nodiscard]] bool succeeded() const { return finished_ && !error_; }

  // Before its socket is closed: a server that answers before it has read the request, and closes
  // at once, resets the connection. If libcurl is just then writing it fails without reading, with
  // the answer still in the kernel. Plain HTTP alone; under TLS those bytes are lost.
  void look_for_early_answer(curl_socket_t fd);

  // Waits for the head; its Error is send()'s.
  Async<> head();

  [[nodiscard]] bool has_head() const { return has_head_; }

  [[nodiscard]] int status() const { return status_; }

  Headers take_headers() { return std::move(headers_); }

  // As Body::next.
  Async<std::optional<std::string>> next();

  // True once a byte of the request may have left.
  [[nodiscard]] bool sent() const;

  [[nodiscard]] const std::string& origin() const { return request_.origin(); }

 private:
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_send(void* self, char* peer_ip, char* local_ip, int peer_port, int local_port);

  bool take_header_line(std::string_view line);
  std::size_t take_body(std::string_view bytes);
  bool may_send();
  void resume();
  [[nodiscard]] long bytes_sent() const;
  void refuse(std::string message);
  bool adopt_early_answer();

  CurlRequest request_;
  SendOptions options_;
  std::string host_;
  CURL* easy_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::optional<long>
      bytes_before_request_;  // what a proxy was told; set once the connection stands

  std::string early_answer_;  // as it stands on the wire

  int status_ = 0;
  Headers headers_;
  std::size_t head_bytes_ = 0;
  bool has_head_ = false;
  std::string buffer_;
  std::size_t body_bytes_ = 0;
  bool paused_ = false;

  bool finished_ = false;
  std::optional<Error> error_;
  Notifier changed_;
};

}  // namespace dynamod::http
