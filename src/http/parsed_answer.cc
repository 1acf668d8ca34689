// Beast's parser, fed once.
#include "http/parsed_answer.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace dynamod::http {

namespace beast_http = boost::beast::http;

std::optional<ParsedAnswer> parse_answer(std::string_view bytes) {
  beast_http::response_parser<beast_http::string_body> parser;
  parser.eager(true);
  boost::system::error_code error;
  while (!bytes.empty() && !parser.is_done()) {
    const std::size_t used = parser.put(net::buffer(bytes), error);
    if (error || used == 0) break;
    bytes.remove_prefix(used);
  }
  if (!parser.is_header_done()) return std::nullopt;
  if (!parser.is_done() && !parser.content_length() && !parser.chunked()) parser.put_eof(error);

  ParsedAnswer answer{.status = static_cast<int>(parser.get().result_int())};
  for (const auto& field : parser.get()) answer.headers.add(field.name_string(), field.value());
  answer.body = std::move(parser.get().body());
  answer.complete = parser.is_done();
  return answer;
}

}  // namespace dynamod::http
