// Strategic merge patch: the walk through object and patch, and the directives of objects.
#include "kube/patch/strategic_patch.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kube/go_text.h"
#include "kube/patch/strategic_list.h"
#include "kube/validation.h"

namespace dynamod::kube {

namespace {

constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kSetElementOrder = "$setElementOrder";
constexpr std::string_view kDeleteFromPrimitiveList = "$deleteFromPrimitiveList";

std::unexpected<Error> bad_format(std::string_view of) {
  return fail(Error::Kind::kBadRequest, fmt::format("invalid patch format of {}", of));
}

// The field a directive is for: "finalizers" of "$setElementOrder/finalizers".
Result<std::string_view> target_of(std::string_view key, std::string_view directive,
                                   std::string_view what) {
  if (key.size() <= directive.size() || key[directive.size()] != '/') return bad_format(what);
  return key.substr(directive.size() + 1);
}

// The schema of a field that is an object or a list on both sides.
Result<const Schema*> field_schema(const Schema* schema, std::string_view name) {
  if (schema)
    if (const Schema* field = schema->property(name)) return field;
  const bool is_struct = schema && !schema->properties.empty();
  return fail(Error::Kind::kInternal,
              is_struct
                  ? fmt::format("unable to find api field for the json field {}", go_quote(name))
                  : "merging an object in json but data type is not struct, instead is: map");
}

// What is taken over from a patch as it is has no nulls ...
void discard_nulls(json::value& value) {
  if (value.is_array()) {
    for (json::value& element : value.get_array()) discard_nulls(element);
    return;
  }
  if (!value.is_object()) return;
  json::object kept;
  for (auto& [name, field] : value.get_object()) {
    if (field.is_null()) continue;
    discard_nulls(field);
    kept[name] = std::move(field);
  }
  value = std::move(kept);
}

void set_or_drop(json::object& object, std::string_view name, json::value value) {
  if (remove_directives(value) == Keep::kYes)
    object[name] = std::move(value);
  else
    object.erase(name);
}

// Clears what the patch does not list in $retainKeys.
Result<> apply_retain_keys(json::object& original, json::object& patch) {
  const json::value* directive = patch.if_contains(kRetainKeys);
  if (!directive) return {};
  if (!directive->is_array()) return bad_format("retainKeys");
  std::unordered_set<std::string> retained;
  for (const json::value& name : directive->get_array())
    if (name.is_string()) retained.emplace(name.get_string());
  patch.erase(kRetainKeys);

  for (const auto& [name, value] : patch) {
    const std::string_view key = name;
    if (value.is_null() || key.starts_with(kDeleteFromPrimitiveList) ||
        key.starts_with(kSetElementOrder))
      continue;
    if (!retained.contains(std::string(key))) return bad_format("retainKeys");
  }
  json::object kept;
  for (auto& [name, value] : original)
    if (retained.contains(std::string(name))) kept[name] = std::move(value);
  original = std::move(kept);
  return {};
}

std::vector<std::string> keys_with(const json::object& object, std::string_view prefix) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : object)
    if (std::string_view(name).starts_with(prefix)) keys.emplace_back(name);
  return keys;
}

// The list at `name`; empty when there is none.
Result<json::array> list_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (!value) return json::array();
  if (!value->is_array()) return wrong_type("[]interface {}", *value);
  return value->get_array();
}

// One "$setElementOrder/<name>": merges the list itself, too, and takes both out of the patch.
Result<> apply_element_order(json::object& original, json::object& patch, const std::string& key,
                             const Schema* schema) {
  const json::value directive = patch.at(key);
  patch.erase(key);
  if (!directive.is_array()) return wrong_type("[]interface {}", directive);
  TRY(const std::string_view name, target_of(key, kSetElementOrder, "setElementOrder list"));
  TRY(const json::array originals, list_in(original, name));
  TRY(const json::array patches, list_in(patch, name));
  TRY(const Schema* list_schema, field_schema(schema, name));
  const ListMerge merge{.items = list_schema->items, .key = list_schema->patch_merge_key};
  CHECK_OK(check_order(patches, directive.get_array(), merge.key));

  const bool has_original = original.contains(name);
  const bool has_patch = patch.contains(name);
  if (!has_original && !has_patch) return {};
  json::value merged = originals;
  json::array present = originals;
  if (has_patch && !has_original) {
    merged = patches;
    (void)remove_directives(merged);
  } else if (has_patch) {
    TRY(merged, list_schema->patch_merge ? merge_lists(originals, patches, merge)
                                         : Result<json::array>(patches));
    if (list_schema->patch_merge && !merge.key.empty())
      present = present_order(originals, patches, merge.key);
  }
  const ElementOrder order{.wanted = directive.get_array(), .present = present};
  TRY(original[name], order_list(merged.get_array(), order, patches, merge.key));
  patch.erase(name);
  return {};
}

