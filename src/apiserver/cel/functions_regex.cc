// Regular expressions: RE2, as Kubernetes' are.
#include <array>
#include <memory>

#include <re2/re2.h>

#include "apiserver/cel/functions.h"

namespace dynamod::apiserver::cel {

namespace {

using Style = Function::Style;

// The text of the call and its pattern, compiled by the parser when it is a literal.
struct Match {
  std::string_view text;
  const re2::RE2* regex = nullptr;
  std::unique_ptr<re2::RE2> own = nullptr;
};

// A Failure in `trouble` when there is no match to try.
Match prepare(const Call& call, Value& trouble) {
  Match match;
  const auto* text = call.args[0].get<std::string>();
  const auto* pattern = call.args[1].get<std::string>();
  if (text == nullptr || pattern == nullptr) {
    trouble = no_such_overload();
    return match;
  }
  match.text = *text;
  match.regex = call.regex;
  if (match.regex == nullptr) {
    match.own = std::make_unique<re2::RE2>(*pattern, re2::RE2::Quiet);
    match.regex = match.own.get();
  }
  if (!match.regex->ok()) trouble = error_value("error parsing regexp: " + match.regex->error());
  // RE2 is linear in text times pattern.
  else if (!call.meter.spend(1 + ((1 + text->size() / 10) * (1 + pattern->size() / 4))))
    trouble = no_such_overload();
  return match;
}

Value matches(const Call& call) {
  Value trouble = Null{};
  const Match match = prepare(call, trouble);
  if (trouble.failed()) return trouble;
  return re2::RE2::PartialMatch(match.text, *match.regex);
}

Value find(const Call& call) {
  Value trouble = Null{};
  const Match match = prepare(call, trouble);
  if (trouble.failed()) return trouble;
  re2::StringPiece found;
  const re2::StringPiece text(match.text.data(), match.text.size());
  if (!match.regex->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &found, 1))
    return std::string();
  return std::string(found.data(), found.size());
}

Value find_all(const Call& call) {
  Value trouble = Null{};
  const Match match = prepare(call, trouble);
  if (trouble.failed()) return trouble;
  std::int64_t left = -1;
  if (call.args.size() == 3) {
    const auto* limit = call.args[2].get<std::int64_t>();
    if (limit == nullptr) return no_such_overload();
    left = *limit;
  }
  std::vector<Value> out;
  const re2::StringPiece text(match.text.data(), match.text.size());
  for (std::size_t at = 0; left != 0 && at <= text.size(); --left) {
    re2::StringPiece found;
    if (!match.regex->Match(text, at, text.size(), re2::RE2::UNANCHORED, &found, 1)) break;
    if (!call.meter.spend_text(found.size())) return no_such_overload();
    out.emplace_back(std::string(found.data(), found.size()));
    const auto end = static_cast<std::size_t>(found.data() - text.data()) + found.size();
    at = found.empty() ? end + 1 : end;
  }
  return Value::list(std::move(out));
}

constexpr std::array<Function, 4> kFunctions = {{
    {"matches", Style::kMember, 2, 2, matches, 1},
    {"matches", Style::kGlobal, 2, 2, matches, 1},
    {"find", Style::kMember, 2, 2, find, 1},
    {"findAll", Style::kMember, 2, 3, find_all, 1},
}};

}  // namespace

std::span<const Function> regex_functions() {
  return kFunctions;
}

}  // namespace dynamod::apiserver::cel
