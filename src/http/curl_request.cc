// Checks of what goes on the wire, and the options of one request.
#include "http/curl_request.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace dynamod::http {

namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [=](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.contains(c);
  });
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

// '#' would begin a fragment, which libcurl does not send.
bool is_target(std::string_view text) {
  return text.starts_with('/') && std::ranges::none_of(text, [](char c) {
           return is_control(c) || c == ' ' || c == '\t' || c == '#';
         });
}

Result<> check(const Request& request) {
  if (!is_token(request.method))
    return fail(Error::Kind::kInvalid, "the request's method is not a token");
  if (!is_target(request.target)) {
    return fail(Error::Kind::kInvalid,
                "the request's target must start with / and have spaces, # and control characters "
                "percent-encoded");
  }
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name)) return fail(Error::Kind::kInvalid, "a header's name is not a token");
    if (std::ranges::any_of(value, is_control)) {
      return fail(Error::Kind::kInvalid,
                  fmt::format("the value of header {} holds control characters", name));
    }
  }
  return {};
}

// An empty value needs libcurl's own spelling: "Name:" would remove the header.
std::string header_line(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;
}

}  // namespace

Result<CurlRequest> CurlRequest::make(const Url& peer, const Request& request,
                                      std::optional<std::string> body,
                                      const std::string& server_name) {
  CHECK_OK(check(request));
  CurlRequest made;
  made.method_ = request.method;
  made.origin_ = peer.origin();
  made.url_ = made.origin_ + request.target;
  Headers headers = request.headers;
  headers.remove("Content-Length");  // libcurl counts
  headers.remove("Transfer-Encoding");
  headers.remove("Expect");
  if (!server_name.empty() && peer.scheme == "https") {
    made.url_ = fmt::format("https://{}:{}{}", server_name, peer.port, request.target);
    const std::string host = peer.host.contains(':') ? "[" + peer.host + "]" : peer.host;
    made.connect_to_ = fmt::format("::{}:{}", host, peer.port);
    if (!headers.find("Host")) headers.add("Host", join_host_port(peer.host, peer.port));
  }
  made.body_ = std::move(body);
  const bool wants_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (wants_body && !made.body_) made.body_.emplace();  // sent as Content-Length: 0

  made.lines_.reserve(headers.fields().size() + 2);
  for (const auto& [name, value] : headers.fields())
    made.lines_.push_back(header_line(name, value));
  made.lines_.emplace_back(
      "Expect:");  // else a large body waits a second for a "100 Continue" nobody sends
  if (!headers.find("Content-Type"))
    made.lines_.emplace_back("Content-Type:");  // else it claims to be a form
  return made;
}

void CurlRequest::apply(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  apply_method(easy);
  line_nodes_.resize(lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    line_nodes_[i] = {lines_[i].data(), i + 1 < lines_.size() ? &line_nodes_[i + 1] : nullptr};
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, line_nodes_.data());
  connect_to_node_ = {connect_to_.data(), nullptr};
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.empty() ? nullptr : &connect_to_node_);
}

// The body goes in one write with the head; that it cannot be sent twice is the prereq callback's
// matter (curl_transfer.cc), for requests with and without a body alike.
void CurlRequest::apply_method(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);  // makes it a POST
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);  // undoes that, and what the last request set
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
  if (method_ == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (body_) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body_->data());
  }
  const std::string_view usual = body_ ? "POST" : "GET";
  if (method_ != usual) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method_.c_str());
}

}  // namespace dynamod::http
