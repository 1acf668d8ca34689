// Go's decoder and encoder in one walk over an object, driven by the table.
#include "kube/builtin/canonical.h"

#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/timestamp.h"
#include "kube/builtin/canonical_value.h"
#include "kube/builtin/go_place.h"
#include "kube/builtin/table.h"
#include "kube/quantity.h"

namespace dynamod::kube {

namespace {

const TypeRow& type_of(const FieldRow& field) {
  return kTable.types[field.type];
}

const TypeRow& element_of(const TypeRow& type) {
  return kTable.types[type.argument];
}

bool has(const FieldRow& field, std::uint8_t flag) {
  return (field.flags & flag) != 0;
}

// The value of a Go variable nobody set, as it is printed.
json::value zero_of(const TypeRow& type);

class Canonical {
 public:
  explicit Canonical(std::vector<std::string>* unknown) : unknown_(unknown) {}

  // `value` is not null.
  Result<> value(json::value& value, const TypeRow& type, const Place* place);
  Result<json::object> message(json::object source, const TypeRow& type, const Place* place);

 private:
  Result<std::size_t> add_fields(json::object& source, json::object& target, const TypeRow& type,
                                 const Place* place);
  Result<std::size_t> add_field(json::object& source, json::object& target, const FieldRow& field,
                                const Place& place);
  Result<> integer(const json::value& value, const TypeRow& type, const Place* place);
  Result<> text(json::value& value, const TypeRow& type, const Place* place);
  Result<> list(json::value& value, const TypeRow& type, const Place* place);
  Result<> map(json::value& value, const TypeRow& type, const Place* place);
  Result<> schema_union(json::value& value, const TypeRow& type, const Place* place);

