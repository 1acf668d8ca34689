// The words of Go's decoding errors.
#include "kube/builtin/go_place.h"

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

// "v1.Container" is Container where an error speaks of its fields.
std::string_view short_name(const TypeRow& type) {
  const auto name = table_text(type.name);
  return name.substr(name.rfind('.') + 1);
}

// The fields on the way, without keys and indexes; returns the innermost message.
const TypeRow* append_fields(const Place* place, std::string& text) {
  if (!place) return nullptr;
  const auto* outer = append_fields(place->parent, text);
  if (!place->owner) return outer;
  if (!text.empty()) text += '.';
  text += place->field;
  return place->owner;
}

}  // namespace

std::string Place::path() const {
  auto text = parent ? parent->path() : std::string();
  if (field.empty() && parent) return text + fmt::format("[{}]", index);
  if (!text.empty()) text += '.';
  return text.append(field);
}

std::string value_word(const json::value& value) {
  switch (value.kind()) {
    case json::kind::bool_:
      return "bool";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "array";
    case json::kind::object:
      return "object";
    default:
      return "number";
  }
}

std::unexpected<Error> wrong_type(const Place* place, const TypeRow& type, std::string_view word) {
  std::string path;
  const auto* owner = append_fields(place, path);
  const auto where = owner ? fmt::format("Go struct field {}.{}", short_name(*owner), path)
                           : std::string("Go value");
  return fail(Error::Kind::kBadRequest, fmt::format("json: cannot unmarshal {} into {} of type {}",
                                                    word, where, table_text(type.name)));
}

}  // namespace dynamod::kube
