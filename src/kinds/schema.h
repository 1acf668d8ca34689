// The OpenAPI v3 schema of a type, from its declared fields (kube/fields.h), as a CRD wants it; and
// tables of its fields for people.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "kube/fields.h"
#include "kube/metadata.h"

namespace dynamod::kinds {

// Adds description, default, limits and rules of one field to the schema of its type.
void add_field_schema(json::object& schema, std::string_view doc, const kube::FieldSchema& notes);

template <class T>
[[nodiscard]] json::object schema_of() {
  if constexpr (std::same_as<T, kube::ObjectMeta>) {
    return {{"type", "object"}};  // the API server knows it
  } else if constexpr (std::same_as<T, json::value>) {
    return {{"x-kubernetes-preserve-unknown-fields", true}};
  } else if constexpr (kube::Described<T>) {
    json::object properties;
    json::array required;
    kube::for_each_field<T>([&]<class Member>(const kube::Field<T, Member>& field) {
      json::object schema = schema_of<Member>();
      add_field_schema(schema, field.doc, field.schema);
      properties.emplace(field.name, std::move(schema));
      if (field.need == kube::kRequired) required.emplace_back(field.name);
    });
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  } else if constexpr (kube::NamedEnum<T>) {
    json::array names;
    for (const auto name : kube::enum_texts<T>()) names.emplace_back(name);
    return {{"type", "string"}, {"enum", std::move(names)}};
  } else if constexpr (kube::kIsOptional<T>) {
    return schema_of<typename T::value_type>();
  } else if constexpr (kube::kIsVector<T>) {
    return {{"type", "array"}, {"items", schema_of<typename T::value_type>()}};
  } else if constexpr (kube::kIsMap<T>) {
    return {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>()}};
  } else if constexpr (std::same_as<T, WallTime> || std::same_as<T, kube::MicroTime>) {
    return {{"type", "string"}, {"format", "date-time"}};
  } else if constexpr (std::same_as<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::same_as<T, std::int32_t>) {
    return {{"type", "integer"}, {"format", "int32"}};
  } else if constexpr (std::same_as<T, std::int64_t>) {
    return {{"type", "integer"}, {"format", "int64"}};
  } else {
    static_assert(std::same_as<T, std::string>, "no schema for this type: see kube/fields.h");
    return {{"type", "string"}};
  }
}

// The schema of a kind: apiVersion and kind before its fields.
[[nodiscard]] json::object kind_schema(json::object schema, std::string_view doc);

// A Markdown table of the fields of an object schema, nested ones by their path ("source.uri",
// "endpoints[].address"), under `path` ("spec").
[[nodiscard]] std::string field_table(const json::object& schema, std::string_view path);

}  // namespace dynamod::kinds
