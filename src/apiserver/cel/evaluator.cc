// One function for each kind of node.
#include "apiserver/cel/evaluator.h"

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dynamod::apiserver::cel {

namespace {

std::string key_text(const Value& key) {
  if (const auto* text = key.get<std::string>()) return *text;
  return key.text();
}

// The index a number stands for: 1, 1u and 1.0 are the same.
std::optional<std::int64_t> index_of(const Value& key) {
  if (const auto* i = key.get<std::int64_t>()) return *i;
  if (const auto* u = key.get<std::uint64_t>())
    return *u > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(*u);
  const auto* d = key.get<double>();
  if (d == nullptr || std::trunc(*d) != *d || std::abs(*d) > 1e15) return std::nullopt;
  return static_cast<std::int64_t>(*d);
}

// What operand[key] finds: nothing when the key or index is not there.
std::optional<Value> look_up(const Value& operand, const Value& key) {
  if (operand.is_map()) return operand.find(key);
  if (!operand.is_list()) return no_such_overload();
  const auto index = index_of(key);
  if (!index)
    return error_value(fmt::format("unsupported index type '{}' in list", key.type_name()));
  if (*index < 0 || static_cast<std::size_t>(*index) >= operand.size()) return std::nullopt;
  return operand.at(static_cast<std::size_t>(*index));
}

// `find` inside an optional: none stays none, and what is found becomes an optional.
template <class Find>
Value through_optional(const Value& operand, const Find& find) {
  const Value* inner = &operand;
  if (const auto* optional = operand.get<Optional>()) {
    if (optional->value == nullptr) return Value::none();
    inner = optional->value.get();
  }
  std::optional<Value> found = find(*inner);
  if (!found) return Value::none();
  if (found->failed()) return *std::move(found);
  return Value::some(*std::move(found));
}

std::optional<Value> find_field(const Value& operand, const std::string& name) {
  if (!operand.is_map()) return no_such_overload();
  return operand.find(name);
}

}  // namespace

Value select_field(const Value& operand, const std::string& name) {
  if (operand.is<Optional>())
    return through_optional(operand, [&](const Value& v) { return find_field(v, name); });
  auto found = find_field(operand, name);
  return found ? *std::move(found) : error_value("no such key: " + name);
}

Value index_value(const Value& operand, const Value& key) {
  if (operand.is<Optional>())
    return through_optional(operand, [&](const Value& v) { return look_up(v, key); });
  auto found = look_up(operand, key);
  if (found) return *std::move(found);
  if (operand.is_list()) return error_value(fmt::format("index out of bounds: {}", key_text(key)));
  return error_value("no such key: " + key_text(key));
}

Value Evaluator::run(const Expr& expr) {
  if (!meter_.spend(1)) return error_value("operation cancelled: actual cost limit exceeded");
  switch (expr.kind) {
    case Expr::Kind::kLiteral:
      return expr.literal;
    case Expr::Kind::kVariable:
      return slots_[expr.slot];
    case Expr::Kind::kSelect:
    case Expr::Kind::kOptSelect:
    case Expr::Kind::kHas:
      return select(expr);
    case Expr::Kind::kIndex:
    case Expr::Kind::kOptIndex:
      return index(expr);
    case Expr::Kind::kCall:
      return call(expr);
    case Expr::Kind::kAnd:
    case Expr::Kind::kOr:
      return logical(expr);
    case Expr::Kind::kConditional:
      return conditional(expr);
    case Expr::Kind::kList:
      return list(expr);
    case Expr::Kind::kMap:
      return map(expr);
    case Expr::Kind::kAll:
    case Expr::Kind::kExists:
    case Expr::Kind::kExistsOne:
      return quantify(expr);
    case Expr::Kind::kFilter:
    case Expr::Kind::kTransform:
      return collect(expr);
    case Expr::Kind::kTransformMap:
      return collect_map(expr);
    case Expr::Kind::kOptMap:
    case Expr::Kind::kOptFlatMap:
      return optional_map(expr);
  }
  return no_such_overload();
}

// One operand decides alone (false for &&, true for ||), whatever the others say or fail with.
Value Evaluator::logical(const Expr& expr) {
  const bool decisive = expr.kind == Expr::Kind::kOr;
  Value result = !decisive;
  for (const auto& operand : expr.operands) {
    Value value = run(*operand);
    const bool* truth = value.get<bool>();
    if (truth != nullptr && *truth == decisive) return value;
    if (truth != nullptr || result.failed()) continue;
    result = value.failed() ? std::move(value) : no_such_overload();
  }
  return result;
}

Value Evaluator::conditional(const Expr& expr) {
  Value condition = run(*expr.operands[0]);
  if (condition.failed()) return condition;
  const bool* truth = condition.get<bool>();
  if (truth == nullptr) return no_such_overload();
  return run(*expr.operands[*truth ? 1 : 2]);
}

Value Evaluator::call(const Expr& expr) {
  std::vector<Value> args;
  args.reserve(expr.operands.size());
  for (const auto& operand : expr.operands) {
    args.push_back(run(*operand));
    if (args.back().failed()) return std::move(args.back());
  }
  Value value = expr.function->run({.args = args, .meter = meter_, .regex = expr.regex.get()});
  if (expr.function->style == Function::Style::kOperator) return value;
  const auto* failure = value.get<Failure>();
  if (failure == nullptr || failure->message != kNoSuchOverload) return value;
  std::vector<std::string_view> types;
  for (const auto& arg : args) types.push_back(arg.type_name());
  return error_value(
      fmt::format("{}: {}({})", kNoSuchOverload, expr.function->name, fmt::join(types, ", ")));
}

Value Evaluator::select(const Expr& expr) {
  Value operand = run(*expr.operands[0]);
  if (operand.failed()) return operand;
  if (expr.kind == Expr::Kind::kSelect) return select_field(operand, expr.name);
  Value found = through_optional(operand, [&](const Value& v) { return find_field(v, expr.name); });
  if (expr.kind == Expr::Kind::kOptSelect || found.failed()) return found;
  return found.get<Optional>()->value != nullptr;
}

Value Evaluator::index(const Expr& expr) {
  Value operand = run(*expr.operands[0]);
  if (operand.failed()) return operand;
  Value key = run(*expr.operands[1]);
  if (key.failed()) return key;
  if (operand.is<MapPtr>() && !meter_.spend(operand.size())) return no_such_overload();
  if (expr.kind == Expr::Kind::kIndex) return index_value(operand, key);
  return through_optional(operand, [&](const Value& v) { return look_up(v, key); });
}

Value Evaluator::list(const Expr& expr) {
  std::vector<Value> elements;
  for (std::size_t i = 0; i < expr.operands.size(); ++i) {
    Value value = run(*expr.operands[i]);
    if (value.failed()) return value;
    if (!expr.optional_operands[i]) {
      elements.push_back(std::move(value));
      continue;
    }
    const auto* optional = value.get<Optional>();
    if (optional == nullptr) return no_such_overload();
    if (optional->value != nullptr) elements.push_back(*optional->value);
  }
  return Value::list(std::move(elements));
}

Value Evaluator::map(const Expr& expr) {
  Map out;
  for (std::size_t i = 0; i < expr.optional_operands.size(); ++i) {
    Value key = run(*expr.operands[2 * i]);
    if (key.failed()) return key;
    const bool valid = key.is<std::string>() || key.is<bool>() || key.is<std::int64_t>() ||
                       key.is<std::uint64_t>();
    if (!valid) return error_value(fmt::format("unsupported key type: {}", key.type_name()));
    Value value = run(*expr.operands[(2 * i) + 1]);
    if (value.failed()) return value;
    if (expr.optional_operands[i]) {
      const auto optional = value.get<Optional>() != nullptr ? *value.get<Optional>() : Optional{};
      if (!value.is<Optional>()) return no_such_overload();
      if (optional.value == nullptr) continue;
      value = *optional.value;
    }
    if (!meter_.spend(out.entries.size())) return no_such_overload();
    for (const auto& entry : out.entries)
      if (equal(entry.first, key)) return error_value("Failed with repeated key");
    out.entries.emplace_back(std::move(key), std::move(value));
  }
  return std::make_shared<const Map>(std::move(out));
}

Value Evaluator::optional_map(const Expr& expr) {
  Value operand = run(*expr.operands[0]);
  if (operand.failed()) return operand;
  const auto* optional = operand.get<Optional>();
  if (optional == nullptr) return no_such_overload();
  if (optional->value == nullptr) return operand;
  slots_[expr.slot] = *optional->value;
  Value result = run(*expr.operands[1]);
  if (result.failed() || expr.kind == Expr::Kind::kOptFlatMap) return result;
  return Value::some(std::move(result));
}

Value Evaluator::each(const Expr& expr, const Step& step) {
  const Value over = run(*expr.operands[0]);
  if (over.failed()) return over;
  const bool is_map = over.is_map();
  if (!is_map && !over.is_list()) return no_such_overload();
  const std::vector<Value> keys = over.keys();
  const std::size_t count = is_map ? keys.size() : over.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!meter_.spend(1)) return error_value("operation cancelled: actual cost limit exceeded");
    if (expr.two_variables) {
      slots_[expr.slot] = is_map ? keys[i] : Value(static_cast<std::int64_t>(i));
      slots_[expr.slot + 1] = is_map ? over.find(keys[i]).value_or(Null{}) : over.at(i);
    } else {
      slots_[expr.slot] = is_map ? keys[i] : over.at(i);
    }
    if (step()) break;
  }
  return Null{};
}

