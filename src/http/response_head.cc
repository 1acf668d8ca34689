// RFC 9112 sections 4, 6 and 7.
#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace dynamod::http {

namespace {

std::optional<std::uint64_t> length_of(const Response& response) {
  if (!response.body) return 0;
  if (const auto size = response.body->size()) return size;
  const auto text = response.headers.find("Content-Length");
  if (!text) return std::nullopt;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return length;
}

bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOurs = {"Content-Length", "Transfer-Encoding",
                                                     "Connection", "Keep-Alive"};
  return std::ranges::any_of(
      kOurs, [name](std::string_view ours) { return boost::beast::iequals(name, ours); });
}

void append_clean(std::string& out, std::string_view text) {
  std::ranges::replace_copy_if(
      text, std::back_inserter(out), [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
      ' ');
}

}  // namespace

Framing frame_response(const Response& response, std::string_view method, bool http_1_1,
                       bool keeps_alive) {
  const auto length = length_of(response);
  Framing framing{
      .length = length.value_or(0), .says_length = length.has_value(), .keeps_alive = keeps_alive};
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) framing.says_length = false;
  if (bodiless || method == "HEAD") {
    framing.end = Framing::End::kHead;
  } else if (length) {
    framing.end = Framing::End::kLength;
  } else if (http_1_1) {
    framing.end = Framing::End::kChunks;
  } else {
    framing.end = Framing::End::kClose;
    framing.keeps_alive = false;
  }
  return framing;
}

std::string response_head(const Response& response, const Framing& framing) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const auto& [name, value] : response.headers.fields()) {
    if (is_ours(name)) continue;
    append_clean(head, name);
    head += ": ";
    append_clean(head, value);
    head += "\r\n";
  }
  if (framing.says_length) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", framing.length);
  } else if (framing.end == Framing::End::kChunks) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!framing.keeps_alive) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

void append_chunk(std::string& out, std::string_view piece) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
  out += piece;
  out += "\r\n";
}

}  // namespace dynamod::http
