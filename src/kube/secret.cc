// Values of a Secret, without ever showing them.
#include "kube/secret.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace dynamod::kube {

Result<std::string> secret_value(const Secret& secret, const std::string& key) {
  const std::string where = fmt::format("secret {}, key {}", secret.metadata.key().text(), key);
  const auto found = secret.data.find(key);
  if (found == secret.data.end()) return fail(Error::Kind::kNotFound, where + ": not there");
  auto decoded = decode_base64(found->second);
  // The decoder's own message may repeat what it could not read.
  if (!decoded) return fail(Error::Kind::kInvalid, where + ": is not base64");
  return decoded;
}

void set_secret_value(Secret& secret, const std::string& key, std::string_view value) {
  secret.data[key] = encode_base64(value);
}

}  // namespace dynamod::kube
