// CustomResourceDefinition -> the facts the server works with.
#include "apiserver/validation/custom_resource.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "apiserver/validation/go_value.h"
#include "kube/schema/schema_from_openapi.h"

namespace dynamod::apiserver {

namespace {

CustomResourceNames read_names(const json::object& spec) {
  const json::object& names = object_in(spec, "names");
  return {.plural = std::string(text_in(names, "plural")),
          .singular = std::string(text_in(names, "singular")),
          .kind = std::string(text_in(names, "kind")),
          .list_kind = std::string(text_in(names, "listKind")),
          .short_names = texts_in(names, "shortNames"),
          .categories = texts_in(names, "categories")};
}

std::vector<PrinterColumn> read_columns(const json::object& version) {
  std::vector<PrinterColumn> out;
  for (const auto& element : array_in(version, "additionalPrinterColumns")) {
    if (!element.is_object()) continue;
    const json::object& column = element.get_object();
    const auto* priority = value_in(column, "priority");
    std::string description(text_in(column, "description"));
    if (description.empty())
      description = fmt::format("Custom resource definition column (in JSONPath format): {}",
                                text_in(column, "jsonPath"));
    out.push_back({.name = std::string(text_in(column, "name")),
                   .type = std::string(text_in(column, "type")),
                   .format = std::string(text_in(column, "format")),
                   .description = std::move(description),
                   .priority = priority != nullptr && priority->is_int64()
                                   ? static_cast<std::int32_t>(priority->get_int64())
                                   : 0,
                   .json_path = std::string(text_in(column, "jsonPath"))});
  }
  return out.empty() ? default_printer_columns() : out;
}

std::optional<ScalePaths> read_scale(const json::object& subresources) {
  const auto* value = value_in(subresources, "scale");
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const json::object& scale = value->get_object();
  return ScalePaths{.spec_replicas = std::string(text_in(scale, "specReplicasPath")),
                    .status_replicas = std::string(text_in(scale, "statusReplicasPath")),
                    .label_selector = std::string(text_in(scale, "labelSelectorPath"))};
}

// The best version that is served, not deprecated, and better than `name`; "" when there is none.
std::string_view successor_of(std::string_view name, const CustomResource& resource) {
  std::string_view best;
  for (const auto& element : array_in(object_in(resource.definition, "spec"), "versions")) {
    if (!element.is_object()) continue;
    const json::object& version = element.get_object();
    const auto other = text_in(version, "name");
    const bool fits =
        true_in(version, "served") && !true_in(version, "deprecated") && comes_before(other, name);
    if (fits && (best.empty() || comes_before(other, best))) best = other;
  }
  return best;
}

std::string deprecation_of(const json::object& version, const CustomResource& resource) {
  if (!true_in(version, "deprecated")) return "";
  const auto given = text_in(version, "deprecationWarning");
  if (!given.empty()) return std::string(given);
  const auto name = text_in(version, "name");
  std::string text =
      fmt::format("{}/{} {} is deprecated", resource.group, name, resource.names.kind);
  if (const auto better = successor_of(name, resource); !better.empty())
    text += fmt::format("; use {}/{} {}", resource.group, better, resource.names.kind);
  return text;
}

Result<CustomResourceVersion> read_version(const json::object& version, CustomResource& resource) {
  const json::object& subresources = object_in(version, "subresources");
  CustomResourceVersion out{.name = std::string(text_in(version, "name")),
                            .served = true_in(version, "served"),
                            .storage = true_in(version, "storage"),
                            .deprecated = true_in(version, "deprecated"),
                            .deprecation_warning = deprecation_of(version, resource)};
  out.columns = read_columns(version);
  out.status_subresource = value_in(subresources, "status") != nullptr;
  out.scale = read_scale(subresources);
  for (const auto& element : array_in(version, "selectableFields"))
    if (element.is_object())
      out.selectable_fields.emplace_back(text_in(element.get_object(), "jsonPath"));
  const json::object& holder = object_in(version, "schema");
  const auto* schema = value_in(holder, "openAPIV3Schema");
  if (schema != nullptr && schema->is_object()) {
    out.open_api_schema = &schema->get_object();
    TRY(out.schema, kube::schema_from_openapi(*out.open_api_schema, resource.schemas));
  }
  out.validator = ObjectValidator::create(
      out.open_api_schema == nullptr ? json::object() : *out.open_api_schema,
      {.api_version = fmt::format("{}/{}", resource.group, out.name),
       .kind = resource.names.kind,
       .scope = resource.scope,
       .scale = out.scale});
  return out;
}

// v2beta1 as (stage, major, minor): GA is stage 2, beta 1, alpha 0. Nothing for other names.
std::optional<std::tuple<int, std::uint64_t, std::uint64_t>> version_rank(std::string_view name) {
  const auto number = [&]() -> std::optional<std::uint64_t> {
    const auto end = std::min(name.find_first_not_of("0123456789"), name.size());
    constexpr std::size_t kDigitsMax = 18;
    if (end == 0 || end > kDigitsMax || name.front() == '0') return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : name.substr(0, end))
      value = (value * 10) + static_cast<std::uint64_t>(c - '0');
    name.remove_prefix(end);
    return value;
  };
  if (!name.starts_with('v')) return std::nullopt;
  name.remove_prefix(1);
  const auto major = number();
  if (!major) return std::nullopt;
  if (name.empty()) return std::tuple(2, *major, std::uint64_t{0});
  const bool beta = name.starts_with("beta");
  if (!beta && !name.starts_with("alpha")) return std::nullopt;
  name.remove_prefix(beta ? 4 : 5);
  const auto minor = number();
  if (!minor || !name.empty()) return std::nullopt;
  return std::tuple(beta ? 1 : 0, *major, *minor);
}

}  // namespace

