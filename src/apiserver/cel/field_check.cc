// Types flow from self through fields, elements and the variables of macros; everything else is
// unknown.
#include "apiserver/cel/field_check.h"

#include <vector>

#include <fmt/format.h>

#include "apiserver/cel/lexer.h"

namespace dynamod::apiserver::cel {

namespace {

class FieldCheck {
 public:
  FieldCheck(const Syntax& syntax, const Type* self, const Type* old_self)
      : syntax_(syntax), slots_(syntax.slots, nullptr) {
    slots_[kSelfSlot] = self;
    slots_[kOldSelfSlot] = old_self;
  }

  // The type of `expr`; null when it is not known.
  Result<const Type*> type_of(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kVariable:
        return slots_[expr.slot];
      case Expr::Kind::kSelect:
      case Expr::Kind::kOptSelect:
      case Expr::Kind::kHas:
        return field(expr);
      case Expr::Kind::kIndex: {
        TRY(const Type* operand, type_of(*expr.operands[0]));
        TRY([[maybe_unused]] const Type* key, type_of(*expr.operands[1]));
        return element_of(operand);
      }
      case Expr::Kind::kConditional:
        return conditional(expr);
      case Expr::Kind::kAll:
      case Expr::Kind::kExists:
      case Expr::Kind::kExistsOne:
      case Expr::Kind::kFilter:
      case Expr::Kind::kTransform:
      case Expr::Kind::kTransformMap:
        return loop(expr);
      default:
        break;
    }
    for (const auto& operand : expr.operands) CHECK_OK(type_of(*operand));
    return nullptr;
  }

 private:
  static const Type* element_of(const Type* type) {
    const bool has_elements =
        type != nullptr && (type->kind == Type::Kind::kList || type->kind == Type::Kind::kMap);
    return has_elements ? type->element : nullptr;
  }

  Result<const Type*> field(const Expr& expr) {
    TRY(const Type* operand, type_of(*expr.operands[0]));
    const bool maybe = expr.kind != Expr::Kind::kSelect;
    if (operand == nullptr || operand->kind != Type::Kind::kObject)
      return maybe ? nullptr : element_of(operand);
    const auto name = unescape_identifier(expr.name);
    const Type* found = name ? operand->field(*name) : nullptr;
    if (found == nullptr)
      return std::unexpected(
          error_at(syntax_.source, expr.offset, fmt::format("undefined field '{}'", expr.name)));
    return maybe ? nullptr : found;
  }

  Result<const Type*> conditional(const Expr& expr) {
    CHECK_OK(type_of(*expr.operands[0]));
    TRY(const Type* yes, type_of(*expr.operands[1]));
    TRY(const Type* no, type_of(*expr.operands[2]));
    return yes == no ? yes : nullptr;
  }

  Result<const Type*> loop(const Expr& expr) {
    TRY(const Type* range, type_of(*expr.operands[0]));
    const bool is_list = range != nullptr && range->kind == Type::Kind::kList;
    slots_[expr.slot] = is_list && !expr.two_variables ? range->element : nullptr;
    if (expr.two_variables) slots_[expr.slot + 1] = element_of(range);
    for (std::size_t i = 1; i < expr.operands.size(); ++i) CHECK_OK(type_of(*expr.operands[i]));
    return expr.kind == Expr::Kind::kFilter && is_list ? range : nullptr;
  }

  const Syntax& syntax_;
  std::vector<const Type*> slots_;
};

}  // namespace

Result<> check_fields(const Syntax& syntax, const Type* self, const Type* old_self) {
  CHECK_OK(FieldCheck(syntax, self, old_self).type_of(*syntax.root));
  return {};
}

}  // namespace dynamod::apiserver::cel
