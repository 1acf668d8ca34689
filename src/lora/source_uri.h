// Where an adapter comes from: the URI of `source.uri`, parsed as all sides understand it, and how
// a URI is shown without the secrets it may hold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamod::lora {

enum class SourceScheme : std::uint8_t { kS3, kHf, kFile, kHttp, kHttps };

// Texts are kept as they stand; nothing is percent-decoded, as stock workers decode nothing.
//   s3://<bucket>/<path>[?<query>]    hf://<organisation>/<path>[@<revision>]    file://<path>
//   http[s]://[<user_info>@]<authority><path>[?<query>]
struct SourceUri {
  SourceScheme scheme = SourceScheme::kS3;
  std::string authority;  // bucket; Hugging Face organisation; host with its port; "" for file
  std::string path;       // key prefix; repository's name; absolute path for file, http and https
  std::string revision;   // hf only; "" when none is named (main)
  std::string user_info;  // http and https only: a secret
  std::string query;      // may be a secret (a presigned URL)

  friend bool operator==(const SourceUri&, const SourceUri&) = default;
};

[[nodiscard]] std::string_view to_string(SourceScheme scheme);

// Error kInvalid. The message completes "spec.source.uri: ..." and never repeats the URI.
[[nodiscard]] Result<SourceUri> parse_source_uri(std::string_view text);

// Any text that is meant as a URI, valid or not: user info becomes "***", so does a query, the rest
// stays. Where it is not clear what is a password (one that holds "/" or "@"), more is hidden
// rather than less.
[[nodiscard]] std::string redact_uri(std::string_view uri);
// The same for each URI inside a text. A URI ends at white space, a control character, one of "<>`
// or, when it began after a single quote, at the next one.
[[nodiscard]] std::string redact_uris_in(std::string_view text);

}  // namespace dynamod::lora
