// The versions of a CustomResourceDefinition: schema, columns, subresources, selectable fields.
// Paths are those of Kubernetes' internal form, where what all versions share stands once, at the
// top.
#include "apiserver/validation/crd_versions_check.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/validation/crd_schema_check.h"
#include "apiserver/validation/names.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kSelectableFieldsMax = 8;
constexpr std::size_t kDeprecationWarningMax = 256;

void check_simple_path(std::string_view value, const std::string& path, Problems& out) {
  if (!value.starts_with('.'))
    out.push_back(
        invalid_value(path, json::value(value), "must be a simple json path starting with ."));
}

void check_column(const json::object& column, const std::string& path, Problems& out) {
  constexpr std::array<std::string_view, 5> kTypes = {"boolean", "date", "integer", "number",
                                                      "string"};
  constexpr std::array<std::string_view, 8> kFormats = {"byte",  "date",  "date-time", "double",
                                                        "float", "int32", "int64",     "password"};
  const auto at = [&](std::string_view name) { return child_path(path, name); };
  if (text_in(column, "name").empty()) out.push_back(required_value(at("name")));
  const auto type = text_in(column, "type");
  const std::string types = fmt::format("must be one of {}", fmt::join(kTypes, ","));
  if (type.empty())
    out.push_back(required_value(at("type"), types));
  else if (std::ranges::find(kTypes, type) == kTypes.end())
    out.push_back(invalid_value(at("type"), json::value(type), types));
  const auto format = text_in(column, "format");
  if (!format.empty() && std::ranges::find(kFormats, format) == kFormats.end())
    out.push_back(invalid_value(at("format"), json::value(format),
                                fmt::format("must be one of {}", fmt::join(kFormats, ","))));
  const auto json_path = text_in(column, "jsonPath");
  if (json_path.empty())
    out.push_back(required_value(at("JSONPath")));
  else
    check_simple_path(json_path, at("JSONPath"), out);
}

void check_scale(const json::object& subresources, const std::string& path, Problems& out) {
  const auto* value = value_in(subresources, "scale");
  if (value == nullptr || !value->is_object()) return;
  const json::object& scale = value->get_object();
  const auto check = [&](std::string_view name, bool required,
                         const std::vector<std::string_view>& roots, std::string_view detail) {
    const std::string at = fmt::format("{}.scale.{}", path, name);
    const auto text = text_in(scale, name);
    if (text.empty()) {
      if (required) out.push_back(required_value(at));
      return;
    }
    const std::size_t before = out.size();
    check_simple_path(text, at, out);
    const auto under = [&](std::string_view root) { return text.starts_with(root); };
    if (out.size() == before && std::ranges::none_of(roots, under))
      out.push_back(invalid_value(at, json::value(text), std::string(detail)));
  };
  check("specReplicasPath", true, {".spec."}, "should be a json path under .spec");
  check("statusReplicasPath", true, {".status."}, "should be a json path under .status");
  check("labelSelectorPath", false, {".spec.", ".status."},
        "should be a json path under either .spec or .status");
}

void check_selectable(const json::array& fields, const json::object& schema,
                      const std::string& path, Problems& out) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].is_object()) continue;
    const std::string at = child_path(index_path(path, i), "jsonPath");
    const auto field = text_in(fields[i].get_object(), "jsonPath");
    const json::value shown(field);
    if (field.empty()) {
      out.push_back(required_value(at));
      continue;
    }
    const auto found = follow_field_path(schema, field, false);
    if (!found) {
      out.push_back(invalid_value(at, shown, "is an invalid path: " + found.error().message));
      continue;
    }
    if (field == ".metadata" || field.starts_with(".metadata."))
      out.push_back(invalid_value(at, shown, "must not point to fields in metadata"));
    const auto type = text_in(**found, "type");
    if (type != "string" && type != "boolean" && type != "integer")
      out.push_back(invalid_value(at, shown,
                                  "must point to a field of type string, boolean or integer. Enum "
                                  "string fields and strings with formats are allowed."));
    if (!seen.insert(field).second) out.push_back(duplicate_value(at, shown));
  }
  if (seen.size() > kSelectableFieldsMax)
    out.push_back(too_many_values(path, static_cast<std::int64_t>(seen.size()),
                                  static_cast<std::int64_t>(kSelectableFieldsMax)));
}

