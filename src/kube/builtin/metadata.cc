// coerce_metadata, apart from canonical.cc because it walks a schema, not the table.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "kube/builtin/canonical.h"
#include "kube/builtin/canonical_value.h"
#include "kube/builtin/table.h"

namespace dynamod::kube {

namespace {

class MetadataReader {
 public:
  explicit MetadataReader(Malformed malformed) : malformed_(malformed) {}

  Result<> visit(json::value& value, const Schema& schema, const std::string& path);
  Result<> visit_object(json::object& object, const Schema& schema, bool embedded,
                        const std::string& path);

  std::vector<std::string> take() { return std::move(unknown_); }

 private:
  Result<> type_meta(json::object& object, std::string_view name, const std::string& path);
  Result<> metadata(json::object& object, const std::string& path);
  Result<json::object> salvage(json::object given, std::vector<std::string>& unknown);

  Malformed malformed_;
  std::vector<std::string> unknown_;
};

std::string child(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

Result<> MetadataReader::type_meta(json::object& object, std::string_view name,
                                   const std::string& path) {
  const auto at = object.find(name);
  if (at == object.end() || at->value().is_string()) return {};
  if (malformed_ == Malformed::kRefuse)
    return fail(Error::Kind::kBadRequest, fmt::format("{}: Invalid value: {}: must be a string",
                                                      child(path, name), encode_json(at->value())));
  object.stable_erase(at);
  return {};
}

// Field by field: what does not fit its type is dropped.
Result<json::object> MetadataReader::salvage(json::object given,
                                             std::vector<std::string>& unknown) {
  json::object fitting;
  for (auto& [name, value] : given) {
    const json::object alone{{name, value}};
    if (canonical_object(alone, object_meta_type(), nullptr))
      fitting.emplace(name, std::move(value));
  }
  return canonical_object(std::move(fitting), object_meta_type(), &unknown);
}

Result<> MetadataReader::metadata(json::object& object, const std::string& path) {
  auto* value = object.if_contains("metadata");
  if (!value) return {};
  const auto here = child(path, "metadata");
  auto* given = value->if_object();
  if (!given && !value->is_null()) {
    if (malformed_ == Malformed::kDrop) return {};
    return fail(Error::Kind::kBadRequest,
                fmt::format("{}: Invalid value: {}: must be an object", here, encode_json(*value)));
  }
  std::vector<std::string> unknown;
  auto fitting = canonical_object(given ? *given : json::object(), object_meta_type(), &unknown);
  if (!fitting && malformed_ == Malformed::kDrop) {
    unknown.clear();
    fitting = salvage(std::move(*given), unknown);
  }
  if (!fitting)
    return fail(Error::Kind::kBadRequest,
                fmt::format("{}: Invalid value: {}: {}", here, encode_json(*value),
                            fitting.error().message));
  *value = *std::move(fitting);
  for (const auto& field : unknown) unknown_.push_back(child(here, field));
  return {};
}

Result<> MetadataReader::visit_object(json::object& object, const Schema& schema, bool embedded,
                                      const std::string& path) {
  if (embedded) {
    CHECK_OK(type_meta(object, "apiVersion", path));
    CHECK_OK(type_meta(object, "kind", path));
    CHECK_OK(metadata(object, path));
  }
  for (auto& [name, value] : object) {
    if (!value.is_structured()) continue;
    if (const auto* property = schema.property(name)) {
      CHECK_OK(visit(value, *property, child(path, name)));
    } else if (schema.additional_properties) {
      CHECK_OK(visit(value, *schema.additional_properties,
                     fmt::format("{}[{}]", path, std::string_view(name))));
    }
  }
  return {};
}

Result<> MetadataReader::visit(json::value& value, const Schema& schema, const std::string& path) {
  if (auto* object = value.if_object())
    return visit_object(*object, schema, schema.embedded_resource, path);
  auto* array = value.if_array();
  if (!array || !schema.items) return {};
  std::size_t index = 0;
  for (auto& element : *array)
    CHECK_OK(visit(element, *schema.items, fmt::format("{}[{}]", path, index++)));
  return {};
}

}  // namespace

Result<std::vector<std::string>> coerce_metadata(json::object& object, const Schema& schema,
                                                 Malformed malformed) {
  MetadataReader reader(malformed);
  CHECK_OK(reader.visit_object(object, schema, /*embedded=*/true, ""));
  auto unknown = reader.take();
  std::ranges::sort(unknown);
  return unknown;
}

}  // namespace dynamod::kube
