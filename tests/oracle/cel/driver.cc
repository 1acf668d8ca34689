// Reads one rule a line (a JSON string) and prints its value as a CEL literal, or `error: ...`.
#include <iostream>
#include <string>

#include "apiserver/cel/cel.h"
#include "base/json.h"

int main() {
  using namespace dynamod;
  using namespace dynamod::apiserver;
  for (std::string line; std::getline(std::cin, line);) {
    const auto rule = decode_json(line);
    DYN_ASSERT(rule && rule->is_string());
    const auto program = cel::Program::compile(rule->get_string());
    cel::Budget budget;
    std::cout << (program ? program->run_text({}, budget) : "error: does not compile") << "\n";
  }
}
