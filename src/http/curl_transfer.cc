// The callbacks of one transfer, and its two waits.
#include "http/curl_transfer.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/stream.h"
#include "http/curl_error.h"
#include "http/parsed_answer.h"

namespace dynamod::http {

namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

Transfer::Transfer(Executor executor, CurlRequest request, const SendOptions& options,
                   std::string host)
    : request_(std::move(request)),
      options_(options),
      host_(std::move(host)),
      changed_(std::move(executor)) {}

void Transfer::attach(CURL* easy) {
  easy_ = easy;
  request_.apply(easy);
  const auto connect_ms =
      std::chrono::ceil<std::chrono::milliseconds>(options_.connect_limit).count();
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::max(connect_ms, decltype(connect_ms){1})));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

CURL* Transfer::detach() {
  if (easy_) curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, nullptr);
  return std::exchange(easy_, nullptr);
}

void Transfer::finish(CURLcode code) {
  finished_ = true;
  changed_.notify();
  if (error_) return;
  if (code != CURLE_OK && (has_head_ || !adopt_early_answer())) {
    long os_errno = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_errno);
    error_ = curl_error({.code = code,
                         .sent = sent(),
                         .os_errno = static_cast<int>(os_errno),
                         .detail = error_text_.data(),
                         .host = host_,
                         .connect_limit = options_.connect_limit});
  } else if (!has_head_) {
    error_ = Error{Error::Kind::kMayHaveArrived, "the connection closed before an answer came"};
  }
}

void Transfer::look_for_early_answer(curl_socket_t fd) {
  if (has_head_ || !easy_ || !sent() || !request_.origin().starts_with("http:")) return;
  std::array<char, kStreamReadMax> bytes;
  const ssize_t count = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) early_answer_.assign(bytes.data(), static_cast<std::size_t>(count));
}

bool Transfer::adopt_early_answer() {
  std::optional<ParsedAnswer> answer = parse_answer(early_answer_);
  if (!answer) return false;
  status_ = answer->status;
  headers_ = std::move(answer->headers);
  buffer_ = std::move(answer->body);
  has_head_ = true;
  if (!answer->complete) error_ = Error{Error::Kind::kMayHaveArrived, "the answer was cut off"};
  return true;
}

void Transfer::fail(Error error) {
  if (finished_) return;
  finished_ = true;
  if (!error_) error_ = std::move(error);
  changed_.notify();
}

Async<> Transfer::head() {
  while (!has_head_ && !finished_) co_await changed_.wait();
  if (!has_head_) co_return std::unexpected(*error_);
  co_return Result<>{};
}

Async<std::optional<std::string>> Transfer::next() {
  while (buffer_.empty() && !finished_) co_await changed_.wait();
  if (!buffer_.empty()) {
    std::string piece = std::exchange(buffer_, {});
    if (paused_) resume();
    co_return piece;
  }
  if (error_) co_return std::unexpected(*error_);
  co_return std::nullopt;
}

// Gives what libcurl held back to on_body, in place.
void Transfer::resume() {
  paused_ = false;
  if (!easy_) return;
  const CURLcode code = curl_easy_pause(easy_, CURLPAUSE_CONT);
  if (code == CURLE_OK) return;
  fail(
      {Error::Kind::kInternal, fmt::format("libcurl cannot resume: {}", curl_easy_strerror(code))});
}

long Transfer::bytes_sent() const {
  long bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes;
}

bool Transfer::sent() const {
  return bytes_before_request_ && (!easy_ || bytes_sent() > *bytes_before_request_);
}

// libcurl calls this before each sending of a request, and sends again on its own when a reused
// connection closes without a byte of an answer (Curl_retry_request). Refusing to rewind a body
// would stop that only for bodies of which something was sent; this stops it for all.
bool Transfer::may_send() {
  if (sent()) return false;
  bytes_before_request_ = bytes_sent();
  return true;
}

int Transfer::on_send(void* self, char*, char*, int, int) {
  return static_cast<Transfer*>(self)->may_send() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<Transfer*>(self)->take_header_line(line) ? line.size() : 0;
}

// Lines of the head, of interim answers (100, 103) before it, and of trailers after it; the last
// are dropped.
bool Transfer::take_header_line(std::string_view line) {
  if (has_head_) return true;
  head_bytes_ += line.size();
  if (head_bytes_ > kHeadBytesMax) {
    refuse(fmt::format("the answer's head is larger than the {} bytes allowed", kHeadBytesMax));
    return false;
  }
  if (line.starts_with("HTTP/")) {
    headers_ = {};
    status_ = 0;
    const auto space = std::min(line.find(' '), line.size() - 1);
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status_);
    return true;
  }
  const std::string_view text = trim(line);
  if (text.empty()) {
    if (status_ < 200) return true;
    has_head_ = true;
    changed_.notify();
    return true;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    headers_.add(std::string(trim(text.substr(0, colon))),
                 std::string(trim(text.substr(colon + 1))));
  }
  return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count});
}

std::size_t Transfer::take_body(std::string_view bytes) {
  if (!buffer_.empty() && buffer_.size() + bytes.size() > kResponseBufferBytesMax) {
    paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  if (bytes.size() > options_.response_bytes_max - body_bytes_) {
    refuse(
        fmt::format("the answer is larger than the {} bytes allowed", options_.response_bytes_max));
    return 0;
  }
  body_bytes_ += bytes.size();
  buffer_ += bytes;
  changed_.notify();
  return bytes.size();
}

void Transfer::refuse(std::string message) {
  error_ = Error{Error::Kind::kTooLarge, std::move(message)};
}

}  // namespace dynamod::http
