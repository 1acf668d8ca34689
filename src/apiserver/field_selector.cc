// k8s.io/apimachinery/pkg/fields is the model for what is legal.
#include "apiserver/field_selector.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace dynamod::apiserver {

namespace {

using Operator = FieldRequirement::Operator;

constexpr std::string_view kName = "metadata.name";
constexpr std::string_view kNamespace = "metadata.namespace";

std::string_view value_of(const StoredObject& object, std::string_view field) {
  if (field == kName) return object.key.name;
  if (field == kNamespace) return object.key.ns;
  const auto found = std::ranges::find(
      object.fields, field, [](const auto& entry) { return std::string_view(entry.first); });
  return found == object.fields.end() ? std::string_view() : std::string_view(found->second);
}

// Splits at commas that no backslash quotes.
std::vector<std::string_view> terms_of(std::string_view text) {
  std::vector<std::string_view> terms;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == ',') {
      terms.push_back(text.substr(start, i - start));
      start = i + 1;
    }
  }
  if (start < text.size()) terms.push_back(text.substr(start));
  return terms;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size()) return std::nullopt;
      if (text[i] != '\\' && text[i] != ',' && text[i] != '=') return std::nullopt;
    } else if (text[i] == '=' || text[i] == ',') {
      return std::nullopt;
    }
    out += text[i];
  }
  return out;
}

Result<FieldRequirement> parse_term(std::string_view term) {
  const auto bad = [&] {
    return fail(Error::Kind::kBadRequest,
                fmt::format("invalid selector: '{}'; can't understand '{}'", term, term));
  };
  const auto equals = term.find('=');
  if (equals == std::string_view::npos) return bad();
  FieldRequirement requirement;
  std::string_view field = term.substr(0, equals);
  std::string_view value = term.substr(equals + 1);
  if (field.ends_with('!')) {
    field.remove_suffix(1);
    requirement.op = Operator::kNotEqual;
  } else if (value.starts_with('=')) {
    value.remove_prefix(1);
  }
  auto plain = unescape(value);
  if (!plain) return bad();
  requirement.field = field;
  requirement.value = *std::move(plain);
  return requirement;
}

}  // namespace

bool FieldSelector::matches(const StoredObject& object) const {
  return std::ranges::all_of(requirements_, [&](const FieldRequirement& each) {
    return (value_of(object, each.field) == each.value) == (each.op == Operator::kEqual);
  });
}

std::string_view FieldSelector::name() const {
  for (const auto& each : requirements_)
    if (each.field == kName && each.op == Operator::kEqual) return each.value;
  return {};
}

Result<FieldSelector> parse_field_selector(std::string_view text) {
  std::vector<FieldRequirement> requirements;
  for (const std::string_view term : terms_of(text)) {
    if (term.empty()) continue;
    TRY(auto requirement, parse_term(term));
    requirements.push_back(std::move(requirement));
  }
  return FieldSelector(std::move(requirements));
}

Result<> check_fields(const FieldSelector& selector, const std::vector<std::string>& known) {
  for (const auto& each : selector.requirements()) {
    if (each.field == kName || each.field == kNamespace) continue;
    if (std::ranges::find(known, each.field) == known.end())
      return fail(Error::Kind::kBadRequest,
                  known.empty() ? fmt::format("\"{}\" is not a known field selector: only "
                                              "\"metadata.name\", \"metadata.namespace\"",
                                              each.field)
                                : fmt::format("field label not supported: {}", each.field));
  }
  return {};
}

}  // namespace dynamod::apiserver
