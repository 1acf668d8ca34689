// Tokens -> syntax tree. Names are resolved while reading: variables to slots, calls to functions,
// macros to nodes of their own.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/cel/lexer.h"
#include "apiserver/cel/syntax.h"

namespace dynamod::apiserver::cel {

class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source), lexer_(source) {}

  [[nodiscard]] Result<Syntax> run();

 private:
  // A variable of a macro, innermost last.
  struct Scope {
    std::string name;
    std::size_t slot;
  };
  struct Macro;

  Result<> advance();
  Result<> expect(std::string_view symbol);
  [[nodiscard]] std::unexpected<Error> fail_at(std::size_t offset, std::string_view message) const;
  [[nodiscard]] std::unexpected<Error> unexpected_token() const;
  // Gives `expr` its depth; fails over a limit.
  Result<ExprPtr> finish(Expr expr, std::size_t offset);

  Result<ExprPtr> expression();
  Result<ExprPtr> logical(Expr::Kind kind);
  Result<ExprPtr> binary(std::size_t level);
  Result<ExprPtr> unary();
  Result<ExprPtr> member();
  Result<ExprPtr> primary();
  Result<ExprPtr> literal();
  Result<ExprPtr> name();
  Result<ExprPtr> list();
  Result<ExprPtr> map();
  Result<ExprPtr> field(ExprPtr operand);
  Result<ExprPtr> index(ExprPtr operand);

  // After `name(`: what is called, with the arguments.
  Result<ExprPtr> global_call(std::string called, std::size_t offset);
  Result<ExprPtr> member_call(ExprPtr receiver, std::string called, std::size_t offset);
  Result<ExprPtr> has(std::size_t offset);
  Result<ExprPtr> macro(const Macro& macro, ExprPtr receiver, std::size_t offset);
  Result<ExprPtr> call(std::string_view called, Function::Style style,
                       std::vector<ExprPtr> operands, std::size_t offset);
  Result<std::vector<ExprPtr>> arguments();
  // An argument that is a plain name.
  Result<std::string> variable_name();

  // `macro` called with so many arguments; null when there is none.
  [[nodiscard]] static const Macro* find_macro(std::string_view name);
  // How many arguments stand in the parentheses just opened, without reading them.
  [[nodiscard]] Result<std::size_t> count_arguments() const;

  std::string_view source_;
  Lexer lexer_;
  Token token_;  // the one under the cursor
  std::vector<Scope> scopes_;
  std::size_t slots_ = kFirstFreeSlot;
  std::size_t nodes_ = 0;
  std::size_t nesting_ = 0;
  bool uses_old_self_ = false;
};

}  // namespace dynamod::apiserver::cel
