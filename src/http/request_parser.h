// Bytes of a connection into requests, without any I/O: the sockets, the simulation and the fuzzer
// all feed this.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>

#include "http/message.h"

namespace dynamod::http {

struct RequestLimits {
  std::uint32_t head_bytes_max = std::uint32_t{64} << 10;  // a kubectl bearer token may be 16 kB
  std::size_t headers_max = 128;                           // clients and proxies send about 20
  std::uint64_t body_bytes_max = std::uint64_t{16}
                                 << 20;  // etcd takes 1.5 MB objects, a review holds two
};

// Why a request is not served, as the answer to it.
struct Refusal {
  int status = 400;
  std::string text = {};
};

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(const RequestLimits& limits);

  // How many of the bytes were used: the rest is to come again with more behind it or, once done(),
  // is the next request's. After a refusal the parser is of no more use.
  [[nodiscard]] std::expected<std::size_t, Refusal> put(std::string_view bytes);

  [[nodiscard]] bool started() const { return got_some(); }

  [[nodiscard]] bool has_head() const { return head_done_; }

  [[nodiscard]] bool done() const { return is_done(); }

  // Once has_head(): method, target and headers; no body.
  Request take_head() { return std::move(head_); }

  // What of the body came since the last call.
  std::string take_body() { return std::exchange(body_, {}); }

  [[nodiscard]] std::size_t body_bytes() const { return body_.size(); }

  [[nodiscard]] bool wants_continue() const { return wants_continue_; }

  [[nodiscard]] bool keeps_alive() const { return version_ == 11 && keep_alive(); }

  [[nodiscard]] bool speaks_http_1_1() const { return version_ == 11; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, string_view method, string_view target,
                       int version, error_code& error) override;

  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(boost::beast::http::field field, string_view name, string_view value,
                     error_code& error) override;
  void on_header_impl(error_code& error) override;

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(string_view bytes, error_code& error) override;

  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override;

  void on_finish_impl(error_code&) override {}

  [[nodiscard]] Refusal refusal_of(error_code error) const;

  RequestLimits limits_;
  Request head_;
  std::string body_;
  int version_ = 11;
  bool head_done_ = false;
  bool wants_continue_ = false;
};

}  // namespace dynamod::http
