// Defaults and status of CustomResourceDefinitions.
#include "apiserver/validation/crd_object.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/validation/go_value.h"
#include "apiserver/validation/schema_node.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

json::object& object_at(json::object& object, std::string_view name) {
  json::value& value = object[name];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

std::string_view storage_version_of(const json::object& crd) {
  for (const auto& version : array_in(object_in(crd, "spec"), "versions"))
    if (version.is_object() && true_in(version.get_object(), "storage"))
      return text_in(version.get_object(), "name");
  return {};
}

void add_stored_version(json::object& crd) {
  const std::string_view name = storage_version_of(crd);
  if (name.empty()) return;
  json::value& stored = object_at(crd, "status")["storedVersions"];
  if (!stored.is_array()) stored.emplace_array();
  const auto same = [&](const json::value& v) {
    return v.is_string() && std::string_view(v.get_string()) == name;
  };
  if (std::ranges::none_of(stored.get_array(), same)) stored.get_array().emplace_back(name);
}

struct Condition {
  std::string_view type;
  bool status = false;
  std::string reason;
  std::string message;
};

json::object* find_condition(json::array& conditions, std::string_view type) {
  for (auto& condition : conditions)
    if (condition.is_object() && text_in(condition.get_object(), "type") == type)
      return &condition.get_object();
  return nullptr;
}

// The time changes only with the status.
void set_condition(json::object& status, const Condition& wanted, WallTime now) {
  json::value& held = status["conditions"];
  if (!held.is_array()) held.emplace_array();
  json::object* condition = find_condition(held.get_array(), wanted.type);
  const std::string_view word = wanted.status ? "True" : "False";
  if (condition == nullptr) {
    held.get_array().emplace_back(json::object{{"lastTransitionTime", format_time(now)},
                                               {"message", wanted.message},
                                               {"reason", wanted.reason},
                                               {"status", word},
                                               {"type", wanted.type}});
    return;
  }
  if (text_in(*condition, "status") != word) (*condition)["lastTransitionTime"] = format_time(now);
  (*condition)["status"] = word;
  (*condition)["reason"] = wanted.reason;
  (*condition)["message"] = wanted.message;
}

void remove_condition(json::object& status, std::string_view type) {
  json::value& held = status["conditions"];
  if (!held.is_array()) return;
  json::array kept;
  for (auto& condition : held.get_array())
    if (!condition.is_object() || text_in(condition.get_object(), "type") != type)
      kept.push_back(std::move(condition));
  held = std::move(kept);
}

// Accepts the names that are free, one by one; the condition tells of the last that is not.
class Naming {
 public:
  Naming(const json::object& wanted, const json::object& accepted, const NameTaken& taken)
      : wanted_(wanted), accepted_(accepted), taken_(taken), out_(accepted) {
    accept("plural", "PluralConflict", NameClaim::Field::kResource);
    accept("singular", "SingularConflict", NameClaim::Field::kResource);
    accept_short_names();
    accept("kind", "KindConflict", NameClaim::Field::kKind);
    accept("listKind", "ListKindConflict", NameClaim::Field::kKind);
    out_.erase("categories");
    if (const auto* categories = value_in(wanted, "categories")) out_["categories"] = *categories;
  }

  [[nodiscard]] const Condition& condition() const { return condition_; }

  json::object take_names() && { return std::move(out_); }

 private:
  void refuse(std::string_view reason, std::string message) {
    condition_ = {"NamesAccepted", false, std::string(reason), std::move(message)};
  }

  void accept(std::string_view field, std::string_view reason, NameClaim::Field kind) {
    const auto name = text_in(wanted_, field);
    const bool held = name == text_in(accepted_, field);
    if (!held && taken_({.field = kind, .name = name}))
      refuse(reason, fmt::format("{} is already in use", go_quote(name)));
    else
      out_[field] = name;
  }

  void accept_short_names() {
    const auto held = texts_in(accepted_, "shortNames");
    std::vector<std::string> errors;
    for (const auto& name : texts_in(wanted_, "shortNames"))
      if (std::ranges::find(held, name) == held.end() &&
          taken_({.field = NameClaim::Field::kResource, .name = name}))
        errors.push_back(fmt::format("{} is already in use", go_quote(name)));
    if (!errors.empty()) {
      refuse("ShortNamesConflict",
             errors.size() == 1 ? errors.front() : fmt::format("[{}]", fmt::join(errors, ", ")));
      return;
    }
    out_.erase("shortNames");
    if (const auto* names = value_in(wanted_, "shortNames")) out_["shortNames"] = *names;
  }

  const json::object& wanted_;
  const json::object& accepted_;
  const NameTaken& taken_;
  json::object out_;
  Condition condition_ = {"NamesAccepted", true, "NoConflicts", "no conflicts found"};
};

// Rules and patterns of all versions that this server leaves out.
std::vector<std::string> unusable_rules(const json::object& crd) {
  std::vector<std::string> out;
  for (const auto& version : array_in(object_in(crd, "spec"), "versions")) {
    if (!version.is_object()) continue;
    const json::object& schema =
        object_in(object_in(version.get_object(), "schema"), "openAPIV3Schema");
    for (const auto& text : compile_schema(schema)->unusable)
      out.push_back(fmt::format("{}: {}", text_in(version.get_object(), "name"),
                                text.substr(0, text.find('\n'))));
  }
  return out;
}

// How much of the list a condition shows.
constexpr std::size_t kShownRulesMax = 5;

}  // namespace

