// What dynamod makes of YAML documents and numbers, one line for each case: compare.py holds it
// against Kubernetes' own packages (go/main.go).
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/yaml.h"

namespace dynamod {
namespace {

constexpr std::string_view kSeparator = "\x1e\n";

// sigs.k8s.io/yaml reads one document and takes an empty one for null.
std::string convert(std::string_view document) {
  const auto values = decode_yaml_stream(document);
  if (!values || values->size() > 1) return "error";
  return values->empty() ? "null" : encode_json(values->front());
}

std::string forms(std::string_view text) {
  const auto value = decode_json(text);
  if (!value) return "error";
  return encode_json(json::value(value->to_number<double>())) + " " +
         convert(std::string(text) + ": 0");
}

void print_all(std::string_view input, bool numbers) {
  while (true) {
    const auto item = input.substr(0, input.find(kSeparator));
    std::cout << (numbers ? forms(item) : convert(item)) << '\n';
    if (item.size() == input.size()) return;
    input.remove_prefix(item.size() + kSeparator.size());
  }
}

}  // namespace
}  // namespace dynamod

int main(int argc, char** argv) {
  const std::string input(std::istreambuf_iterator<char>(std::cin), {});
  dynamod::print_all(input, argc > 1 && std::string_view(argv[1]) == "numbers");
}
