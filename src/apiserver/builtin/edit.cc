// Small steps of defaulting and preparing.
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

bool lacks(const json::object& object, std::string_view name) {
  return value_in(object, name) == nullptr;
}

void set_default(json::object& object, std::string_view name, json::value value) {
  json::value& place = object[name];
  if (place.is_null()) place = std::move(value);
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

}  // namespace dynamod::apiserver
