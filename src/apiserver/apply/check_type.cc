// Whether a value is of its type.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/apply/typed_value.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

// The wrapper that Go prints around a value.
std::string wrapped(const json::value& value) {
  return fmt::format("&{{{}}}", kube::go_text(value));
}

// Go's %#v.
std::string go_source(const json::value& value) {
  if (value.is_null()) return "interface {}(nil)";
  if (value.is_string()) return kube::go_quote(value.get_string());
  std::vector<std::string> parts;
  if (const json::array* list = value.if_array())
    for (const json::value& element : *list) parts.push_back(go_source(element));
  if (const json::object* map = value.if_object())
    for (const auto& [name, field] : *map)
      parts.push_back(kube::go_quote(name) + ":" + go_source(field));
  if (value.is_object()) std::ranges::sort(parts);
  const bool is_basic = !value.is_object() && !value.is_array();
  return is_basic ? kube::go_text(value)
                  : fmt::format("{}{{{}}}", kube::go_type(value), fmt::join(parts, ", "));
}

std::string wrapped_in_full(const json::value& value) {
  return fmt::format("&value.valueUnstructured{{Value:{}}}", go_source(value));
}

class Check {
 public:
  explicit Check(Duplicates duplicates) : duplicates_(duplicates) {}

  [[nodiscard]] Result<> result() const { return problems_.result(); }

  void value(const json::value& value, const TypeRef& type) {
    const Atom atom = type.atom_of(&value);
    if (atom.map)
      map(value, atom);
    else if (atom.scalar != ScalarType::kNone)
      scalar(value, atom);
    else if (atom.list)
      list(value, atom);
    else
      problems_.add(path_, "schema error: invalid atom: inlined");
  }

 private:
  void scalar(const json::value& value, const Atom& atom) {
    if (const auto checked = check_scalar(atom.scalar, &value, ""); !checked)
      problems_.add(path_, checked.error().message);
  }

  void map(const json::value& value, const Atom& atom) {
    if (value.is_null()) return;
    if (!value.is_object()) {
      problems_.add(path_, "expected map, got " + wrapped(value));
      return;
    }
    for (const auto& [name, field] : value.get_object()) {
      const TypeRef type = atom.field(name);
      path_.push_back(PathElement::field(name));
      if (type.declared())
        this->value(field, type);
      else
        problems_.add(path_, "field not declared in schema");
      path_.pop_back();
      if (!type.declared()) return;
    }
  }

  void list(const json::value& value, const Atom& atom) {
    if (value.is_null()) return;
    if (!value.is_array()) {
      problems_.add(path_, "expected list, got " + wrapped(value));
      return;
    }
    std::set<PathElement> seen;
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      const json::value& item = value.get_array()[i];
      Result<PathElement> element = PathElement{ElementIndex{static_cast<std::int64_t>(i)}};
      if (atom.list == Relation::kMerged) element = atom.element(item);
      if (!element) {
        problems_.add(path_, fmt::format("element {}: {}", i, element.error().message));
        return;
      }
      const bool is_new = seen.insert(*element).second;
      if (!is_new && duplicates_ == Duplicates::kRefuse)
        problems_.add(path_, "duplicate entries for key " + element->text());
      path_.push_back(*std::move(element));
      this->value(item, atom.items());
      path_.pop_back();
    }
  }

  Duplicates duplicates_;
  FieldPath path_ = {};
  TypeProblems problems_ = {};
};

}  // namespace

void TypeProblems::add(const FieldPath& path, std::string_view text) {
  const std::string where = path_text(path);
  problems_.push_back(where.empty() ? std::string(text) : fmt::format("{}: {}", where, text));
}

Result<> TypeProblems::result() const {
  if (problems_.empty()) return {};
  if (problems_.size() == 1) return fail(Error::Kind::kInvalid, problems_.front());
  std::string text = "errors:";
  for (const std::string& problem : problems_) text.append("\n  ").append(problem);
  return fail(Error::Kind::kInvalid, std::move(text));
}

Result<> check_scalar(ScalarType type, const json::value* value, std::string_view prefix) {
  if (!value || value->is_null()) return {};
  const bool is_scalar = !value->is_object() && !value->is_array();
  std::string text;
  switch (type) {
    case ScalarType::kNumeric:
      if (value->is_number()) return {};
      text = fmt::format("expected numeric (int or float), got {}", kube::go_type(*value));
      break;
    case ScalarType::kString:
      if (value->is_string()) return {};
      text = "expected string, got " + wrapped_in_full(*value);
      break;
    case ScalarType::kBoolean:
      if (value->is_bool()) return {};
      text = "expected boolean, got " + wrapped(*value);
      break;
    case ScalarType::kUntyped:
    case ScalarType::kNone:
      if (is_scalar) return {};
      text = "expected any scalar, got " + wrapped(*value);
      break;
  }
  return fail(Error::Kind::kInvalid, fmt::format("{}{}", prefix, text));
}

Result<> check_type(const json::value& value, const TypeRef& type, Duplicates duplicates) {
  Check check(duplicates);
  check.value(value, type);
  return check.result();
}

}  // namespace dynamod::apiserver
