// Precedence climbing over CEL's grammar: what binds weakest is read first.
#include "apiserver/cel/parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/go_number.h"
#include "base/utf8.h"

namespace dynamod::apiserver::cel {

namespace {

// Binary operators that all bind alike, from weak to strong.
struct Level {
  std::array<std::string_view, 7> symbols;
};

constexpr std::array<Level, 3> kLevels = {
    {{{"<", "<=", ">", ">=", "==", "!=", "in"}}, {{"+", "-"}}, {{"*", "/", "%"}}}};

// Names of types, as values.
constexpr std::array<std::string_view, 11> kTypes = {"bool", "bytes", "double",       "int",
                                                     "list", "map",   "null_type",    "string",
                                                     "type", "uint",  "optional_type"};

constexpr std::array<std::string_view, 17> kReserved = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

// Namespaces of functions: optional.of(x) is a global call.
constexpr std::array<std::string_view, 4> kNamespaces = {"optional", "sets", "strings", "math"};

template <std::size_t N>
const std::string_view* find_word(const std::array<std::string_view, N>& words,
                                  std::string_view word) {
  const auto* found = std::ranges::find(words, word);
  return found == words.end() || word.empty() ? nullptr : found;
}

// Decimal (a leading zero is no octal here) or 0x.
std::optional<std::uint64_t> integer_literal(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const auto number = hex ? parse_go_integer(text) : parse_go_integer(text, 10);
  if (!number) return std::nullopt;
  return number->magnitude;
}

}  // namespace

Result<Syntax> parse(std::string_view source) {
  if (source.size() > kSourceSizeMax)
    return fail(Error::Kind::kInvalid,
                fmt::format("expression code point size exceeds limit: size: {}, limit {}",
                            source.size(), kSourceSizeMax));
  if (find_invalid_utf8(source) != std::string_view::npos)
    return fail(Error::Kind::kInvalid, "the expression is not valid UTF-8");
  return Parser(source).run();
}

Result<Syntax> Parser::run() {
  CHECK_OK(advance());
  TRY(ExprPtr root, expression());
  if (token_.kind != Token::Kind::kEnd) return unexpected_token();
  return Syntax{.source = std::string(source_),
                .root = std::move(root),
                .slots = slots_,
                .uses_old_self = uses_old_self_};
}

Result<> Parser::advance() {
  TRY(token_, lexer_.next());
  return {};
}

Result<> Parser::expect(std::string_view symbol) {
  if (!token_.is(symbol)) return unexpected_token();
  return advance();
}

std::unexpected<Error> Parser::fail_at(std::size_t offset, std::string_view message) const {
  return std::unexpected(error_at(source_, offset, message));
}

std::unexpected<Error> Parser::unexpected_token() const {
  if (token_.kind == Token::Kind::kEnd)
    return fail_at(token_.offset, "Syntax error: mismatched input '<EOF>'");
  return fail_at(token_.offset, fmt::format("Syntax error: mismatched input '{}'", token_.text));
}

Result<ExprPtr> Parser::finish(Expr expr, std::size_t offset) {
  expr.offset = offset;
  for (const auto& operand : expr.operands) expr.depth = std::max(expr.depth, operand->depth + 1);
  if (expr.depth > kDepthMax)
    return fail_at(offset, fmt::format("expression recursion limit exceeded: {}", kDepthMax));
  if (++nodes_ > kNodesMax)
    return fail_at(offset, fmt::format("expression has more than {} nodes", kNodesMax));
  return std::make_unique<Expr>(std::move(expr));
}

// a ? b : c
Result<ExprPtr> Parser::expression() {
  const std::size_t offset = token_.offset;
  if (++nesting_ > kDepthMax)
    return fail_at(offset, fmt::format("expression recursion limit exceeded: {}", kDepthMax));
  TRY(ExprPtr condition, logical(Expr::Kind::kOr));
  if (token_.is("?")) {
    Expr expr{.kind = Expr::Kind::kConditional};
    CHECK_OK(advance());
    TRY(ExprPtr yes, logical(Expr::Kind::kOr));
    CHECK_OK(expect(":"));
    TRY(ExprPtr no, expression());
    expr.operands.push_back(std::move(condition));
    expr.operands.push_back(std::move(yes));
    expr.operands.push_back(std::move(no));
    TRY(condition, finish(std::move(expr), offset));
  }
  --nesting_;
  return condition;
}

// a || b || c of a && b && c: chains are one node, so that they may be long.
Result<ExprPtr> Parser::logical(Expr::Kind kind) {
  const bool is_or = kind == Expr::Kind::kOr;
  const std::string_view symbol = is_or ? "||" : "&&";
  const std::size_t offset = token_.offset;
  TRY(ExprPtr first, is_or ? logical(Expr::Kind::kAnd) : binary(0));
  if (!token_.is(symbol)) return first;
  Expr expr{.kind = kind};
  expr.operands.push_back(std::move(first));
  while (token_.is(symbol)) {
    CHECK_OK(advance());
    TRY(ExprPtr next, is_or ? logical(Expr::Kind::kAnd) : binary(0));
    expr.operands.push_back(std::move(next));
  }
  return finish(std::move(expr), offset);
}

Result<ExprPtr> Parser::binary(std::size_t level) {
  if (level == kLevels.size()) return unary();
  TRY(ExprPtr left, binary(level + 1));
  for (;;) {
    const bool is_word = token_.kind == Token::Kind::kIdentifier;
    if (!is_word && token_.kind != Token::Kind::kSymbol) return left;
    const auto* symbol = find_word(kLevels[level].symbols, token_.text);
    if (symbol == nullptr || is_word != (*symbol == "in")) return left;
    const std::size_t offset = token_.offset;
    CHECK_OK(advance());
    TRY(ExprPtr right, binary(level + 1));
    std::vector<ExprPtr> operands;
    operands.push_back(std::move(left));
    operands.push_back(std::move(right));
    TRY(left, call(*symbol, Function::Style::kOperator, std::move(operands), offset));
  }
}

Result<ExprPtr> Parser::unary() {
  const std::size_t offset = token_.offset;
  if (!token_.is("!") && !token_.is("-")) return member();
  const std::string symbol = token_.text == "!" ? "!" : "negate";
  std::size_t count = 0;
  const std::string written = token_.text;
  while (token_.is(written)) {
    ++count;
    CHECK_OK(advance());
  }
  const bool number = token_.kind == Token::Kind::kInt || token_.kind == Token::Kind::kDouble;
  if (written == "-" && number) {
    token_.text.insert(0, "-");  // the smallest int has no positive twin
    --count;
  }
  TRY(ExprPtr operand, member());
  // Two of a kind cancel out, as in cel-go.
  if (count % 2 == 0) return operand;
  std::vector<ExprPtr> operands;
  operands.push_back(std::move(operand));
  return call(symbol, Function::Style::kOperator, std::move(operands), offset);
}

Result<ExprPtr> Parser::member() {
  TRY(ExprPtr expr, primary());
  for (;;) {
    if (token_.is(".") || token_.is("?.")) {
      TRY(expr, field(std::move(expr)));
    } else if (token_.is("[") || token_.is("[?")) {
      TRY(expr, index(std::move(expr)));
    } else {
      return expr;
    }
  }
}

Result<ExprPtr> Parser::field(ExprPtr operand) {
  const std::size_t dot = token_.offset;
  bool optional = token_.is("?.");
  CHECK_OK(advance());
  if (!optional && token_.is("?")) {  // a.?b
    optional = true;
    CHECK_OK(advance());
  }
  const Token name = token_;
  const bool quoted = name.kind == Token::Kind::kQuotedIdentifier;
  if (!quoted && name.kind != Token::Kind::kIdentifier) return unexpected_token();
  if (!quoted &&
      (name.text == "in" || name.text == "true" || name.text == "false" || name.text == "null"))
    return unexpected_token();
  CHECK_OK(advance());
  if (!quoted && !optional && token_.is("(")) {
    const std::size_t offset = token_.offset;
    CHECK_OK(advance());
    return member_call(std::move(operand), name.text, offset);
  }
  Expr expr{.kind = optional ? Expr::Kind::kOptSelect : Expr::Kind::kSelect};
  expr.name = name.text;
  expr.operands.push_back(std::move(operand));
  return finish(std::move(expr), dot);
}

Result<ExprPtr> Parser::index(ExprPtr operand) {
  const std::size_t offset = token_.offset;
  Expr expr{.kind = token_.is("[") ? Expr::Kind::kIndex : Expr::Kind::kOptIndex};
  CHECK_OK(advance());
  TRY(ExprPtr key, expression());
  CHECK_OK(expect("]"));
  expr.operands.push_back(std::move(operand));
  expr.operands.push_back(std::move(key));
  return finish(std::move(expr), offset);
}

Result<ExprPtr> Parser::primary() {
  if (token_.kind == Token::Kind::kIdentifier) return name();
  if (token_.is("[") || token_.is("[?")) return list();
  if (token_.is("{")) return map();
  if (token_.is("(")) {
    CHECK_OK(advance());
    TRY(ExprPtr inner, expression());
    CHECK_OK(expect(")"));
    return inner;
  }
  if (token_.is(".")) {  // .name is name from the root
    CHECK_OK(advance());
    if (token_.kind != Token::Kind::kIdentifier) return unexpected_token();
    return name();
  }
  return literal();
}

Result<ExprPtr> Parser::literal() {
  const Token token = token_;
  Expr expr{.kind = Expr::Kind::kLiteral};
  std::string_view text = token.text;
  switch (token.kind) {
    case Token::Kind::kInt: {
      const bool negative = text.starts_with('-');
      const auto magnitude = integer_literal(text.substr(negative ? 1 : 0));
      constexpr std::uint64_t kEdge = std::uint64_t{1} << 63;
      if (!magnitude || *magnitude > kEdge - (negative ? 0 : 1))
        return fail_at(token.offset, "Syntax error: invalid int literal");
      expr.literal = static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
      break;
    }
    case Token::Kind::kUint: {
      const auto magnitude = integer_literal(text);
      if (!magnitude) return fail_at(token.offset, "Syntax error: invalid uint literal");
      expr.literal = *magnitude;
      break;
    }
    case Token::Kind::kDouble: {
      const auto number = parse_go_decimal(text);
      if (!number) return fail_at(token.offset, "Syntax error: invalid double literal");
      expr.literal = *number;
      break;
    }
    case Token::Kind::kString:
      expr.literal = std::string(text);
      break;
    case Token::Kind::kBytes:
      expr.literal = Bytes{std::string(text)};
      break;
    default:
      return unexpected_token();
  }
  CHECK_OK(advance());
  return finish(std::move(expr), token.offset);
}

Result<ExprPtr> Parser::name() {
  const Token token = token_;
  CHECK_OK(advance());
  Expr expr{.kind = Expr::Kind::kLiteral};
  if (token.text == "true" || token.text == "false") {
    expr.literal = token.text == "true";
    return finish(std::move(expr), token.offset);
  }
  if (token.text == "null") return finish(std::move(expr), token.offset);
  if (token.text == "in") return fail_at(token.offset, "Syntax error: mismatched input 'in'");
  if (find_word(kReserved, token.text) != nullptr)
    return fail_at(token.offset, fmt::format("reserved identifier: {}", token.text));
  if (token_.is("(")) {
    const std::size_t offset = token_.offset;
    CHECK_OK(advance());
    return global_call(token.text, offset);
  }
  const auto scope = std::find_if(scopes_.rbegin(), scopes_.rend(),
                                  [&](const Scope& s) { return s.name == token.text; });
  if (scope != scopes_.rend()) {
    expr.kind = Expr::Kind::kVariable;
    expr.slot = scope->slot;
    return finish(std::move(expr), token.offset);
  }
  if (token.text == "self" || token.text == "oldSelf") {
    expr.kind = Expr::Kind::kVariable;
    expr.slot = token.text == "self" ? kSelfSlot : kOldSelfSlot;
    uses_old_self_ = uses_old_self_ || expr.slot == kOldSelfSlot;
    return finish(std::move(expr), token.offset);
  }
  if (const auto* type = find_word(kTypes, token.text)) {
    expr.literal = TypeName{*type};
    return finish(std::move(expr), token.offset);
  }
  if (find_word(kNamespaces, token.text) != nullptr && token_.is(".")) {
    CHECK_OK(advance());
    const std::string called = token.text + "." + token_.text;
    CHECK_OK(advance());
    const std::size_t offset = token_.offset;
    CHECK_OK(expect("("));
    return global_call(called, offset);
  }
  if (token.text == "google" && source_.substr(token.offset).starts_with("google.protobuf.")) {
    for (const std::string_view step : {".", "protobuf", "."}) {
      if (token_.text != step) return unexpected_token();
      CHECK_OK(advance());
    }
    if (token_.text == "Timestamp") expr.literal = TypeName{"google.protobuf.Timestamp"};
    if (token_.text == "Duration") expr.literal = TypeName{"google.protobuf.Duration"};
    if (!expr.literal.is<TypeName>()) return unexpected_token();
    CHECK_OK(advance());
    return finish(std::move(expr), token.offset);
  }
  return fail_at(token.offset,
                 fmt::format("undeclared reference to '{}' (in container '')", token.text));
}

Result<ExprPtr> Parser::list() {
  const std::size_t offset = token_.offset;
  Expr expr{.kind = Expr::Kind::kList};
  bool optional = token_.is("[?");
  CHECK_OK(advance());
  while (optional || !token_.is("]")) {
    if (!optional && token_.is("?")) {
      optional = true;
      CHECK_OK(advance());
    }
    TRY(ExprPtr element, expression());
    expr.operands.push_back(std::move(element));
    expr.optional_operands.push_back(optional);
    optional = false;
    if (!token_.is(",")) break;
    CHECK_OK(advance());
  }
  CHECK_OK(expect("]"));
  return finish(std::move(expr), offset);
}

Result<ExprPtr> Parser::map() {
  const std::size_t offset = token_.offset;
  Expr expr{.kind = Expr::Kind::kMap};
  CHECK_OK(advance());
  while (!token_.is("}")) {
    const bool optional = token_.is("?");
    if (optional) CHECK_OK(advance());
    TRY(ExprPtr key, expression());
    CHECK_OK(expect(":"));
    TRY(ExprPtr value, expression());
    expr.operands.push_back(std::move(key));
    expr.operands.push_back(std::move(value));
    expr.optional_operands.push_back(optional);
    if (!token_.is(",")) break;
    CHECK_OK(advance());
  }
  CHECK_OK(expect("}"));
  return finish(std::move(expr), offset);
}

}  // namespace dynamod::apiserver::cel
