// How the scripted API changes and selects documents: merge patch, server-side apply with its
// owners, selectors. Written apart from kube's versions on purpose: each is the other's check.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"

namespace dynamod::testing {

// RFC 7396.
void merge_into(json::value& target, const json::value& patch);

// Leaves that a field manager owns, as paths; list items of keyed lists (conditions by type,
// webhooks by name ...) are steps of their own, other lists are leaves.
using OwnedFields = std::set<std::string>;
using FieldOwners = std::map<std::string, OwnedFields>;

[[nodiscard]] OwnedFields leaves_of(const json::value& document);
// Leaves whose values differ between the two (or that only one has).
[[nodiscard]] OwnedFields changed_leaves(const json::value& before, const json::value& now);

// Sets what `applied` says in `target`, removes what `manager` owned and says no more (and nobody
// else owns), and gives the manager exactly the leaves of `applied`. Without `force`, a leaf that
// another manager owns with another value is a conflict: kConflict that names the manager and the
// field, and nothing changes.
[[nodiscard]] Result<> apply_into(json::value& target, const json::value& applied,
                                  FieldOwners& owners, const std::string& manager, bool force);

// "a=b,c!=d,e in (f,g),h notin (i),j,!k" on metadata.labels. Error kBadRequest.
[[nodiscard]] Result<bool> labels_match(std::string_view selector, const json::value& object);
// "metadata.name=x,status.phase!=Running". Error kBadRequest.
[[nodiscard]] Result<bool> fields_match(std::string_view selector, const json::value& object);

}  // namespace dynamod::testing
