// Reading is cheap and rare, so there is no watching of the file.
#include "client/token_file.h"

#include <optional>
#include <utility>

namespace dynamod::client {

namespace {

constexpr Duration kTokenAge =
    std::chrono::minutes(1);  // as client-go; the kubelet renews with a fifth of the life left
constexpr std::size_t kTokenBytesMax = std::size_t{64} << 10;

std::string trimmed(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.back())) text.pop_back();
  std::size_t start = 0;
  while (start < text.size() && is_space(text[start])) ++start;
  return text.substr(start);
}

class TokenFile final : public Credentials {
 public:
  TokenFile(const Files& files, Clock& clock, std::string path)
      : files_(files), clock_(clock), path_(std::move(path)) {}

  [[nodiscard]] Async<std::string> authorization() override {
    if (!read_at_ || clock_.now() - *read_at_ >= kTokenAge) CO_CHECK(read());
    co_return authorization_;
  }

  bool refused(const std::string& authorization) override {
    if (authorization == authorization_) read_at_.reset();
    return true;
  }

 private:
  Result<> read() {
    auto text = files_.read(path_, kTokenBytesMax);
    std::string token = text ? trimmed(*std::move(text)) : "";
    if (!token.empty()) {
      authorization_ = "Bearer " + std::move(token);
      read_at_ = clock_.now();
      return {};
    }
    if (!authorization_.empty()) return {};  // it is being replaced; the next request reads again
    return fail(
        Error::Kind::kUnavailable,
        "token file " + path_ + ": " + (text ? std::string("it is empty") : text.error().message));
  }

  const Files& files_;
  Clock& clock_;
  std::string path_;
  std::string authorization_;
  std::optional<SteadyTime> read_at_;
};

}  // namespace

std::shared_ptr<Credentials> token_file(const Files& files, Clock& clock, std::string path) {
  return std::make_shared<TokenFile>(files, clock, std::move(path));
}

}  // namespace dynamod::client
