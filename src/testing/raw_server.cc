// Blocking sockets; the destructor shuts every one down so that no script waits for ever.
#include "testing/raw_server.h"

#include <array>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dynamod::testing {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

std::string RawConnection::read_head() {
  std::array<char, 16384> piece;
  std::size_t end = 0;
  while ((end = ahead_.find("\r\n\r\n")) == std::string::npos) {
    const ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
    if (count <= 0) return "";
    ahead_.append(piece.data(), static_cast<std::size_t>(count));
  }
  std::string head = ahead_.substr(0, end + 4);
  ahead_.erase(0, end + 4);
  return head;
}

std::string RawConnection::read(std::size_t size_bytes) {
  std::array<char, 16384> piece;
  while (ahead_.size() < size_bytes) {
    const ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
    if (count <= 0) break;
    ahead_.append(piece.data(), static_cast<std::size_t>(count));
  }
  std::string bytes = ahead_.substr(0, size_bytes);
  ahead_.erase(0, bytes.size());
  return bytes;
}

std::string RawConnection::read_to_end() {
  return read(std::string::npos);
}

bool RawConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void RawConnection::finish() {
  ::shutdown(fd_, SHUT_WR);
  read_to_end();
}

void RawConnection::close() {
  if (fd_ >= 0) server_.close(fd_);
  fd_ = -1;
}

RawServer::RawServer(Script script, Serving serving)
    : script_(std::move(script)), serving_(serving), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool ready = ::bind(listener_, generic, size) == 0 && ::listen(listener_, 1024) == 0 &&
                     ::getsockname(listener_, generic, &size) == 0;
  DYN_ASSERT(ready);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  end_connections();  // what the acceptor's own thread serves
  acceptor_.join();
  end_connections();
  for (auto& script : scripts_) script.thread.join();
  ::close(listener_);
}

void RawServer::end_connections() {
  const std::lock_guard lock(mutex_);
  for (const int fd : fds_) ::shutdown(fd, SHUT_RDWR);
}

Url RawServer::url() const {
  return {.scheme = "http", .host = "127.0.0.1", .port = port_, .target = "/"};
}

void RawServer::accept_all() {
  for (;;) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    join_ended();
    ++connections_;
    ++open_;
    {
      const std::lock_guard lock(mutex_);
      fds_.push_back(fd);
    }
    if (serving_ == Serving::kOneByOne) {
      run(fd);
      continue;
    }
    Running& running = scripts_.emplace_back();
    running.thread = std::thread([this, fd, &running] {
      run(fd);
      running.ended = true;
    });
  }
}

void RawServer::run(int fd) {
  RawConnection connection(*this, fd);
  script_(connection);
  connection.close();
}

void RawServer::join_ended() {
  for (auto& script : scripts_) {
    if (script.ended) script.thread.join();
  }
  std::erase_if(scripts_, [](const Running& script) { return !script.thread.joinable(); });
}

// Under the lock, so that the destructor never shuts down a number that means another file by then.
void RawServer::close(int fd) {
  const std::lock_guard lock(mutex_);
  std::erase(fds_, fd);
  ::close(fd);
  --open_;
}

}  // namespace dynamod::testing
