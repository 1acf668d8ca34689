// A small parser over bytes, matching and printing.
#include "kube/selector.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dynamod::kube {

namespace {

using Operator = LabelRequirement::Operator;

constexpr std::size_t kLabelNameMax = 63;
constexpr std::size_t kLabelPrefixMax = 253;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_word_byte(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLabelNameMax && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::ranges::all_of(text, is_word_byte);
}

bool is_dns_part(std::string_view part) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !part.empty() && part.front() != '-' && part.back() != '-' &&
         std::ranges::all_of(part, legal);
}

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > kLabelPrefixMax) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_dns_part(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// Tokens are words (keys, values, `in`, `notin`) and the marks `,` `(` `)` `!` `=` `==` `!=`.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<LabelRequirement>> parse() {
    std::vector<LabelRequirement> requirements;
    if (at_end()) return requirements;
    while (true) {
      TRY(auto requirement, parse_requirement());
      requirements.push_back(std::move(requirement));
      if (at_end()) return requirements;
      if (!take(",")) return wrong("',' or the end");
    }
  }

 private:
  Result<LabelRequirement> parse_requirement() {
    const bool absent = take("!");
    TRY(std::string key, parse_key());
    if (absent) return LabelRequirement{std::move(key), Operator::kDoesNotExist, {}};
    if (take("!=")) return parse_value(std::move(key), Operator::kNotIn);
    if (take("==") || take("=")) return parse_value(std::move(key), Operator::kIn);
    if (take_word("in")) return parse_set(std::move(key), Operator::kIn);
    if (take_word("notin")) return parse_set(std::move(key), Operator::kNotIn);
    return LabelRequirement{std::move(key), Operator::kExists, {}};
  }

  Result<std::string> parse_key() {
    skip_blanks();
    const auto is_key_byte = [](char c) { return is_word_byte(c) || c == '/'; };
    const std::string_view key = peek_while(is_key_byte);
    if (!is_label_key(key)) return wrong("a label key such as app or example.com/app");
    at_ += key.size();
    return std::string(key);
  }

  Result<LabelRequirement> parse_value(std::string key, Operator op) {
    TRY(std::string value, parse_word());
    return LabelRequirement{std::move(key), op, {std::move(value)}};
  }

  Result<LabelRequirement> parse_set(std::string key, Operator op) {
    if (!take("(")) return wrong("'('");
    LabelRequirement requirement{std::move(key), op, {}};
    do {
      TRY(std::string value, parse_word());
      requirement.values.push_back(std::move(value));
    } while (take(","));
    if (!take(")")) return wrong("',' or ')'");
    std::ranges::sort(requirement.values);
    const auto twice = std::ranges::unique(requirement.values);
    requirement.values.erase(twice.begin(), twice.end());
    return requirement;
  }

  // May be empty: a label's value may be.
  Result<std::string> parse_word() {
    skip_blanks();
    const std::string_view word = peek_while(is_word_byte);
    if (!is_label_value(word))
      return wrong("a label value of at most 63 letters, digits, '-', '_' and '.'");
    at_ += word.size();
    return std::string(word);
  }

  bool take(std::string_view mark) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(mark)) return false;
    at_ += mark.size();
    return true;
  }

  bool take_word(std::string_view word) {
    skip_blanks();
    if (peek_while(is_word_byte) != word) return false;
    at_ += word.size();
    return true;
  }

  template <class Predicate>
  std::string_view peek_while(Predicate predicate) const {
    const std::string_view rest = text_.substr(at_);
    const auto end = std::ranges::find_if_not(rest, predicate);
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  std::unexpected<Error> wrong(std::string_view wanted) const {
    return fail(Error::Kind::kBadRequest,
                fmt::format("label selector: expected {} at byte {}", wanted, at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string requirement_text(const LabelRequirement& requirement) {
  const auto& [key, op, values] = requirement;
  const bool one = values.size() == 1;
  switch (op) {
    case Operator::kExists:
      return key;
    case Operator::kDoesNotExist:
      return "!" + key;
    case Operator::kIn:
      return one ? key + "=" + values[0] : fmt::format("{} in ({})", key, fmt::join(values, ","));
    case Operator::kNotIn:
      return one ? key + "!=" + values[0]
                 : fmt::format("{} notin ({})", key, fmt::join(values, ","));
  }
  return key;
}

}  // namespace

bool LabelRequirement::matches(const Labels& labels) const {
  const auto found = labels.find(key);
  const bool there = found != labels.end();
  const bool named = there && std::ranges::binary_search(values, found->second);
  switch (op) {
    case Operator::kExists:
      return there;
    case Operator::kDoesNotExist:
      return !there;
    case Operator::kIn:
      return named;
    case Operator::kNotIn:
      return !named;  // an absent label is in no set
  }
  return false;
}

LabelSelector::LabelSelector(std::vector<LabelRequirement> requirements)
    : requirements_(std::move(requirements)) {
  std::ranges::sort(requirements_);
}

LabelSelector LabelSelector::equals(std::string_view key, std::string_view value) {
  DYN_ASSERT(is_label_key(key) && is_label_value(value));
  return LabelSelector({{std::string(key), Operator::kIn, {std::string(value)}}});
}

LabelSelector LabelSelector::exists(std::string_view key) {
  DYN_ASSERT(is_label_key(key));
  return LabelSelector({{std::string(key), Operator::kExists, {}}});
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const LabelRequirement& requirement) {
    return requirement.matches(labels);
  });
}

std::string LabelSelector::text() const {
  std::vector<std::string> texts;
  for (const auto& requirement : requirements_) texts.push_back(requirement_text(requirement));
  return fmt::format("{}", fmt::join(texts, ","));
}

Result<LabelSelector> parse_label_selector(std::string_view text) {
  TRY(auto requirements, Parser(text).parse());
  return LabelSelector(std::move(requirements));
}

bool is_label_key(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  return is_dns_subdomain(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) {
  return text.empty() || is_name(text);
}

}  // namespace dynamod::kube
