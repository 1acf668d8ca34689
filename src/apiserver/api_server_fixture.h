// An ApiServer over a simulated disk and in virtual time, and requests to it in one line.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apiserver/api_server.h"
#include "apiserver/registry/object.h"
#include "testing/sim_journal.h"
#include "testing/sim_loop.h"

namespace dynamod::apiserver {

inline constexpr std::string_view kAdminToken = "admin-token";
inline constexpr std::string_view kBobToken = "bob-token";

struct TestAnswer {
  int status = 0;
  http::Headers headers = {};
  std::string text = {};

  [[nodiscard]] json::object body() const {
    auto value = decode_json(text);
    EXPECT_TRUE(value && value->is_object()) << text;
    return value && value->is_object() ? value->get_object() : json::object();
  }

  [[nodiscard]] std::string at(std::string_view path) const { return string_at(body(), path); }
};

class ApiServerTest : public ::testing::Test {
 protected:
  ApiServerTest() { begin(); }

  void begin() {
    ApiServerOptions options;
    options.tokens.add(kAdminToken, {.name = "admin", .groups = {std::string(kMastersGroup)}});
    options.tokens.add(kBobToken, {.name = "bob"});
    server_ =
        std::make_unique<ApiServer>(ApiServer::Doors{loop_.executor(), *store_, loop_, loop_.rng(),
                                                     loop_, log_, metrics_, *accounts_},
                                    std::move(options));
    const auto started = loop_.await(server_->start());
    EXPECT_TRUE(started) << started.error().message;
  }

  ~ApiServerTest() override { loop_.await(server_->stop()); }

  // As the administrator; a `type` other than JSON and further headers may be given.
  TestAnswer ask(std::string method, std::string target, std::string body = "",
                 http::Headers headers = {}) {
    http::Response response = send(std::move(method), std::move(target), std::move(body), headers);
    TestAnswer answer{.status = response.status, .headers = response.headers};
    auto text = loop_.await(http::read_all(std::move(response.body), std::size_t{16} << 20));
    EXPECT_TRUE(text);
    answer.text = text.value_or("");
    return answer;
  }

  http::Response send(std::string method, std::string target, std::string body,
                      http::Headers headers) {
    http::Request request{.method = std::move(method), .target = std::move(target)};
    if (!headers.find("Authorization"))
      headers.set("Authorization", "Bearer " + std::string(kAdminToken));
    if (!headers.find("User-Agent")) headers.set("User-Agent", "test/1.0");
    if (!body.empty()) {
      if (!headers.find("Content-Type")) headers.set("Content-Type", "application/json");
      request.body = http::text_body(std::move(body));
    }
    request.headers = std::move(headers);
    auto response = loop_.await(server_->handle(std::move(request)));
    EXPECT_TRUE(response);
    return *std::move(response);
  }

  // The stream of a watch until nothing more comes now.
  std::vector<json::object> events(http::Body& stream, std::size_t count) {
    std::vector<json::object> found;
    std::string text;
    while (found.size() < count) {
      auto piece = loop_.await(stream.next());
      if (!piece || !*piece) break;
      text += **piece;
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        auto line = decode_json(text.substr(0, end));
        text.erase(0, end + 1);
        EXPECT_TRUE(line);
        found.push_back(line->as_object());
      }
    }
    return found;
  }

  // What the server does by itself after a write is done then.
  void settle() { loop_.run_for(std::chrono::milliseconds(400)); }

  // The same store under a new server.
  void restart() {
    loop_.await(server_->stop());
    begin();
  }

  testing::SimLoop loop_{7};
  std::shared_ptr<testing::SimDisk> disk_ = std::make_shared<testing::SimDisk>();
  std::unique_ptr<Store> store_ =
      *loop_.await(open_store(loop_.executor(), loop_, testing::make_sim_journal(loop_, disk_)));
  Log log_{loop_, LogLevel::kError, [](std::string_view) {}};
  Metrics metrics_;
  std::unique_ptr<ServiceAccountTokens> accounts_ = std::make_unique<ServiceAccountTokens>(
      *ServiceAccountTokens::from_key(make_signing_key(), std::string(kDefaultAudience)));
  std::unique_ptr<ApiServer> server_;
};

}  // namespace dynamod::apiserver
