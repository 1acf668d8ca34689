// Credentials that never change.
#include "client/access.h"

#include <utility>

#include "base/hash.h"

namespace dynamod::client {

namespace {

class FixedCredentials final : public Credentials {
 public:
  explicit FixedCredentials(std::string authorization) : authorization_(std::move(authorization)) {}

  [[nodiscard]] Async<std::string> authorization() override { co_return authorization_; }

 private:
  std::string authorization_;
};

}  // namespace

std::shared_ptr<Credentials> no_credentials() {
  return std::make_shared<FixedCredentials>("");
}

std::shared_ptr<Credentials> fixed_token(std::string token) {
  return std::make_shared<FixedCredentials>("Bearer " + std::move(token));
}

std::shared_ptr<Credentials> fixed_password(const std::string& user, const std::string& password) {
  return std::make_shared<FixedCredentials>("Basic " + encode_base64(user + ":" + password));
}

}  // namespace dynamod::client
