// core/v1 Secret: only for the one that holds the webhook's certificate authority.
#pragma once

#include <map>
#include <string>

#include "kube/metadata.h"

namespace dynamod::kube {

struct Secret {
  static constexpr ResourceType kType{"", "v1", "secrets", "Secret"};

  ObjectMeta metadata = {};
  std::string type = {};
  std::map<std::string, std::string> data = {};  // values in base64, as on the wire

  static constexpr void fields(auto&& field) {
    field("metadata", &Secret::metadata);
    field("type", &Secret::type);
    field("data", &Secret::data);
  }

  friend bool operator==(const Secret&, const Secret&) = default;
};

// The decoded value. Errors: kNotFound without that key, kInvalid if it is no base64; neither shows
// the value.
[[nodiscard]] Result<std::string> secret_value(const Secret& secret, const std::string& key);
void set_secret_value(Secret& secret, const std::string& key, std::string_view value);

}  // namespace dynamod::kube