void check_deprecation(const json::object& version, const std::string& path, Problems& out) {
  const auto* warning = value_in(version, "deprecationWarning");
  if (warning == nullptr || !warning->is_string()) return;
  const std::string at = child_path(path, "deprecationWarning");
  const std::string_view text = warning->get_string();
  const auto add = [&](std::string detail) {
    out.push_back(invalid_value(at, *warning, std::move(detail)));
  };
  if (!true_in(version, "deprecated")) {
    add("can only be set for deprecated versions");
    return;
  }
  if (text.size() > kDeprecationWarningMax) add("must be <= 256 characters long");
  if (text.empty()) add("must not be an empty string");
  const auto odd = std::ranges::find_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (odd != text.end())
    add(
        fmt::format("must only contain printable UTF-8 characters; non-printable character found "
                    "at index {}",
                    odd - text.begin()));
}

// One field of all versions: at the top when all have the same, else under each version.
class VersionField {
 public:
  VersionField(const json::array& versions, std::string_view name) : name_(name) {
    const auto* first = field_of(versions, 0);
    shared_ = first != nullptr;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const auto* value = field_of(versions, i);
      values_.push_back(value);
      shared_ = shared_ && value != nullptr && equal_json(*first, *value);
    }
  }

  [[nodiscard]] bool shared() const { return shared_; }

  // Calls `use(value, path)` for each value to be checked; `top` is its name under spec.
  template <class Use>
  void each(std::string_view top, const Use& use) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i] == nullptr) continue;
      use(*values_[i],
          shared_ ? child_path("spec", top) : child_path(index_path("spec.versions", i), name_));
      if (shared_) return;
    }
  }

 private:
  [[nodiscard]] const json::value* field_of(const json::array& versions, std::size_t i) const {
    return i < versions.size() && versions[i].is_object()
               ? value_in(versions[i].get_object(), name_)
               : nullptr;
  }

  std::string_view name_;
  std::vector<const json::value*> values_;
  bool shared_ = false;
};

struct VersionFields {
  explicit VersionFields(const json::array& versions)
      : schema(versions, "schema"),
        subresources(versions, "subresources"),
        columns(versions, "additionalPrinterColumns"),
        selectable(versions, "selectableFields") {}

  VersionField schema;
  VersionField subresources;
  VersionField columns;
  VersionField selectable;
};

// Versions as Go prints its internal struct.
std::string shown_versions(const json::array& versions, const VersionFields& fields) {
  std::vector<std::string> out;
  for (const auto& element : versions) {
    if (!element.is_object()) continue;
    const json::object& version = element.get_object();
    const auto shown = [&](std::string_view name, bool shared) {
      const auto* value = value_in(version, name);
      return value == nullptr || shared ? std::string("null") : go_json(*value);
    };
    out.push_back(fmt::format(
        "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},"
        "\"Schema\":{},\"Subresources\":{},\"AdditionalPrinterColumns\":{},\"SelectableFields\":{}}"
        "}",
        go_json(json::value(text_in(version, "name"))), true_in(version, "served"),
        true_in(version, "storage"), true_in(version, "deprecated"),
        shown("deprecationWarning", false), shown("schema", fields.schema.shared()),
        shown("subresources", fields.subresources.shared()),
        shown("additionalPrinterColumns", fields.columns.shared()),
        shown("selectableFields", fields.selectable.shared())));
  }
  return fmt::format("[{}]", fmt::join(out, ","));
}