const std::vector<PrinterColumn>& default_printer_columns() {
  static const std::vector<PrinterColumn> kColumns = {
      {.name = "Age",
       .type = "date",
       .description = "CreationTimestamp is a timestamp representing the server time when this "
                      "object was created. It is not guaranteed to be set in happens-before order "
                      "across separate operations. Clients may not set this value. It is "
                      "represented in RFC3339 form and is in UTC.\n\nPopulated by the system. "
                      "Read-only. Null for lists. More info: "
                      "https://git.k8s.io/community/contributors/devel/sig-architecture/"
                      "api-conventions.md#metadata",
       .json_path = ".metadata.creationTimestamp"}};
  return kColumns;
}

const CustomResourceVersion* CustomResource::version(std::string_view wanted) const {
  const auto found = std::ranges::find(versions, wanted, &CustomResourceVersion::name);
  return found == versions.end() ? nullptr : &*found;
}

const CustomResourceVersion& CustomResource::storage_version() const {
  const auto found = std::ranges::find(versions, true, &CustomResourceVersion::storage);
  DYN_ASSERT(found != versions.end());
  return *found;
}

std::vector<const CustomResourceVersion*> CustomResource::served_by_priority() const {
  std::vector<const CustomResourceVersion*> out;
  for (const auto& version : versions)
    if (version.served) out.push_back(&version);
  std::ranges::sort(out, comes_before, &CustomResourceVersion::name);
  return out;
}

Result<std::shared_ptr<const CustomResource>> read_custom_resource(json::object definition) {
  auto out = std::make_shared<CustomResource>();
  out->definition = std::move(definition);
  const json::object& spec = object_in(out->definition, "spec");
  out->name = text_in(object_in(out->definition, "metadata"), "name");
  out->group = text_in(spec, "group");
  out->scope = text_in(spec, "scope") == "Cluster" ? Scope::kCluster : Scope::kNamespaced;
  out->names = read_names(spec);
  out->preserve_unknown_fields = true_in(spec, "preserveUnknownFields");
  out->webhook_conversion = text_in(object_in(spec, "conversion"), "strategy") == "Webhook";
  for (const auto& element : array_in(spec, "versions")) {
    if (!element.is_object()) continue;
    auto version = read_version(element.get_object(), *out);
    if (!version) return std::unexpected(std::move(version).error().within(out->name));
    out->versions.push_back(*std::move(version));
  }
  if (std::ranges::none_of(out->versions, &CustomResourceVersion::storage))
    return fail(Error::Kind::kInvalid, out->name + ": no version is marked as storage version");
  return out;
}

bool comes_before(std::string_view version_a, std::string_view version_b) {
  const auto a = version_rank(version_a);
  const auto b = version_rank(version_b);
  if (a && b) return *a > *b;
  if (a || b) return a.has_value();
  return version_a < version_b;
}

}  // namespace dynamod::apiserver
