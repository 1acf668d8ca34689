// Lenient access to JSON for defaulting, preparing and printing.
#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

json::object* find_object(json::object& object, std::string_view name) {
  json::value* const value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

json::array* find_array(json::object& object, std::string_view name) {
  json::value* const value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

json::object& make_object(json::object& object, std::string_view name) {
  json::value& value = object[name];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

json::array& make_array(json::object& object, std::string_view name) {
  json::value& value = object[name];
  return value.is_array() ? value.get_array() : value.emplace_array();
}

bool lacks(const json::object& object, std::string_view name) {
  return value_in(object, name) == nullptr;
}

void set_default(json::object& object, std::string_view name, json::value value) {
  json::value& place = object[name];
  if (place.is_null()) place = std::move(value);
}

std::int64_t integer_in(const json::object& object, std::string_view name, std::int64_t otherwise) {
  const json::value* const value = value_in(object, name);
  if (value == nullptr) return otherwise;
  if (value->is_int64()) return value->get_int64();
  if (value->is_double()) return static_cast<std::int64_t>(value->get_double());
  return otherwise;
}

void align_first(json::object& object, const Succeeded& fields) {
  const std::string one(text_in(object, fields.one));
  const json::array& all = array_in(std::as_const(object), fields.all);
  json::value first = all.empty() ? json::value("") : all.front();
  if (first.is_object()) first = json::string(text_in(first.get_object(), fields.member));
  if (first == json::value(json::string(one))) return;
  if (one.empty()) {
    object[fields.one] = std::move(first);
    return;
  }
  const json::string text(one);
  json::value element = text;
  if (!fields.member.empty()) element = json::object{{fields.member, text}};
  object[fields.all] = json::array{std::move(element)};
}

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

}  // namespace dynamod::apiserver