std::vector<std::string> formats_of(const json::object& crd) {
  std::vector<std::string> out;
  const json::array& versions = array_in(object_in(crd, "spec"), "versions");
  VersionField(versions, "schema").each("", [&](const json::value& value, const std::string&) {
    if (!value.is_object()) return;
    auto found = unknown_formats(object_in(value.get_object(), "openAPIV3Schema"));
    std::ranges::move(found, std::back_inserter(out));
  });
  return out;
}

}  // namespace

void check_versions(const json::array& versions, Problems& out) {
  const VersionFields fields(versions);
  std::set<std::string_view> names;
  std::size_t storage = 0;
  bool unique = true;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (!versions[i].is_object()) continue;
    const json::object& version = versions[i].get_object();
    const std::string path = index_path("spec.versions", i);
    const auto name = text_in(version, "name");
    storage += true_in(version, "storage") ? 1 : 0;
    unique = names.insert(name).second && unique;
    if (const auto errors = dns1035_label_errors(name); !errors.empty()) {
      const json::value shown(name);
      const std::string detail = fmt::format("{}", fmt::join(errors, ","));
      out.push_back(invalid_value(child_path(path, "name"), shown, detail));
      if (i == 0 && !name.empty()) out.push_back(invalid_value("spec.version", shown, detail));
    }
    if (value_in(object_in(version, "schema"), "openAPIV3Schema") == nullptr)
      out.push_back(required_value(path + ".schema.openAPIV3Schema"));
    check_deprecation(version, path, out);
  }
  const auto add = [&](std::string detail) {
    auto problem = invalid_value("spec.versions", json::value(), std::move(detail));
    problem.value = shown_versions(versions, fields);
    out.push_back(std::move(problem));
  };
  if (!unique) add("must contain unique version names");
  if (storage != 1) add("must have exactly one version marked as storage version");
}

void check_version_fields(const json::array& versions, kube::Verdict& out) {
  const VersionFields fields(versions);
  Problems& problems = out.problems;
  const bool any_status = std::ranges::any_of(versions, [](const json::value& version) {
    return version.is_object() &&
           value_in(object_in(version.get_object(), "subresources"), "status") != nullptr;
  });
  fields.schema.each("validation", [&](const json::value& value, const std::string& path) {
    const auto* holder = value.if_object();
    const auto* schema = holder == nullptr ? nullptr : value_in(*holder, "openAPIV3Schema");
    if (schema == nullptr || !schema->is_object()) return;
    kube::Verdict found = check_crd_schema(
        schema->get_object(), path, any_status ? StatusSubresource::kOn : StatusSubresource::kOff);
    append(problems, std::move(found.problems));
    std::ranges::move(found.warnings, std::back_inserter(out.warnings));
  });
  fields.subresources.each("subresources", [&](const json::value& value, const std::string& path) {
    if (value.is_object()) check_scale(value.get_object(), path, problems);
  });
  fields.columns.each("additionalPrinterColumns",
                      [&](const json::value& value, const std::string& path) {
                        if (!value.is_array()) return;
                        const json::array& columns = value.get_array();
                        for (std::size_t i = 0; i < columns.size(); ++i)
                          if (columns[i].is_object())
                            check_column(columns[i].get_object(), index_path(path, i), problems);
                      });
  const json::object& first =
      versions.empty() || !versions[0].is_object() ? object_in({}, "") : versions[0].get_object();
  fields.selectable.each("selectableFields", [&](const json::value& value,
                                                 const std::string& path) {
    if (value.is_array())
      check_selectable(value.get_array(), object_in(object_in(first, "schema"), "openAPIV3Schema"),
                       path, problems);
  });
}

void add_format_warnings(const json::object& crd, const json::object* old, kube::Verdict& out) {
  const auto known = old == nullptr ? std::vector<std::string>() : formats_of(*old);
  for (const auto& format : formats_of(crd))
    if (std::ranges::find(known, format) == known.end())
      out.warnings.push_back(fmt::format("unrecognized format {}", go_quote(format)));
}

}  // namespace dynamod::apiserver