void default_crd(json::object& crd) {
  json::object& spec = object_at(crd, "spec");
  json::object& names = object_at(spec, "names");
  const std::string kind(text_in(names, "kind"));
  if (text_in(names, "singular").empty()) {
    std::string singular = kind;
    for (char& c : singular)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    names["singular"] = singular;
  }
  if (text_in(names, "listKind").empty() && !kind.empty()) names["listKind"] = kind + "List";
  if (value_in(spec, "conversion") == nullptr)
    spec["conversion"] = json::object{{"strategy", "None"}};
  if (auto* webhook = object_at(spec, "conversion").if_contains("webhook");
      webhook != nullptr && webhook->is_object()) {
    auto* config = webhook->get_object().if_contains("clientConfig");
    auto* service = config != nullptr && config->is_object()
                        ? config->get_object().if_contains("service")
                        : nullptr;
    constexpr int kHttps = 443;
    if (service != nullptr && service->is_object() &&
        value_in(service->get_object(), "port") == nullptr)
      service->get_object()["port"] = kHttps;
  }
  if (array_in(object_in(crd, "status"), "storedVersions").empty()) add_stored_version(crd);
}

void prepare_crd_create(json::object& crd) {
  crd["status"] = json::object{{"conditions", nullptr},
                               {"acceptedNames", json::object{{"plural", ""}, {"kind", ""}}}};
  object_at(crd, "metadata")["generation"] = 1;
  add_stored_version(crd);
}

void prepare_crd_update(json::object& crd, const json::object& old) {
  crd.erase("status");
  if (const auto* status = value_in(old, "status")) crd["status"] = *status;
  const auto* generation = value_in(object_in(old, "metadata"), "generation");
  std::int64_t count =
      generation != nullptr && generation->is_int64() ? generation->get_int64() : 0;
  if (!equal_json(object_in(crd, "spec"), object_in(old, "spec"))) ++count;
  object_at(crd, "metadata")["generation"] = count;
  add_stored_version(crd);
}

void prepare_crd_status_update(json::object& crd, const json::object& old) {
  json::object metadata = object_in(old, "metadata");
  const json::object& sent = object_in(crd, "metadata");
  for (const std::string_view name : {"resourceVersion", "managedFields"})
    if (const auto* value = value_in(sent, name)) metadata[name] = *value;
  crd["metadata"] = std::move(metadata);
  crd["spec"] = object_in(old, "spec");
}

json::object crd_status(const json::object& crd, const NameTaken& taken, WallTime now) {
  json::object status = object_in(crd, "status");
  Naming naming(object_in(object_in(crd, "spec"), "names"), object_in(status, "acceptedNames"),
                taken);
  const Condition accepted = naming.condition();
  status["acceptedNames"] = std::move(naming).take_names();
  set_condition(status, accepted, now);
  if (accepted.status)
    set_condition(
        status,
        {"Established", true, "InitialNamesAccepted", "the initial names have been accepted"}, now);
  else if (!crd_condition_true(crd, "Established"))
    set_condition(status, {"Established", false, "NotAccepted", "not all names are accepted"}, now);
  auto unusable = unusable_rules(crd);
  if (unusable.empty()) {
    remove_condition(status, "UnusableRules");
    return status;
  }
  const std::size_t total = unusable.size();
  unusable.resize(std::min(total, kShownRulesMax));
  std::string message = fmt::format("this server does not run: {}", fmt::join(unusable, "; "));
  if (total > kShownRulesMax) message += fmt::format("; and {} more", total - kShownRulesMax);
  set_condition(status, {"UnusableRules", true, "UnsupportedExpression", std::move(message)}, now);
  return status;
}

bool crd_condition_true(const json::object& crd, std::string_view type) {
  return std::ranges::any_of(
      array_in(object_in(crd, "status"), "conditions"), [&](const json::value& condition) {
        return condition.is_object() && text_in(condition.get_object(), "type") == type &&
               text_in(condition.get_object(), "status") == "True";
      });
}

void set_crd_terminating(json::object& crd, std::string_view reason, std::string_view message,
                         WallTime now) {
  set_condition(object_at(crd, "status"),
                {"Terminating", true, std::string(reason), std::string(message)}, now);
}

}  // namespace dynamod::apiserver