// `name` is set in both, to objects or to lists.
Result<json::value> merge_field(const json::value& original, const json::value& patch,
                                std::string_view name, const Schema* schema) {
  TRY(const Schema* field, field_schema(schema, name));
  if (original.is_array()) {
    if (!field->patch_merge) return patch;
    const ListMerge merge{.items = field->items, .key = field->patch_merge_key};
    return merge_lists(original.get_array(), patch.get_array(), merge);
  }
  if (field->patch_replace) return patch;
  return merge_objects(original.get_object(), patch.get_object(), field);
}

// "$deleteFromPrimitiveList/<name>".
Result<> delete_elements(json::object& original, std::string_view key, const json::value& unwanted,
                         const Schema* schema) {
  TRY(const std::string_view name, target_of(key, kDeleteFromPrimitiveList, "primitive list"));
  if (unwanted.is_null()) {
    original.erase(name);
    return {};
  }
  json::value* list = original.if_contains(name);
  if (!list || !list->is_array() || !unwanted.is_array()) return {};
  TRY(const Schema* field, field_schema(schema, name));
  const ListMerge merge{.items = field->items, .key = field->patch_merge_key};
  TRY(*list, delete_from_list(list->get_array(), unwanted.get_array(), merge));
  return {};
}

bool same_shape(const json::value& a, const json::value& b) {
  return (a.is_object() && b.is_object()) || (a.is_array() && b.is_array());
}

}  // namespace

std::unexpected<Error> wrong_type(std::string_view wanted, const json::value& actual) {
  return fail(Error::Kind::kInternal,
              actual.is_null()
                  ? fmt::format("expected a {}, but received a %!s(<nil>)", wanted)
                  : fmt::format("expected a {}, but received a {}", wanted, go_type(actual)));
}

std::unexpected<Error> unknown_directive(const json::value& directive, const json::object& map) {
  return fail(Error::Kind::kInternal,
              fmt::format("unknown patch type: {} in map: {}", go_text(directive), go_text(map)));
}

Keep remove_directives(json::value& value) {
  if (value.is_array()) {
    json::array kept;
    for (json::value& element : value.get_array())
      if (remove_directives(element) == Keep::kYes) kept.push_back(std::move(element));
    value = std::move(kept);
    return Keep::kYes;
  }
  if (!value.is_object()) return Keep::kYes;
  if (value.get_object().contains(kPatchDirective)) return Keep::kNo;
  json::object kept;
  for (auto& [name, field] : value.get_object())
    if (remove_directives(field) == Keep::kYes) kept[name] = std::move(field);
  value = std::move(kept);
  return Keep::kYes;
}

Result<json::object> merge_objects(json::object original, json::object patch,
                                   const Schema* schema) {
  if (const json::value* directive = patch.if_contains(kPatchDirective)) {
    if (*directive == "replace") {
      patch.erase(kPatchDirective);
      return patch;
    }
    if (*directive == "delete") return json::object();
    return unknown_directive(*directive, patch);
  }
  CHECK_OK(apply_retain_keys(original, patch));
  for (const std::string& key : keys_with(patch, kSetElementOrder))
    CHECK_OK(apply_element_order(original, patch, key, schema));

  for (const auto& [name, value] : patch) {
    if (std::string_view(name).starts_with(kDeleteFromPrimitiveList)) {
      CHECK_OK(delete_elements(original, name, value, schema));
      continue;
    }
    if (value.is_null()) {
      original.erase(name);
      continue;
    }
    json::value* field = original.if_contains(name);
    if (field && same_shape(*field, value)) {
      TRY(*field, merge_field(*field, value, name, schema));
      continue;
    }
    json::value taken = value;
    discard_nulls(taken);
    set_or_drop(original, name, std::move(taken));
  }
  return original;
}

Result<json::object> strategic_patch(const json::object& original, const json::object& patch,
                                     const Schema& schema) {
  return merge_objects(original, patch, &schema);
}

}  // namespace dynamod::kube
