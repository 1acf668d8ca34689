// Objects in other versions.
#include "apiserver/apply/versions.h"

#include <utility>

#include "apiserver/apply/typed_value.h"

namespace dynamod::apiserver {

TypedObject typed_object(const json::object& object, const ManagedKind& kind) {
  return {.value = object,
          .type = TypeRef::object(kind.schema, kind.object_meta),
          .api_version = kind.api_version};
}

Result<std::optional<TypedObject>> in_version(const TypedObject& object,
                                              std::string_view api_version,
                                              const ManagedKind& kind) {
  if (object.api_version == api_version) return object;
  TypedObject converted = object;
  converted.api_version = api_version;
  json::object fields = object.value.is_object() ? object.value.get_object() : json::object();
  if (kind.convert) {
    // Pruned objects may have lost what says what they are.
    fields["apiVersion"] = object.api_version;
    fields["kind"] = kind.kind;
    TRY(auto other, kind.convert(fields, api_version));
    if (!other) return std::nullopt;
    converted.type = TypeRef::object(other->schema, kind.object_meta);
    converted.value = std::move(other->object);
  } else {
    fields["apiVersion"] = api_version;
    converted.value = std::move(fields);
  }
  // Duplicates in sets are fine as long as nothing is converted, as in Kubernetes.
  CHECK_OK(check_type(converted.value, converted.type, Duplicates::kRefuse));
  return converted;
}

}  // namespace dynamod::apiserver
