// HTTP requests and responses as values, with bodies that are pulled piece by piece (so
// back-pressure is natural).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.h"

namespace dynamod::http {

// Header fields in the order they came; names compare without case.
class Headers {
 public:
  Headers() = default;

  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;  // the first
  [[nodiscard]] std::string get(std::string_view name) const;  // the first, or ""
  void set(std::string_view name, std::string value);          // replaces all of that name

  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }

  void remove(std::string_view name);

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A body that is read once. Destroying it before its end abandons the rest (a client's transfer is
// aborted).
class Body {
 public:
  virtual ~Body() = default;
  // The next piece, never empty; nothing at the end. An error is final.
  [[nodiscard]] virtual Async<std::optional<std::string>> next() = 0;

  // How many bytes are left, if that is known; a server then sends Content-Length, else chunks.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

[[nodiscard]] std::unique_ptr<Body> text_body(std::string text);
// All that is left of `body` (null is ""). kTooLarge over `size_bytes_max`.
[[nodiscard]] Async<std::string> read_all(std::unique_ptr<Body> body, std::size_t size_bytes_max);

struct Request {
  std::string method = "GET";
  std::string target = "/";  // path and query, percent-encoded as it stands on the wire
  Headers headers = {};
  std::unique_ptr<Body> body = nullptr;  // null: none

  // What the server knows of its caller; empty on the client side.
  std::string peer = {};  // "10.0.0.1:1234"
  std::vector<std::string> peer_certificates_pem =
      {};  // the verified client certificate first; empty without one

  [[nodiscard]] std::string_view path() const;   // up to '?'
  [[nodiscard]] std::string_view query() const;  // after '?', or ""
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::unique_ptr<Body> body = nullptr;
};

[[nodiscard]] Response text_response(int status, std::string text,
                                     std::string content_type = "text/plain");
[[nodiscard]] Response json_response(int status, std::string encoded);
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace dynamod::http
