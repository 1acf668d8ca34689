// One walk finds unknown fields and, if asked, removes them: so a warning and the pruning never
// differ.
#include "kube/schema/prune.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

bool is_meta(std::string_view name) {
  return name == "apiVersion" || name == "kind" || name == "metadata";
}

// Of a value no schema speaks of: no field of it is known.
const Schema kNothing = {};

enum class Action : std::uint8_t { kFind, kRemove };

class Pruner {
 public:
  Pruner(Action action, bool record) : action_(action), record_(record) {}

  // `value` is only written to under kRemove. `keep`: unknown fields of it stay.
  void visit(json::value& value, const Schema& schema, bool keep);
  void visit_object(json::object& object, const Schema& schema, bool embedded, bool keep);

  std::vector<std::string> take() { return std::move(found_); }

 private:
  void visit_field(json::key_value_pair& field, const Schema& schema);
  void visit_items(json::array& items, const Schema& schema, bool keep);
  void found(std::string_view name);

  Action action_;
  bool record_;
  std::string path_;
  std::vector<std::string> found_;
};

void Pruner::visit(json::value& value, const Schema& schema, bool keep) {
  if (auto* object = value.if_object())
    return visit_object(*object, schema, schema.embedded_resource, keep);
  if (auto* array = value.if_array()) visit_items(*array, schema, keep);
}

void Pruner::visit_object(json::object& object, const Schema& schema, bool embedded, bool keep) {
  std::vector<std::string> unknown;
  for (auto& field : object) {
    const std::string_view name = field.key();
    if (embedded && is_meta(name)) continue;
    if (const auto* known = schema.field(name)) {
      visit_field(field, *known);
    } else if (!keep) {
      found(name);
      if (action_ == Action::kRemove) unknown.emplace_back(name);
    }
  }
  if (unknown.size() == object.size()) return object.clear();
  // stable_erase keeps the order, at the cost of moving the rest; unknown fields are few.
  for (const auto& name : unknown) object.stable_erase(object.find(name));
}

void Pruner::visit_field(json::key_value_pair& field, const Schema& schema) {
  if (!field.value().is_structured()) return;
  const auto length = path_.size();
  if (record_) {
    if (!path_.empty()) path_ += '.';
    path_ += std::string_view(field.key());
  }
  visit(field.value(), schema, schema.preserve_unknown_fields);
  path_.resize(length);
}

// A list that preserves unknown fields does so for its elements, whatever their own schema says.
void Pruner::visit_items(json::array& items, const Schema& schema, bool keep) {
  if (!schema.items && keep) return;
  const auto& element_schema = schema.items ? *schema.items : kNothing;
  const auto length = path_.size();
  std::size_t index = 0;
  for (auto& element : items) {
    if (record_) path_ += fmt::format("[{}]", index++);
    visit(element, element_schema, keep || element_schema.preserve_unknown_fields);
    path_.resize(length);
  }
}

void Pruner::found(std::string_view name) {
  if (record_)
    found_.push_back(path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name));
}

std::vector<std::string> run(Action action, json::object& object, const Schema& schema) {
  const bool custom = schema.source != nullptr;
  Pruner pruner(action, /*record=*/true);
  pruner.visit_object(object, schema, custom, schema.preserve_unknown_fields);
  auto paths = pruner.take();
  if (custom) std::ranges::sort(paths);
  return paths;
}

}  // namespace

std::vector<std::string> prune(json::object& object, const Schema& schema) {
  return run(Action::kRemove, object, schema);
}

std::vector<std::string> unknown_fields(const json::object& object, const Schema& schema) {
  // kFind writes nothing: one walk serves both.
  return run(Action::kFind, const_cast<json::object&>(object), schema);
}

void prune_part(json::value& part, const Schema& schema) {
  Pruner(Action::kRemove, /*record=*/false).visit(part, schema, schema.preserve_unknown_fields);
}

}  // namespace dynamod::kube
