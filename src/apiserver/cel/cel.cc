// A program: its syntax, and one run of it within a budget.
#include "apiserver/cel/cel.h"

#include <algorithm>

#include "apiserver/cel/evaluator.h"
#include "apiserver/cel/field_check.h"
#include "apiserver/cel/syntax.h"

namespace dynamod::apiserver::cel {

namespace {

Value old_self(const Variables& variables) {
  Value value = variables.old_self == nullptr ? error_value("no such attribute(s): oldSelf")
                                              : Value::of_json(*variables.old_self, variables.type);
  if (!variables.old_self_optional) return value;
  if (variables.old_self == nullptr) return Value::none();
  return value.failed() ? value : Value::some(std::move(value));
}

Result<Value> evaluate(const Syntax& syntax, const Variables& variables, Budget& budget) {
  const std::uint64_t steps = std::min(budget.steps_left, Budget::kStepsOfOneRun);
  Meter meter(steps);
  Evaluator evaluator(syntax, meter);
  if (variables.self != nullptr)
    evaluator.set(kSelfSlot, Value::of_json(*variables.self, variables.type));
  if (syntax.uses_old_self) evaluator.set(kOldSelfSlot, old_self(variables));
  Value value = evaluator.run(*syntax.root);
  budget.steps_left -= steps - meter.left();
  if (meter.empty())
    return fail(Error::Kind::kTooLarge, "operation cancelled: actual cost limit exceeded");
  if (const auto* failure = value.get<Failure>())
    return fail(Error::Kind::kInvalid, failure->message);
  return value;
}

}  // namespace

Result<Program> Program::compile(std::string_view source) {
  TRY(Syntax syntax, parse(source));
  return Program(std::make_shared<const Syntax>(std::move(syntax)));
}

bool Program::uses_old_self() const {
  return syntax_->uses_old_self;
}

Result<> Program::check_fields(const Type* self, bool old_self_optional) const {
  return cel::check_fields(*syntax_, self, old_self_optional ? nullptr : self);
}

Result<bool> Program::run_bool(const Variables& variables, Budget& budget) const {
  TRY(const Value value, evaluate(*syntax_, variables, budget));
  if (const auto* truth = value.get<bool>()) return *truth;
  return fail(Error::Kind::kInvalid, "no such overload");
}

Result<std::string> Program::run_string(const Variables& variables, Budget& budget) const {
  TRY(const Value value, evaluate(*syntax_, variables, budget));
  if (const auto* text = value.get<std::string>()) return *text;
  return fail(Error::Kind::kInvalid, "messageExpression failed to convert to string");
}

std::string Program::run_text(const Variables& variables, Budget& budget) const {
  const auto value = evaluate(*syntax_, variables, budget);
  return value ? value->text() : "error: " + value.error().message;
}

}  // namespace dynamod::apiserver::cel
