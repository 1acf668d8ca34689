// Checks objects of one version of a custom resource by its schema: keywords, list types, embedded
// objects and CEL rules, with Kubernetes' words and causes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/validation/object_meta.h"
#include "base/json.h"
#include "kube/validation.h"

namespace dynamod::apiserver {

// Where an object keeps what /scale shows; paths as written, with the leading dot.
struct ScalePaths {
  std::string spec_replicas;
  std::string status_replicas;
  std::string label_selector = {};  // "" when there is none
};

// What is checked beside the schema.
struct ObjectRules {
  std::string api_version;  // "nvidia.com/v1alpha1"
  std::string kind;
  Scope scope = Scope::kNamespaced;
  std::optional<ScalePaths> scale = std::nullopt;
};

// Made once for each version of a CRD; immutable, may be shared.
class ObjectValidator {
 public:
  // `schema` is openAPIV3Schema as stored; it is read now and not kept. Never fails: a keyword that
  // cannot be used (a pattern or a CEL rule that does not compile) is left out and named in
  // unusable().
  [[nodiscard]] static std::shared_ptr<const ObjectValidator> create(const json::object& schema,
                                                                     ObjectRules rules);
  ~ObjectValidator();
  ObjectValidator(const ObjectValidator&) = delete;
  ObjectValidator& operator=(const ObjectValidator&) = delete;

  // The whole object after defaulting and pruning. Metadata is checked too.
  [[nodiscard]] kube::Verdict validate_create(const json::object& object) const;
  // A write of the main resource. What did not change is not complained about again, as Kubernetes
  // ratchets.
  [[nodiscard]] kube::Verdict validate_update(const json::object& object,
                                              const json::object& old) const;
  // A write of /status: only metadata and status are checked.
  [[nodiscard]] kube::Verdict validate_status_update(const json::object& object,
                                                     const json::object& old) const;

  // `spec.x-kubernetes-validations[0].rule: ...`: what this server leaves out and why.
  [[nodiscard]] const std::vector<std::string>& unusable() const;

 private:
  struct Parts;
  explicit ObjectValidator(std::unique_ptr<const Parts> parts);

  std::unique_ptr<const Parts> parts_;
};

}  // namespace dynamod::apiserver
