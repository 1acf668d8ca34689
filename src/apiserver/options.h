// The options of a request: its query, and for deletions the DeleteOptions in its body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apiserver/field_selector.h"
#include "apiserver/refusal.h"
#include "apiserver/route.h"
#include "kube/selector.h"

namespace dynamod::apiserver {

enum class FieldValidation : std::uint8_t { kIgnore, kWarn, kStrict };

// Of create, update, patch and apply.
struct WriteOptions {
  bool dry_run = false;
  std::string field_manager = {};  // "" when the client names none
  FieldValidation field_validation = FieldValidation::kWarn;
  bool force = false;  // apply only
};

// `kind` names them in refusals: "CreateOptions", "PatchOptions", ...
[[nodiscard]] Outcome<WriteOptions> parse_write_options(const QueryItems& query,
                                                        std::string_view kind);

enum class VersionMatch : std::uint8_t { kUnset, kExact, kNotOlderThan };

struct ListOptions {
  kube::LabelSelector labels = {};
  FieldSelector fields = {};
  std::int64_t limit = 0;                 // 0: no limit
  std::string continues = {};             // the token, opaque
  std::optional<Revision> revision = {};  // resourceVersion; 0 is any
  VersionMatch match = VersionMatch::kUnset;
  // Of watches.
  bool watch = false;
  bool bookmarks = false;
  std::optional<bool> send_initial_events = {};
  std::int64_t timeout_seconds = 0;  // 0: the server's choice

  [[nodiscard]] bool selects() const { return !labels.empty() || !fields.empty(); }
};

[[nodiscard]] Outcome<ListOptions> parse_list_options(const QueryItems& query);

enum class Propagation : std::uint8_t { kDefault, kBackground, kForeground, kOrphan };

struct DeleteOptions {
  bool dry_run = false;
  std::optional<std::int64_t> grace_seconds = {};
  Propagation propagation = Propagation::kDefault;
  std::string uid = {};               // precondition; "" for none
  std::string resource_version = {};  // precondition; "" for none
};

// From the body when there is one (a DeleteOptions of any version), else from the query.
[[nodiscard]] Outcome<DeleteOptions> parse_delete_options(const json::object* body,
                                                          const QueryItems& query);

// What the continue token says: go on behind `after` in the list as it was at `revision`
// (0: as it is now).
struct ContinueToken {
  Revision revision = 0;
  kube::ObjectKey after = {};

  friend bool operator==(const ContinueToken&, const ContinueToken&) = default;
};

[[nodiscard]] std::string encode_continue(const ContinueToken& token);
// Error kBadRequest.
[[nodiscard]] Result<ContinueToken> decode_continue(std::string_view text);

}  // namespace dynamod::apiserver
