// Beast's parser with our limits; what it finds goes straight into the Request.
#include "http/request_parser.h"

#include <utility>

#include <fmt/format.h>

namespace dynamod::http {

namespace beast_http = boost::beast::http;

RequestParser::RequestParser(const RequestLimits& limits) : limits_(limits) {
  eager(true);
  header_limit(limits_.head_bytes_max);
  body_limit(limits_.body_bytes_max);
}

std::expected<std::size_t, Refusal> RequestParser::put(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_done()) {
    error_code error;
    const std::size_t count = basic_parser::put(net::buffer(bytes.substr(used)), error);
    used += count;
    if (error == beast_http::error::need_more) break;
    if (error) return std::unexpected(refusal_of(error));
    if (count == 0) break;
  }
  // Beast looks at its limit when it looks for the end of a head; an endless line must not wait for
  // that.
  if (!head_done_ && bytes.size() - used > limits_.head_bytes_max) {
    return std::unexpected(refusal_of(beast_http::error::header_limit));
  }
  return used;
}

void RequestParser::on_request_impl(beast_http::verb, string_view method, string_view target,
                                    int version, error_code&) {
  head_.method = method;
  head_.target = target;
  version_ = version;
}

void RequestParser::on_field_impl(beast_http::field field, string_view name, string_view value,
                                  error_code& error) {
  if (head_done_) return;  // a trailer
  if (head_.headers.fields().size() == limits_.headers_max) {
    error = beast_http::error::header_limit;
    return;
  }
  if (field == beast_http::field::expect)
    wants_continue_ = boost::beast::iequals(value, "100-continue");
  head_.headers.add(std::string(name), std::string(value));
}

void RequestParser::on_header_impl(error_code& error) {
  head_done_ = true;
  // RFC 9112 section 3.2. Without it, or with two, proxies before us may disagree with us about who
  // is asked.
  std::size_t hosts = 0;
  for (const auto& [name, value] : head_.headers.fields())
    hosts += boost::beast::iequals(name, "Host") ? 1 : 0;
  if (version_ == 11 && hosts != 1) error = beast_http::error::bad_field;
}

std::size_t RequestParser::on_body_impl(string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

Refusal RequestParser::refusal_of(error_code error) const {
  if (error == beast_http::error::header_limit) {
    return {431, fmt::format("the head of the request is larger than {} bytes or {} fields",
                             limits_.head_bytes_max, limits_.headers_max)};
  }
  if (error == beast_http::error::body_limit) {
    return {413,
            fmt::format("the body is larger than the {} bytes allowed", limits_.body_bytes_max)};
  }
  if (error == beast_http::error::bad_version)
    return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  return {400, fmt::format("this is not an HTTP/1.1 request: {}", error.message())};
}

}  // namespace dynamod::http