  std::vector<std::string>* unknown_;
};

template <class Number>
bool fits(const json::value& value) {
  if (const auto* number = value.if_int64()) return std::in_range<Number>(*number);
  if (const auto* number = value.if_uint64()) return std::in_range<Number>(*number);
  return false;
}

bool fits(const json::value& value, Shape shape) {
  switch (shape) {
    case Shape::kInt32:
      return fits<std::int32_t>(value);
    case Shape::kUint32:
      return fits<std::uint32_t>(value);
    default:
      return fits<std::int64_t>(value);
  }
}

Result<> Canonical::integer(const json::value& value, const TypeRow& type, const Place* place) {
  if (!value.is_number()) return wrong_type(place, type, value_word(value));
  if (!fits(value, type.shape))
    return wrong_type(place, type, fmt::format("number {}", encode_json(value)));
  return {};
}

// Without white space around it: Kubernetes still takes quantities that have some.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return "";
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

Result<> Canonical::text(json::value& value, const TypeRow& type, const Place* place) {
  if (type.shape == Shape::kQuantity && value.is_number()) value = encode_json(value);
  const auto* string = value.if_string();
  if (!string) return wrong_type(place, type, value_word(value));
  if (type.shape == Shape::kString) return {};
  TRY(auto printed, canonical_text(type.shape, *string));
  value = std::move(printed);
  return {};
}

Result<> Canonical::list(json::value& value, const TypeRow& type, const Place* place) {
  auto* array = value.if_array();
  if (!array) return wrong_type(place, type, value_word(value));
  const auto& element_type = element_of(type);
  Place here{.parent = place};
  for (auto& element : *array) {
    if (element.is_null()) {
      element = zero_of(element_type);
    } else {
      CHECK_OK(this->value(element, element_type, &here));
    }
    ++here.index;
  }
  return {};
}

Result<> Canonical::map(json::value& value, const TypeRow& type, const Place* place) {
  auto* object = value.if_object();
  if (!object) return wrong_type(place, type, value_word(value));
  const auto& element_type = element_of(type);
  for (auto& [key, element] : *object) {
    const Place here{.parent = place, .field = key};
    if (element.is_null()) {
      element = zero_of(element_type);
    } else {
      CHECK_OK(this->value(element, element_type, &here));
    }
  }
  return {};
}

// JSONSchemaPropsOrBool, ...OrArray, ...OrStringArray: whichever of the two it is.
Result<> Canonical::schema_union(json::value& value, const TypeRow& type, const Place* place) {
  if (value.is_object()) return this->value(value, element_of(type), place);
  if (auto* array = value.if_array(); array && type.shape == Shape::kSchemaOrArray) {
    for (auto& element : *array) CHECK_OK(this->value(element, element_of(type), place));
    return {};
  }
  const bool other = type.shape == Shape::kSchemaOrBool ? value.is_bool() : value.is_array();
  if (other && type.shape != Shape::kSchemaOrArray) return {};
  return wrong_type(place, type, value_word(value));
}

Result<> Canonical::value(json::value& value, const TypeRow& type, const Place* place) {
  switch (type.shape) {
    case Shape::kBool:
      if (!value.is_bool()) return wrong_type(place, type, value_word(value));
      return {};
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kUint32:
      return integer(value, type, place);
    case Shape::kDouble:
      if (!value.is_number()) return wrong_type(place, type, value_word(value));
      return {};
    case Shape::kIntOrString:
      if (!value.is_string() && !fits<std::int32_t>(value))
        return fail(
            Error::Kind::kBadRequest,
            fmt::format("json: cannot unmarshal {} into Go value of type int32",
                        value.is_number() ? "number " + encode_json(value) : value_word(value)));
      return {};
    case Shape::kRaw:
    case Shape::kRawObject:
      return {};
    case Shape::kSchemaOrBool:
    case Shape::kSchemaOrArray:
    case Shape::kSchemaOrStrings:
      return schema_union(value, type, place);
    case Shape::kList:
    case Shape::kWrappedList:
      return list(value, type, place);
    case Shape::kMap:
      return map(value, type, place);
    case Shape::kMessage: {
      auto* object = value.if_object();
      if (!object) return wrong_type(place, type, value_word(value));
      TRY(value, message(std::move(*object), type, place));
      return {};
    }
    default:
      return text(value, type, place);
  }
}

bool names_field(const TypeRow& type, std::string_view name) {
  for (const auto& field : fields_of(type)) {
    if (has(field, kFieldInline) ? names_field(type_of(field), name)
                                 : table_text(field.name) == name)
      return true;
  }
  return false;
}

Result<json::object> Canonical::message(json::object source, const TypeRow& type,
                                        const Place* place) {
  json::object target;
  target.reserve(source.size());
  TRY(const auto known, add_fields(source, target, type, place));
  if (known == source.size() || !unknown_) return target;
  for (const auto& [name, value] : source) {
    const std::string_view text = name;
    if (!names_field(type, text)) unknown_->push_back(Place{.parent = place, .field = text}.path());
  }
  return target;
}

// How many of the fields of `source` were known.
Result<std::size_t> Canonical::add_fields(json::object& source, json::object& target,
                                          const TypeRow& type, const Place* place) {
  std::size_t known = 0;
  for (const auto& field : fields_of(type)) {
    if (has(field, kFieldInline)) {
      TRY(const auto more, add_fields(source, target, type_of(field), place));
      known += more;
      continue;
    }
    const Place here{.parent = place, .field = table_text(field.name), .owner = &type};
    TRY(const auto one, add_field(source, target, field, here));
    known += one;
  }
  return known;
}

bool is_empty(const json::value& value, Shape shape) {
  switch (shape) {
    case Shape::kBool:
      return !value.get_bool();
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kUint32:
    case Shape::kDouble:
      return value.to_number<double>() == 0;
    case Shape::kString:
    case Shape::kBytes:
      return value.get_string().empty();
    case Shape::kList:
    case Shape::kWrappedList:
      return value.get_array().empty();
    case Shape::kMap:
      return value.get_object().empty();
    default:
      return false;  // Go never omits a struct
  }
}

bool is_struct(Shape shape) {
  switch (shape) {
    case Shape::kTime:
    case Shape::kMicroTime:
    case Shape::kQuantity:
    case Shape::kIntOrString:
    case Shape::kRaw:
    case Shape::kRawObject:
    case Shape::kSchemaOrBool:
    case Shape::kSchemaOrArray:
    case Shape::kSchemaOrStrings:
    case Shape::kMessage:
      return true;
    default:
      return false;
  }
}

Result<std::size_t> Canonical::add_field(json::object& source, json::object& target,
                                         const FieldRow& field, const Place& place) {
  const auto& type = type_of(field);
  auto* given = source.if_contains(place.field);
  if (given && !given->is_null()) {
    CHECK_OK(value(*given, type, &place));
    const bool omit =
        has(field, kFieldOmitEmpty) && !has(field, kFieldPointer) && is_empty(*given, type.shape);
    if (!omit) target.emplace(place.field, std::move(*given));
    return 1;
  }
  const bool omit =
      has(field, kFieldOmitZero) ||
      (has(field, kFieldOmitEmpty) && (has(field, kFieldPointer) || !is_struct(type.shape)));
  if (!omit)
    target.emplace(place.field, has(field, kFieldPointer) ? json::value(nullptr) : zero_of(type));
  return given ? 1 : 0;
}

json::value zero_of(const TypeRow& type) {
  switch (type.shape) {
    case Shape::kBool:
      return false;
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kUint32:
    case Shape::kIntOrString:
      return 0;
    case Shape::kDouble:
      return 0.0;
    case Shape::kString:
      return "";
    case Shape::kQuantity:
      return "0";
    case Shape::kSchemaOrBool:
      return false;
    case Shape::kMessage:
      return *Canonical(nullptr).message({}, type, nullptr);
    default:
      return nullptr;
  }
}

}  // namespace

Result<json::object> canonical_object(json::object object, const TypeRow& type,
                                      std::vector<std::string>* unknown) {
  return Canonical(unknown).message(std::move(object), type, nullptr);
}

Result<std::string> canonical_text(Shape shape, std::string_view text) {
  const auto bad = [](std::string message) {
    return fail(Error::Kind::kBadRequest, std::move(message));
  };
  switch (shape) {
    case Shape::kTime:
    case Shape::kMicroTime: {
      const bool micro = shape == Shape::kMicroTime;
      const auto time = parse_time(text);
      if (!time)
        return bad(
            fmt::format(R"(parsing time "{0}" as "{1}": cannot parse "{0}" as "2006")", text,
                        micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"));
      return micro ? format_micro_time(*time) : format_time(*time);
    }
    case Shape::kQuantity: {
      const auto quantity = Quantity::parse(trimmed(text));
      if (!quantity) return bad(quantity.error().message);
      return quantity->text();
    }
    case Shape::kBytes: {
      const auto bytes = decode_base64(text);
      if (!bytes) return bad(bytes.error().message);
      return encode_base64(*bytes);
    }
    default:
      return std::string(text);
  }
}

Result<std::vector<std::string>> canonicalize(json::object& object, std::string_view api_version,
                                              std::string_view kind) {
  const auto* type = find_kind(api_version, kind);
  if (!type)
    return fail(Error::Kind::kNotFound,
                fmt::format("no kind \"{}\" is registered for version \"{}\"", kind, api_version));
  std::vector<std::string> unknown;
  TRY(object, canonical_object(std::move(object), *type, &unknown));
  return unknown;
}

}  // namespace dynamod::kube
