// The functions rules may call: one table, found by name when a program is compiled.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "apiserver/cel/value.h"

namespace re2 {
class RE2;
}

namespace dynamod::apiserver::cel {

// Counts the steps of one run. Once it is empty every evaluation stops.
class Meter {
 public:
  explicit Meter(std::uint64_t steps) : left_(steps) {}

  // False when there are not `steps` left.
  bool spend(std::uint64_t steps) {
    if (steps > left_) {
      left_ = 0;
      empty_ = true;
    } else {
      left_ -= steps;
    }
    return !empty_;
  }

  // Text is looked at ten bytes a step.
  bool spend_text(std::size_t bytes) { return spend(1 + (bytes / 10)); }

  [[nodiscard]] bool empty() const { return empty_; }

  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  std::uint64_t left_;
  bool empty_ = false;
};

struct Call {
  std::span<const Value> args;  // the receiver of a member call first; none has failed
  Meter& meter;
  const re2::RE2* regex = nullptr;  // the compiled pattern when it is a literal
};

struct Function {
  enum class Style : std::uint8_t { kGlobal, kMember, kOperator };

  std::string_view name;
  Style style = Style::kGlobal;
  std::size_t args_min = 1;  // with the receiver
  std::size_t args_max = 1;
  Value (*run)(const Call&) = nullptr;
  // Which argument is a regular expression; 0: none (it is never the first).
  std::size_t pattern_arg = 0;
};

// text.indexOf(part[, from]) and its like: lists have functions of the same name.
[[nodiscard]] Value index_of_text(const Call& call);
[[nodiscard]] Value last_index_of_text(const Call& call);

// Null when there is none of that name and style.
[[nodiscard]] const Function* find_function(std::string_view name, Function::Style style);

// The parts of the table.
[[nodiscard]] std::span<const Function> operator_functions();
[[nodiscard]] std::span<const Function> conversion_functions();
[[nodiscard]] std::span<const Function> string_functions();
[[nodiscard]] std::span<const Function> regex_functions();
[[nodiscard]] std::span<const Function> list_functions();
[[nodiscard]] std::span<const Function> time_functions();
[[nodiscard]] std::span<const Function> optional_functions();
[[nodiscard]] std::span<const Function> quantity_functions();

}  // namespace dynamod::apiserver::cel
