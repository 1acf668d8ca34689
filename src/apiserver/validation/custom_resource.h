// The facts the server needs of a stored CustomResourceDefinition, read once: names, versions,
// schemas, columns, subresources.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/validate.h"
#include "base/json.h"
#include "kube/schema/schema.h"

namespace dynamod::apiserver {

struct CustomResourceNames {
  std::string plural;
  std::string singular;
  std::string kind;
  std::string list_kind;
  std::vector<std::string> short_names = {};
  std::vector<std::string> categories = {};
};

struct PrinterColumn {
  std::string name;
  std::string type;  // "string", "integer", "date", ...
  std::string format = {};
  std::string description = {};
  std::int32_t priority = 0;
  std::string json_path;  // ".spec.replicas"

  friend bool operator==(const PrinterColumn&, const PrinterColumn&) = default;
};

// The one column of a version that declares none.
[[nodiscard]] const std::vector<PrinterColumn>& default_printer_columns();

struct CustomResourceVersion {
  std::string name;
  bool served = false;
  bool storage = false;
  bool deprecated = false;
  // The text of the Warning header, given or made; "" unless deprecated.
  std::string deprecation_warning = {};
  const kube::Schema* schema = nullptr;           // the root; null when the version has none
  const json::object* open_api_schema = nullptr;  // as written; null when the version has none
  std::vector<PrinterColumn> columns = {};        // never empty
  bool status_subresource = false;
  std::optional<ScalePaths> scale = std::nullopt;
  std::vector<std::string> selectable_fields = {};  // JSON paths: ".spec.color"
  std::shared_ptr<const ObjectValidator> validator = nullptr;
};

// Immutable once read; owns all its pointers point at, so share it whole.
struct CustomResource {
  std::string name;  // "dynamomodels.nvidia.com"
  std::string group;
  Scope scope = Scope::kNamespaced;
  CustomResourceNames names;
  std::vector<CustomResourceVersion> versions;  // as written
  bool preserve_unknown_fields = false;         // the deprecated switch of the whole CRD
  bool webhook_conversion = false;

  json::object definition;  // the CRD itself
  kube::SchemaTree schemas;

  [[nodiscard]] const CustomResourceVersion* version(std::string_view wanted) const;
  [[nodiscard]] const CustomResourceVersion& storage_version() const;
  // Served versions, the preferred one first: GA before beta before alpha, higher before lower.
  [[nodiscard]] std::vector<const CustomResourceVersion*> served_by_priority() const;
};

// `definition` has been defaulted and validated (crd_object.h). Errors: kInvalid when it has no
// storage version or a schema cannot be read.
[[nodiscard]] Result<std::shared_ptr<const CustomResource>> read_custom_resource(
    json::object definition);

// v1 > v2beta1 > v1beta2 > v1alpha1 > others by name: true when `a` comes first.
[[nodiscard]] bool comes_before(std::string_view version_a, std::string_view version_b);

}  // namespace dynamod::apiserver
