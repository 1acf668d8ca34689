// Headers, bodies that are texts, and the phrases of status codes.
#include "http/message.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace dynamod::http {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

class TextBody final : public Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}

  Async<std::optional<std::string>> next() override {
    if (text_.empty()) co_return std::nullopt;
    co_return std::exchange(text_, {});
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override { return text_.size(); }

 private:
  std::string text_;
};

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

std::string Headers::get(std::string_view name) const {
  return std::string(find(name).value_or(std::string_view{}));
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const auto& field) { return same_name(field.first, name); });
}

std::unique_ptr<Body> text_body(std::string text) {
  return std::make_unique<TextBody>(std::move(text));
}

Async<std::string> read_all(std::unique_ptr<Body> body, std::size_t size_bytes_max) {
  std::string all;
  while (body) {
    CO_TRY(std::optional<std::string> piece, co_await body->next());
    if (!piece) break;
    if (piece->size() > size_bytes_max - all.size()) {
      co_return fail(Error::Kind::kTooLarge,
                     fmt::format("the body is larger than the {} bytes allowed", size_bytes_max));
    }
    if (all.empty()) {
      all = *std::move(piece);
    } else {
      all += *piece;
    }
  }
  co_return all;
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
}

Response text_response(int status, std::string text, std::string content_type) {
  Response response{.status = status};
  response.headers.add("Content-Type", std::move(content_type));
  response.body = text_body(std::move(text));
  return response;
}

Response json_response(int status, std::string encoded) {
  return text_response(status, std::move(encoded), "application/json");
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

}  // namespace dynamod::http
