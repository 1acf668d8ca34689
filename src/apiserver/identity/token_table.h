// Bearer tokens that are known by heart: a file as kube-apiserver's --token-auth-file takes it, and
// the tokens that the program makes for itself.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/identity/user.h"

namespace dynamod::apiserver {

class TokenTable {
 public:
  void add(std::string_view token, User user);
  // Null for a token that is not known.
  [[nodiscard]] const User* find(std::string_view token) const;

  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  // By SHA-256: how long a look-up takes tells nothing about a token, and none stays in memory.
  std::map<std::string, User, std::less<>> users_;
};

struct TokenFile {
  TokenTable tokens = {};
  std::vector<std::string> warnings = {};  // lines that were skipped
};

// CSV without a header: `token,user,uid[,"group1,group2"]`. `name` is for messages, which never
// show a token. Error kInvalid for a line with less than three columns or an open quote.
[[nodiscard]] Result<TokenFile> parse_token_file(std::string_view text, std::string_view name);

// A token of 256 random bits in base64url.
[[nodiscard]] std::string make_token();

}  // namespace dynamod::apiserver