// all and exists absorb errors as && and || do; exists_one does not.
Value Evaluator::quantify(const Expr& expr) {
  const bool absorbs = expr.kind != Expr::Kind::kExistsOne;
  const bool decisive = expr.kind == Expr::Kind::kExists;
  bool decided = false;
  std::size_t hits = 0;
  std::optional<Value> failure;
  Value trouble = each(expr, [&] {
    Value value = run(*expr.operands[1]);
    const bool* truth = value.get<bool>();
    if (truth == nullptr) {
      if (!failure) failure = value.failed() ? std::move(value) : no_such_overload();
      return !absorbs;
    }
    hits += *truth ? 1 : 0;
    decided = absorbs && *truth == decisive;
    return decided;
  });
  if (trouble.failed()) return trouble;
  if (decided) return decisive;
  if (failure) return *std::move(failure);
  return absorbs ? !decisive : hits == 1;
}

// filter, and map with or without a condition.
Value Evaluator::collect(const Expr& expr) {
  std::vector<Value> out;
  Value failure = Null{};
  const bool is_filter = expr.kind == Expr::Kind::kFilter;
  const bool conditional = is_filter || expr.operands.size() == 3;
  Value trouble = each(expr, [&] {
    if (conditional) {
      Value condition = run(*expr.operands[1]);
      const bool* truth = condition.get<bool>();
      if (truth == nullptr) {
        failure = condition.failed() ? std::move(condition) : no_such_overload();
        return true;
      }
      if (!*truth) return false;
    }
    Value value = is_filter ? slots_[expr.slot] : run(*expr.operands.back());
    if (value.failed()) {
      failure = std::move(value);
      return true;
    }
    out.push_back(std::move(value));
    return false;
  });
  if (trouble.failed()) return trouble;
  if (failure.failed()) return failure;
  return Value::list(std::move(out));
}

Value Evaluator::collect_map(const Expr& expr) {
  Map out;
  Value failure = Null{};
  Value trouble = each(expr, [&] {
    if (expr.operands.size() == 3) {
      Value condition = run(*expr.operands[1]);
      const bool* truth = condition.get<bool>();
      if (truth == nullptr) {
        failure = condition.failed() ? std::move(condition) : no_such_overload();
        return true;
      }
      if (!*truth) return false;
    }
    Value key = slots_[expr.slot];
    Value value = run(*expr.operands.back());
    if (value.failed()) {
      failure = std::move(value);
      return true;
    }
    out.entries.emplace_back(std::move(key), std::move(value));
    return false;
  });
  if (trouble.failed()) return trouble;
  if (failure.failed()) return failure;
  return std::make_shared<const Map>(std::move(out));
}

}  // namespace dynamod::apiserver::cel
