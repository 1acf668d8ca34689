// A request as libcurl is told it. It owns what libcurl only points to, so it stays in place while
// the transfer runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "base/url.h"
#include "http/curl_transport.h"

namespace dynamod::http {

class CurlRequest {
 public:
  // `body` is the request's body, gathered, if it has one. Error kInvalid names the part that
  // cannot stand in a request (a method, target, header name or value).
  static Result<CurlRequest> make(const Url& peer, const Request& request,
                                  std::optional<std::string> body, const std::string& server_name);

  // Sets all that differs between two requests on `easy`; the object must not move until libcurl is
  // done.
  void apply(CURL* easy);

  // "http://10.0.0.1:9090", for messages and for counting connections.
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  CurlRequest() = default;
  void apply_method(CURL* easy) const;

  std::string method_;
  std::string origin_;
  std::string url_;
  std::string connect_to_;  // where url_'s host really is; "": there
  std::optional<std::string> body_;
  std::vector<std::string> lines_;
  std::vector<curl_slist> line_nodes_;
  curl_slist connect_to_node_{};
};

}  // namespace dynamod::http
