// Any text: compiling and running never crashes, hangs or leaves the budget, and a run gives the
// same twice. The first line is the JSON of self, the rest the rule.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apiserver/cel/cel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  using namespace dynamod::apiserver;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');
  const std::string_view rule =
      line_end == std::string_view::npos ? text : text.substr(line_end + 1);
  const auto self = decode_json(text.substr(0, line_end));
  const auto program = cel::Program::compile(rule);
  if (!program) return 0;

  constexpr std::uint64_t kSteps = 10'000;  // a small budget finds as much, sooner
  const cel::Variables variables{.self = self ? &*self : nullptr,
                                 .old_self = self ? &*self : nullptr};
  cel::Budget budget{.steps_left = kSteps};
  const std::string first = program->run_text(variables, budget);
  DYN_ASSERT(budget.steps_left <= kSteps);
  budget.steps_left = kSteps;
  DYN_ASSERT(program->run_text(variables, budget) == first);
  return 0;
}
