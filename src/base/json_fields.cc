// The readers of fields.
#include "base/json_fields.h"

#include <utility>

namespace dynamod::base {

namespace {

// The object that holds the last step of `path`, and that step.
std::pair<const json::object*, std::string_view> last_step(const json::object& object,
                                                           std::string_view path) {
  const json::object* at = &object;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    at = &object_in(*at, path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  return {at, path};
}

}  // namespace

const json::value* value_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object& object_in(const json::object& object, std::string_view name) {
  static const json::object kEmpty;
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_object() ? kEmpty : value->get_object();
}

const json::array& array_in(const json::object& object, std::string_view name) {
  static const json::array kEmpty;
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_array() ? kEmpty : value->get_array();
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || !value->is_string() ? std::string_view()
                                                 : std::string_view(value->get_string());
}

bool true_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& element : array_in(object, name))
    if (element.is_string()) out.emplace_back(element.get_string());
  return out;
}

std::int64_t integer_in(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* const value = value_in(object, name);
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double()) return static_cast<std::int64_t>(value->get_double());
  return otherwise;
}

const json::value* find_in(const json::object& object, std::string_view path) {
  const json::object* at = &object;
  for (;;) {
    const auto dot = path.find('.');
    const json::value* found = at->if_contains(path.substr(0, dot));
    if (!found || dot == std::string_view::npos) return found;
    at = found->if_object();
    if (!at) return nullptr;
    path.remove_prefix(dot + 1);
  }
}

const json::object& object_at(const json::object& object, std::string_view path) {
  const auto [at, name] = last_step(object, path);
  return object_in(*at, name);
}

const json::array& array_at(const json::object& object, std::string_view path) {
  const auto [at, name] = last_step(object, path);
  return array_in(*at, name);
}

std::string_view text_at(const json::object& object, std::string_view path) {
  const auto [at, name] = last_step(object, path);
  return text_in(*at, name);
}

json::object& make_object(json::object& object, std::string_view name) {
  json::value& value = object[name];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

json::array& make_array(json::object& object, std::string_view name) {
  json::value& value = object[name];
  return value.is_array() ? value.get_array() : value.emplace_array();
}

}  // namespace dynamod::base
