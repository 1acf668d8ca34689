// What rules of custom resources may say, and what they get. CEL itself is tested by its own
// conformance data (conformance_test.cc); here is what Kubernetes adds, limits, and errors.
#include "apiserver/cel/cel.h"

#include <gtest/gtest.h>

namespace dynamod::apiserver::cel {
namespace {

std::string run(std::string_view source, const Variables& variables = {}) {
  const auto program = Program::compile(source);
  if (!program) return program.error().message;
  Budget budget;
  return program->run_text(variables, budget);
}

struct Row {
  std::string_view source;
  std::string_view value;
};

TEST(Cel, HasTheFunctionsOfKubernetes) {
  const Row rows[] = {
      {"quantity('1Gi').isGreaterThan(quantity('1G'))", "true"},
      {"quantity('500m').isLessThan(quantity('1'))", "true"},
      {"quantity('1k').compareTo(quantity('1000'))", "0"},
      {"quantity('1') == quantity('1000m')", "true"},
      {"quantity('1.5').isInteger()", "false"},
      {"quantity('50k').asInteger()", "50000"},
      {"quantity('50.5').asApproximateFloat()", "50.5"},
      {"quantity('50k').add(quantity('20k')).compareTo(quantity('70k'))", "0"},
      {"quantity('50k').sub(20000).compareTo(quantity('30k'))", "0"},
      {"quantity('-2').sign()", "-1"},
      {"isQuantity('1.3Gi') && !isQuantity('1.3Gx')", "true"},
      {"[1, 3, 2].isSorted()", "false"},
      {"[1, 2, 3].sum()", "6"},
      {"[4, 1, 3].min() + [4, 1, 3].max()", "5"},
      {"[].max()", "error: max called on empty list"},
      {"['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2", "true"},
      {"'abc 123'.find('[0-9]+')", "\"123\""},
      {"'1 22 333'.findAll('[0-9]+', 2)", "[\"1\", \"22\"]"},
      {"sets.contains([1, 2, 3], [2, 1])", "true"},
      {"sets.equivalent([1, 2], [2, 1, 1])", "true"},
      {"sets.intersects([1], [2])", "false"},
      {"'%s has %d of %.1f'.format(['a', 2, 3.14])", "\"a has 2 of 3.1\""},
      {"optional.of(1).optMap(x, x + 1).value()", "2"},
      {"{'a': 1}[?'b'].orValue(5)", "5"},
  };
  for (const auto& [source, value] : rows) EXPECT_EQ(run(source), value) << source;
}

TEST(Cel, SeesJsonThroughItsTypes) {
  const Type text{.kind = Type::Kind::kString};
  const Type number{.kind = Type::Kind::kDouble};
  const Type time{.kind = Type::Kind::kTimestamp};
  const Type set{.kind = Type::Kind::kList, .list = Type::List::kSet, .element = &text};
  Type object{.kind = Type::Kind::kObject};
  object.fields = {{"a-b", &text}, {"n", &number}, {"at", &time}, {"set", &set}, {"gone", &text}};
  const auto self = decode_json(R"({"a-b": "x", "n": 1, "at": "2026-01-02T03:04:05Z",
                                    "set": ["a", "b"], "other": 1, "gone": null})");
  const Variables variables{.self = &*self, .type = &object};
  const Row rows[] = {
      {"self.a__dash__b", "\"x\""},
      {"self.n", "1.0"},
      {"self.at.getFullYear()", "2026"},
      {"self.set == ['b', 'a']", "true"},
      {"self.set + ['b', 'c']", "[\"a\", \"b\", \"c\"]"},
      {"has(self.gone)", "false"},
      {"has(self.other)", "false"},
      {"self.other", "error: no such key: other"},
      {"self.set[2]", "error: index out of bounds: 2"},
  };
  for (const auto& [source, value] : rows) EXPECT_EQ(run(source, variables), value) << source;
}

TEST(Cel, KnowsWhetherARuleReadsTheOldValue) {
  EXPECT_TRUE(Program::compile("self == oldSelf")->uses_old_self());
  EXPECT_FALSE(Program::compile("self.all(oldSelf, oldSelf > 1)")->uses_old_self());
  const json::value now(2);
  const json::value before(1);
  const Variables both{.self = &now, .old_self = &before};
  EXPECT_EQ(run("self > oldSelf", both), "true");
  const Variables optional{.self = &now, .old_self = &before, .old_self_optional = true};
  EXPECT_EQ(run("oldSelf.hasValue() && oldSelf.value() == 1", optional), "true");
  const Variables none{.self = &now, .old_self_optional = true};
  EXPECT_EQ(run("oldSelf.hasValue()", none), "false");
}

TEST(Cel, SaysWhereARuleIsWrong) {
  EXPECT_EQ(run("self.x == 'a"),
            "ERROR: <input>:1:11: Syntax error: unterminated string\n | self.x == 'a\n | "
            "..........^");
  EXPECT_EQ(run("ip('::1').isLoopback()"),
            "ERROR: <input>:1:3: undeclared reference to 'ip' (in container '')\n | "
            "ip('::1').isLoopback()\n | ..^");
  EXPECT_EQ(run("1 +"),
            "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>'\n | 1 +\n | ...^");
  EXPECT_EQ(run("'a'.matches('(')").substr(0, 46),
            "ERROR: <input>:1:13: invalid matches argument:");
}

TEST(Cel, HasLimits) {
  EXPECT_NE(run(std::string(1000, '(') + "1").find("recursion limit"), std::string::npos);
  EXPECT_NE(run(std::string(1000, '[') + "1").find("recursion limit"), std::string::npos);
  std::string sum = "1";
  for (int i = 0; i < 1000; ++i) sum += "+1";
  EXPECT_NE(run(sum).find("recursion limit"), std::string::npos);
  std::string either = "false";
  for (int i = 0; i < 5000; ++i) either += "||false";
  EXPECT_EQ(run(either), "false");  // a chain is one node
  EXPECT_NE(run(std::string(200'000, ' ')).find("size exceeds limit"), std::string::npos);
}

TEST(Cel, StopsWhenTheBudgetIsUsedUp) {
  json::array many;
  for (int i = 0; i < 2000; ++i) many.emplace_back(i);
  const json::value self(many);
  const auto program = Program::compile("self.all(a, self.all(b, a * b >= 0))");
  Budget budget;
  const auto result = program->run_bool({.self = &self}, budget);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, Error::Kind::kTooLarge);
  EXPECT_EQ(budget.steps_left, Budget::kStepsMax - Budget::kStepsOfOneRun);

  // Text may not grow without end either, and && does not absorb the limit.
  const auto growth = Program::compile(
      "false && self.map(a, self.map(b, 'xxxxxxxxxxxxxxxxxxxx' + string(b)).join(',')).join(',') "
      "== '' || self.map(a, self.map(b, string(b)).join(',')).join(',').size() > 0");
  EXPECT_EQ(growth->run_bool({.self = &self}, budget).error().kind, Error::Kind::kTooLarge);
}

TEST(Cel, WantsABoolOfARuleAndTextOfAMessage) {
  Budget budget;
  EXPECT_FALSE(Program::compile("1")->run_bool({}, budget).has_value());
  EXPECT_FALSE(Program::compile("1")->run_string({}, budget).has_value());
  EXPECT_EQ(Program::compile("'a' + 'b'")->run_string({}, budget).value(), "ab");
}

}  // namespace
}  // namespace dynamod::apiserver::cel
