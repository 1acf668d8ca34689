// What outlives the operator: the annotation `dynamod.dev/applied` of a model. It says which
// adapter names this model may have left on workers and from which source, so that a restart trusts
// what it finds and a rename leaves nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dynamod::controllers::model {

struct Applied {
  // Every name not yet known to be unloaded everywhere; the wanted one first.
  std::vector<std::string> names;
  // sha256 (hex) of the URI that adapters of this model come from.
  std::string source;
  // Set while a change of the source is rolled out: listed adapters may still be of this older
  // source.
  std::optional<std::string> from;

  [[nodiscard]] bool holds(std::string_view name) const;

  friend bool operator==(const Applied&, const Applied&) = default;
};

// {"names":["a"],"source":"<hex>","from":"<hex>"}
[[nodiscard]] std::string encode_applied(const Applied& applied);
// Error kInvalid for anything else; the caller treats the model as taken over from another
// operator.
[[nodiscard]] Result<Applied> decode_applied(std::string_view annotation);

// The form in which sources are compared: sha256 (hex) of the URI as written.
[[nodiscard]] std::string source_hash(std::string_view uri);

// How a source is shown in status: redacted, and when redaction hid something, with the start of
// its hash, so that two URIs that differ only in a secret stay distinguishable.
[[nodiscard]] std::string source_text(std::string_view uri);

}  // namespace dynamod::controllers::model
