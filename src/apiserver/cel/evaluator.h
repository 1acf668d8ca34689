// Runs a syntax tree. Errors are values until the end, so that `false && <error>` is false.
#pragma once

#include <functional>
#include <vector>

#include "apiserver/cel/functions.h"
#include "apiserver/cel/syntax.h"

namespace dynamod::apiserver::cel {

class Evaluator {
 public:
  Evaluator(const Syntax& syntax, Meter& meter) : meter_(meter), slots_(syntax.slots, Null{}) {}

  void set(std::size_t slot, Value value) { slots_[slot] = std::move(value); }

  // Some Failure when the meter is empty.
  [[nodiscard]] Value run(const Expr& expr);

 private:
  Value logical(const Expr& expr);
  Value conditional(const Expr& expr);
  Value call(const Expr& expr);
  Value select(const Expr& expr);
  Value index(const Expr& expr);
  Value list(const Expr& expr);
  Value map(const Expr& expr);
  Value optional_map(const Expr& expr);

  // What a macro does with one element; true ends the loop.
  using Step = std::function<bool()>;
  // Sets the macro's variables to each element in turn. A Failure when there is nothing to go
  // over, else null.
  Value each(const Expr& expr, const Step& step);
  Value quantify(const Expr& expr);
  Value collect(const Expr& expr);
  Value collect_map(const Expr& expr);

  Meter& meter_;
  std::vector<Value> slots_;
};

// operand.name, operand[key] and their optional forms, also for has().
[[nodiscard]] Value select_field(const Value& operand, const std::string& name);
[[nodiscard]] Value index_value(const Value& operand, const Value& key);

}  // namespace dynamod::apiserver::cel
