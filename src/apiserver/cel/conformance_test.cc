// Rows of CEL's own conformance data (tests/oracle/cel/rows.mjs makes them).
#include <fstream>

#include <gtest/gtest.h>

#include "apiserver/cel/cel.h"

namespace dynamod::apiserver::cel {
namespace {

// "error" for any error: the data does not say the words.
std::string run(const std::string& source) {
  const auto program = Program::compile(source);
  if (!program) return "error";
  Budget budget;
  std::string text = program->run_text({}, budget);
  return text.starts_with("error: ") ? "error" : text;
}

// Maps have no order, so both sides are compared as CEL values where the texts differ.
bool same_value(const std::string& a, const std::string& b) {
  return a == b || (a != "error" && b != "error" && run("(" + a + ") == (" + b + ")") == "true");
}

TEST(CelConformance, EveryRowHasTheValueOfTheSpecification) {
  std::ifstream file("testdata/conformance.txt");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    const auto source = decode_json(line.substr(first + 1, second - first - 1));
    ASSERT_TRUE(source.has_value()) << line;
    const std::string wanted = line.substr(second + 1);
    const std::string found = run(std::string(source->as_string()));
    EXPECT_TRUE(same_value(found, wanted)) << line << "\n  got " << found;
  }
  EXPECT_GT(rows, 700U);
}

}  // namespace
}  // namespace dynamod::apiserver::cel
