// The Common Expression Language as rules of custom resources use it: a program is compiled once
// and run over JSON. It knows no schema: a Type says what a JSON value is to a rule.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::apiserver::cel {

// CEL's types are finer than JSON's: 1 is an int or a double, "1h" a string or a duration.
struct Type {
  enum class Kind : std::uint8_t {
    kDyn,  // what the JSON value looks like
    kBool,
    kInt,
    kDouble,
    kString,
    kBytes,      // base64 in JSON
    kTimestamp,  // RFC 3339, or a date, in JSON
    kDuration,   // "1h30m" in JSON
    kList,
    kMap,     // any key, values of `element`
    kObject,  // declared fields only; names that are no identifiers are escaped as in Kubernetes
  };
  // How lists compare and add: by position, as a set, or by the fields in `list_keys`.
  enum class List : std::uint8_t { kAtomic, kSet, kMap };

  struct Field {
    std::string name;
    const Type* type = nullptr;
  };

  Kind kind = Kind::kDyn;
  List list = List::kAtomic;
  std::vector<std::string> list_keys = {};
  std::vector<Field> fields = {};  // kObject
  const Type* element = nullptr;   // kList, kMap; null: kDyn

  [[nodiscard]] const Type* field(std::string_view name) const;
};

// What a program reads. All must outlive the run.
struct Variables {
  const json::value* self = nullptr;
  const json::value* old_self = nullptr;  // null: there is none
  const Type* type = nullptr;             // of both; null: kDyn
  bool old_self_optional = false;         // oldSelf is an optional
};

// Steps one program may take; shared by the programs that check one object, so that no rule can
// hold the server. A step is a call, a field, an element, or ten bytes of text looked at.
struct Budget {
  std::uint64_t steps_left = kStepsMax;

  // As Kubernetes: RuntimeCELCostBudget for one object.
  static constexpr std::uint64_t kStepsMax = 10'000'000;
  // PerCallLimit for one rule.
  static constexpr std::uint64_t kStepsOfOneRun = 1'000'000;
};

struct Syntax;  // the parsed expression

class Program {
 public:
  // kInvalid with `ERROR: <input>:1:5: Syntax error: ...` for text that does not parse, names an
  // unknown function or variable, or goes over a limit (length, depth, nodes).
  [[nodiscard]] static Result<Program> compile(std::string_view source);

  // Whether it reads oldSelf: such a rule runs on updates only, unless oldSelf is optional.
  [[nodiscard]] bool uses_old_self() const;

  // kInvalid with `ERROR: <input>:1:5: undefined field 'x'` when it reads a field that no value of
  // type `self` has. What cannot be known without running it passes.
  [[nodiscard]] Result<> check_fields(const Type* self, bool old_self_optional) const;

  // The value of a rule. kInvalid with CEL's own words ("no such key: x", "divide by zero") when
  // evaluation fails or the result is no bool; kTooLarge when the budget is used up.
  [[nodiscard]] Result<bool> run_bool(const Variables& variables, Budget& budget) const;
  // The value of a messageExpression.
  [[nodiscard]] Result<std::string> run_string(const Variables& variables, Budget& budget) const;
  // Any value as a CEL literal (`[1, 2u, "a"]`), an error as `error: ...`: for tests.
  [[nodiscard]] std::string run_text(const Variables& variables, Budget& budget) const;

 private:
  explicit Program(std::shared_ptr<const Syntax> syntax) : syntax_(std::move(syntax)) {}

  std::shared_ptr<const Syntax> syntax_;
};

}  // namespace dynamod::apiserver::cel
