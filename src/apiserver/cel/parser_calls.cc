// Calls: functions by their table, and macros, whose arguments see variables of their own.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/cel/parser.h"

namespace dynamod::apiserver::cel {

// receiver.name(variable..., bodies...)
struct Parser::Macro {
  std::string_view name;
  Expr::Kind kind;
  std::size_t variables_max;  // 2: the form with index or key is there too
  std::size_t bodies_min;
  std::size_t bodies_max;
  bool always_two = false;
};

const Parser::Macro* Parser::find_macro(std::string_view name) {
  static constexpr std::array<Macro, 10> kMacros = {{
      {"all", Expr::Kind::kAll, 2, 1, 1},
      {"exists", Expr::Kind::kExists, 2, 1, 1},
      {"exists_one", Expr::Kind::kExistsOne, 2, 1, 1},
      {"existsOne", Expr::Kind::kExistsOne, 2, 1, 1},
      {"filter", Expr::Kind::kFilter, 1, 1, 1},
      {"map", Expr::Kind::kTransform, 1, 1, 2},
      {"transformList", Expr::Kind::kTransform, 2, 1, 2, true},
      {"transformMap", Expr::Kind::kTransformMap, 2, 1, 2, true},
      {"optMap", Expr::Kind::kOptMap, 1, 1, 1},
      {"optFlatMap", Expr::Kind::kOptFlatMap, 1, 1, 1},
  }};
  const auto* found = std::ranges::find(kMacros, name, &Macro::name);
  return found == kMacros.end() ? nullptr : found;
}

Result<std::size_t> Parser::count_arguments() const {
  Lexer ahead = lexer_;
  Token token = token_;
  if (token.is(")")) return 0;
  std::size_t count = 1;
  std::size_t depth = 0;
  while (token.kind != Token::Kind::kEnd) {
    if (token.is("(") || token.is("[") || token.is("[?") || token.is("{")) ++depth;
    if (token.is(")") || token.is("]") || token.is("}")) {
      if (depth == 0) return count;
      --depth;
    }
    if (depth == 0 && token.is(",")) ++count;
    TRY(token, ahead.next());
  }
  return fail_at(token.offset, "Syntax error: mismatched input '<EOF>' expecting ')'");
}

Result<std::vector<ExprPtr>> Parser::arguments() {
  std::vector<ExprPtr> out;
  bool more = !token_.is(")");
  while (more) {
    TRY(ExprPtr argument, expression());
    out.push_back(std::move(argument));
    more = token_.is(",");
    if (more) CHECK_OK(advance());
  }
  CHECK_OK(expect(")"));
  return out;
}

Result<ExprPtr> Parser::global_call(std::string called, std::size_t offset) {
  if (called == "has") return has(offset);
  TRY(auto operands, arguments());
  return call(called, Function::Style::kGlobal, std::move(operands), offset);
}

Result<ExprPtr> Parser::member_call(ExprPtr receiver, std::string called, std::size_t offset) {
  if (const auto* known = find_macro(called)) {
    TRY(const std::size_t count, count_arguments());
    const std::size_t most = known->variables_max + known->bodies_max;
    const std::size_t least = (known->always_two ? 2 : 1) + known->bodies_min;
    if (count >= least && count <= most) return macro(*known, std::move(receiver), offset);
  }
  TRY(auto rest, arguments());
  std::vector<ExprPtr> operands;
  operands.push_back(std::move(receiver));
  std::ranges::move(rest, std::back_inserter(operands));
  return call(called, Function::Style::kMember, std::move(operands), offset);
}

Result<ExprPtr> Parser::has(std::size_t offset) {
  TRY(auto operands, arguments());
  if (operands.size() != 1 || operands[0]->kind != Expr::Kind::kSelect)
    return fail_at(offset, "invalid argument to has() macro");
  operands[0]->kind = Expr::Kind::kHas;
  operands[0]->offset = offset;
  return std::move(operands[0]);
}

Result<std::string> Parser::variable_name() {
  const Token token = token_;
  CHECK_OK(advance());
  if (token.kind != Token::Kind::kIdentifier || !token_.is(","))
    return fail_at(token.offset, "argument must be a simple name");
  if (token.text == "__result__")
    return fail_at(token.offset, "iteration variable overwrites accumulator variable");
  CHECK_OK(advance());
  return token.text;
}

Result<ExprPtr> Parser::macro(const Macro& macro, ExprPtr receiver, std::size_t offset) {
  TRY(const std::size_t count, count_arguments());
  Expr expr{.kind = macro.kind};
  // map(x, condition, e) has three arguments and one variable; all(i, x, e) has two.
  expr.two_variables = macro.always_two || (macro.variables_max == 2 && count == 3);
  expr.slot = kFirstFreeSlot + scopes_.size();
  expr.operands.push_back(std::move(receiver));
  const std::size_t outer = scopes_.size();
  for (std::size_t i = 0; i < (expr.two_variables ? 2 : 1); ++i) {
    TRY(std::string variable, variable_name());
    if (scopes_.size() > outer && scopes_.back().name == variable)
      return fail_at(offset, fmt::format("duplicate variable name: {}", variable));
    scopes_.push_back({std::move(variable), kFirstFreeSlot + scopes_.size()});
  }
  slots_ = std::max(slots_, kFirstFreeSlot + scopes_.size());
  TRY(auto bodies, arguments());
  scopes_.resize(outer);
  if (bodies.size() < macro.bodies_min || bodies.size() > macro.bodies_max)
    return fail_at(offset, fmt::format("found no matching overload for '{}'", macro.name));
  std::ranges::move(bodies, std::back_inserter(expr.operands));
  return finish(std::move(expr), offset);
}

Result<ExprPtr> Parser::call(std::string_view called, Function::Style style,
                             std::vector<ExprPtr> operands, std::size_t offset) {
  const Function* function = find_function(called, style);
  if (function == nullptr)
    return fail_at(offset, fmt::format("undeclared reference to '{}' (in container '')", called));
  if (operands.size() < function->args_min || operands.size() > function->args_max)
    return fail_at(
        offset, fmt::format("found no matching overload for '{}' applied to {} arguments", called,
                            operands.size()));
  Expr expr{.kind = Expr::Kind::kCall};
  expr.function = function;
  const std::size_t pattern = function->pattern_arg;
  if (pattern != 0 && operands.size() > pattern &&
      operands[pattern]->kind == Expr::Kind::kLiteral &&
      operands[pattern]->literal.is<std::string>()) {
    auto regex =
        std::make_shared<re2::RE2>(*operands[pattern]->literal.get<std::string>(), re2::RE2::Quiet);
    if (!regex->ok())
      return fail_at(operands[pattern]->offset, "invalid matches argument: " + regex->error());
    expr.regex = std::move(regex);
  }
  expr.operands = std::move(operands);
  return finish(std::move(expr), offset);
}

}  // namespace dynamod::apiserver::cel
