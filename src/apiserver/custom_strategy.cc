// Facts of validation/custom_resource.h as Resources.
#include "apiserver/custom_strategy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "apiserver/registry/object.h"
#include "apiserver/registry/strategy.h"

namespace dynamod::apiserver {

namespace {

constexpr kube::Verbs kAllVerbs = kube::kVerbCreate | kube::kVerbDelete |
                                  kube::kVerbDeleteCollection | kube::kVerbGet | kube::kVerbList |
                                  kube::kVerbPatch | kube::kVerbUpdate | kube::kVerbWatch;
constexpr kube::Verbs kSubresourceVerbs = kube::kVerbGet | kube::kVerbPatch | kube::kVerbUpdate;

// ".spec.color" as field selectors and find_in write it.
std::string_view plain(std::string_view path) {
  path.remove_prefix(path.starts_with('.') ? 1 : 0);
  return path;
}

class CustomStrategy final : public Strategy {
 public:
  CustomStrategy(std::shared_ptr<const CustomResource> crd, Conversion conversion)
      : crd_(std::move(crd)), conversion_(std::move(conversion)) {}

  [[nodiscard]] kube::Verdict validate_create(const json::object& object,
                                              const WriteContext& context) const override {
    const auto* validator = validator_of(context.resource);
    return validator ? validator->validate_create(object) : kube::Verdict();
  }

  [[nodiscard]] kube::Verdict validate_update(const json::object& object, const json::object& old,
                                              const WriteContext& context) const override {
    const auto* validator = validator_of(context.resource);
    if (!validator) return {};
    if (context.subresource == "status") return validator->validate_status_update(object, old);
    return validator->validate_update(object, old);
  }

  [[nodiscard]] FieldValues fields(const json::object& object) const override {
    FieldValues values;
    for (const auto& path : crd_->storage_version().selectable_fields)
      values.emplace_back(plain(path), field_text(object, plain(path)));
    return values;
  }

  [[nodiscard]] std::vector<std::string> field_names(const Resource& resource) const override {
    std::vector<std::string> names;
    const auto* version = crd_->version(resource.version);
    if (!version) return names;
    for (const auto& path : version->selectable_fields) names.emplace_back(plain(path));
    return names;
  }

  [[nodiscard]] Result<> from_storage(json::object& object,
                                      const Resource& resource) const override {
    return convert(object, resource.api_version());
  }

  [[nodiscard]] Result<> to_storage(json::object& object, const Resource& resource) const override {
    return convert(object, resource.storage_api_version);
  }

 private:
  [[nodiscard]] const ObjectValidator* validator_of(const Resource& resource) const {
    const auto* version = crd_->version(resource.version);
    return version ? version->validator.get() : nullptr;
  }

  [[nodiscard]] Result<> convert(json::object& object, const std::string& api_version) const {
    if (string_in(object, "apiVersion") == api_version) return {};
    if (conversion_) CHECK_OK(conversion_(object, api_version));
    object["apiVersion"] = api_version;
    return {};
  }

  std::shared_ptr<const CustomResource> crd_;
  Conversion conversion_;
};

std::vector<TableColumn> columns_of(const CustomResourceVersion& version) {
  std::vector<TableColumn> columns;
  for (const auto& column : version.columns) {
    // A path that cannot be parsed was let in by an older server: its cells stay empty.
    auto path = kube::JsonPath::parse("{" + column.json_path + "}");
    columns.push_back({.name = column.name,
                       .type = column.type,
                       .format = column.format,
                       .description = column.description,
                       .priority = column.priority,
                       .path = path ? std::optional(*std::move(path)) : std::nullopt});
  }
  return columns;
}

void add_subresources(Resource& resource, const CustomResourceVersion& version) {
  if (version.status_subresource)
    resource.subresources.push_back({.name = "status",
                                     .group = resource.group,
                                     .version = resource.version,
                                     .kind = resource.kind,
                                     .verbs = kSubresourceVerbs});
  if (!version.scale) return;
  resource.subresources.push_back({.name = "scale",
                                   .group = "autoscaling",
                                   .version = "v1",
                                   .kind = "Scale",
                                   .verbs = kSubresourceVerbs});
  resource.scale = ReplicaPaths{.spec = version.scale->spec_replicas,
                                .status = version.scale->status_replicas,
                                .selector = version.scale->label_selector};
}

}  // namespace

std::vector<Resource> custom_resources(std::shared_ptr<const CustomResource> crd,
                                       const Conversion& conversion, CustomState state) {
  std::vector<Resource> resources;
  const auto strategy = std::make_shared<const CustomStrategy>(crd, conversion);
  const auto verbs = state == CustomState::kServed
                         ? kAllVerbs
                         : static_cast<kube::Verbs>(kAllVerbs & ~kube::kVerbCreate);
  for (const CustomResourceVersion* version : crd->served_by_priority()) {
    Resource resource{.group = crd->group,
                      .version = version->name,
                      .plural = crd->names.plural,
                      .singular = crd->names.singular,
                      .kind = crd->names.kind,
                      .list_kind = crd->names.list_kind,
                      .namespaced = crd->scope == Scope::kNamespaced,
                      .verbs = verbs,
                      .short_names = crd->names.short_names,
                      .categories = crd->names.categories,
                      .origin = Origin::kCustom};
    resource.schema = crd->preserve_unknown_fields ? nullptr : version->schema;
    resource.columns = columns_of(*version);
    add_subresources(resource, *version);
    resource.collection = crd->name;
    resource.storage_api_version = crd->group + "/" + crd->storage_version().name;
    resource.deprecation_warning = version->deprecation_warning;
    resource.strategy = strategy;
    resource.owner = crd;
    resources.push_back(std::move(resource));
  }
  return resources;
}

}  // namespace dynamod::apiserver
