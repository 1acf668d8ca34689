// Strategic merge of two lists, and what the merges of objects and lists share. Only for
// strategic_patch.cc and strategic_list.cc.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "kube/schema/schema.h"

namespace dynamod::kube {

inline constexpr std::string_view kPatchDirective = "$patch";

// How two lists become one: by `key` of their elements, or as sets when it is empty.
struct ListMerge {
  const Schema* items = nullptr;
  std::string_view key;
};

[[nodiscard]] Result<json::array> merge_lists(json::array original, const json::array& patch,
                                              const ListMerge& merge);

// "$deleteFromPrimitiveList". Lists of objects are merged instead, as Kubernetes does.
[[nodiscard]] Result<json::array> delete_from_list(const json::array& original,
                                                   const json::array& unwanted,
                                                   const ListMerge& merge);

// Elements of `wanted` come in that order, others in the order of `present`.
struct ElementOrder {
  const json::array& wanted;
  const json::array& present;
};

[[nodiscard]] Result<json::array> order_list(const json::array& merged, const ElementOrder& order,
                                             const json::array& patch, std::string_view key);

// The patch must name its elements in the order its $setElementOrder says.
[[nodiscard]] Result<> check_order(const json::array& patch, const json::array& order,
                                   std::string_view key);

// The order of an object's list that $setElementOrder falls back to: Kubernetes has by then deleted
// from the list in place, and put new elements where the deleted ones were.
[[nodiscard]] json::array present_order(const json::array& original, const json::array& patch,
                                        std::string_view key);

// --- shared (strategic_patch.cc) ---

[[nodiscard]] Result<json::object> merge_objects(json::object original, json::object patch,
                                                 const Schema* schema);

enum class Keep : std::uint8_t { kNo, kYes };

// Takes objects with a $patch directive out of `value`; kNo: it is one itself.
[[nodiscard]] Keep remove_directives(json::value& value);

[[nodiscard]] std::unexpected<Error> wrong_type(std::string_view wanted, const json::value& actual);
[[nodiscard]] std::unexpected<Error> unknown_directive(const json::value& directive,
                                                       const json::object& map);

}  // namespace dynamod::kube
