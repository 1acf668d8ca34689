// OpenAPI v3 documents: of the built-in kinds (compressed in the program), and rendered for the
// kinds of a CRD. kubectl reads them for validation, patch types and `explain`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace dynamod::kube {

// One line of /openapi/v3.
struct OpenApiEntry {
  std::string path;  // "api/v1", "apis/apps/v1"
  std::string hash;  // of the document; a part of its address, so that clients may keep it for ever
};

// The documents of the built-in kinds, in the order of discovery. Documents of CRDs are the
// caller's to add. The first call renders them all (some 100 ms): make it through Offload, not at
// start.
[[nodiscard]] std::span<const OpenApiEntry> openapi_entries();

// `{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=H"},...}}`
[[nodiscard]] json::object openapi_index(std::span<const OpenApiEntry> entries);

// The document of "api/v1" or "apis/apps/v1" as JSON text; "" when there is none. Inflated at each
// call: up to 1.6 MB in some 5 ms, so call it through Offload or keep the answer.
[[nodiscard]] std::string openapi_document(std::string_view path);

// A custom resource in one version, as its CRD tells.
struct OpenApiKind {
  std::string_view group;
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  std::string_view list_kind;
  bool namespaced = true;
  bool status_subresource = false;
  bool scale_subresource = false;
  const json::object* schema = nullptr;  // openAPIV3Schema; null: any object
};

// The document of one group and version from all its kinds: paths with every verb (patches take
// merge, JSON and apply patches; writes take fieldValidation) and components with
// x-kubernetes-group-version-kind, metadata included.
[[nodiscard]] std::string render_openapi(std::span<const OpenApiKind> kinds);

// What stands in OpenApiEntry::hash: SHA-256 in 64 hexadecimal digits.
[[nodiscard]] std::string openapi_hash(std::string_view document);

}  // namespace dynamod::kube
