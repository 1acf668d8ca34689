// The parsed expression: a tree with names resolved to slots and functions, macros as nodes of
// their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "apiserver/cel/cel.h"
#include "apiserver/cel/functions.h"
#include "apiserver/cel/value.h"

namespace dynamod::apiserver::cel {

// Slots of the variables every program has; those of macros follow.
inline constexpr std::size_t kSelfSlot = 0;
inline constexpr std::size_t kOldSelfSlot = 1;
inline constexpr std::size_t kFirstFreeSlot = 2;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  enum class Kind : std::uint8_t {
    kLiteral,
    kVariable,     // slot
    kSelect,       // operands[0].name
    kOptSelect,    // operands[0].?name
    kHas,          // has(operands[0].name)
    kIndex,        // operands[0][operands[1]]
    kOptIndex,     // operands[0][?operands[1]]
    kCall,         // function(operands...)
    kAnd,          // operands[0] && operands[1] && ...
    kOr,           // operands[0] || ...
    kConditional,  // operands[0] ? operands[1] : operands[2]
    kList,         // [operands...]
    kMap,          // {operands[0]: operands[1], ...}
    kAll,          // operands[0].all(slot, operands[1]), and so on
    kExists,
    kExistsOne,
    kFilter,
    kTransform,     // map(x, e) or map(x, condition, e)
    kTransformMap,  // transformMap(k, v, e) or (k, v, condition, e)
    kOptMap,        // optMap(x, e)
    kOptFlatMap,
  };

  Kind kind = Kind::kLiteral;
  Value literal = Value(Null{});
  std::string name = {};
  std::size_t slot = 0;
  bool two_variables = false;  // slot is the index or key, slot + 1 the value
  const Function* function = nullptr;
  std::shared_ptr<const re2::RE2> regex = nullptr;  // of a call whose pattern is a literal
  std::vector<ExprPtr> operands = {};
  std::vector<bool> optional_operands = {};  // [?a], {?k: v}: same index as the element
  std::size_t depth = 1;
  std::size_t offset = 0;  // in the source: the dot of a field, the parenthesis of a call
};

struct Syntax {
  std::string source;
  ExprPtr root;
  std::size_t slots = kFirstFreeSlot;  // how many variables are alive at most
  bool uses_old_self = false;
};

// Limits of one expression: far over any rule seen, and no stack is at risk.
inline constexpr std::size_t kSourceSizeMax = 100'000;
inline constexpr std::size_t kDepthMax = 250;
inline constexpr std::size_t kNodesMax = 20'000;

// Errors: kInvalid with the position and the line shown, as cel-go prints them.
[[nodiscard]] Result<Syntax> parse(std::string_view source);

}  // namespace dynamod::apiserver::cel
