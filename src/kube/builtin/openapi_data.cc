// Brings openapi.bin into the program and reads it.
#include "kube/builtin/openapi_data.h"

#include <cstddef>
#include <set>

#include <fmt/format.h>
#include <zlib.h>

#include "base/result.h"

// The assembler puts the file into read-only data: no array to compile, no page read before it is
// needed. CMake knows that this source depends on it.
__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    "dynamod_openapi_begin:\n"
    ".incbin \"" DYNAMOD_OPENAPI_FILE
    "\"\n"
    "dynamod_openapi_end:\n"
    ".popsection\n");

extern "C" {
extern const unsigned char dynamod_openapi_begin[] __attribute__((visibility("hidden")));
extern const unsigned char dynamod_openapi_end[] __attribute__((visibility("hidden")));
}

namespace dynamod::kube {

namespace {

constexpr std::string_view kKinds = "\"x-kubernetes-group-version-kind\":[";
constexpr std::string_view kReference = "\"#/components/schemas/";

std::string inflate_all(const unsigned char* begin, std::size_t size) {
  z_stream stream{};
  DYN_ASSERT(inflateInit(&stream) == Z_OK);
  stream.next_in = const_cast<unsigned char*>(begin);
  stream.avail_in = static_cast<unsigned>(size);
  std::string text;
  int status = Z_OK;
  while (status == Z_OK) {
    constexpr std::size_t kStep = std::size_t{256} * 1024;
    const auto done = text.size();
    text.resize(done + kStep);
    stream.next_out = reinterpret_cast<unsigned char*>(text.data() + done);
    stream.avail_out = kStep;
    status = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  DYN_ASSERT(status == Z_STREAM_END);
  return text;
}

// The only kind of a definition; "" when it has none or several (DeleteOptions is of every group).
std::string_view only_kind(std::string_view schema) {
  const auto at = schema.rfind(kKinds);
  if (at == std::string_view::npos) return "";
  const auto start = at + kKinds.size();
  const auto kinds = schema.substr(start, schema.find(']', start) - start);
  return kinds.find("},{") == std::string_view::npos ? kinds : "";
}

}  // namespace

OpenApiDefinitions::OpenApiDefinitions()
    : text_(inflate_all(dynamod_openapi_begin,
                        static_cast<std::size_t>(dynamod_openapi_end - dynamod_openapi_begin))) {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto tab = line.find('\t');
    const auto name = line.substr(0, tab);
    const auto schema = line.substr(tab + 1);
    schemas_.emplace(name, schema);
    if (const auto kind = only_kind(schema); !kind.empty()) kinds_.emplace(kind, name);
  }
}

std::string_view OpenApiDefinitions::name_of(std::string_view group, std::string_view version,
                                             std::string_view kind) const {
  const auto at = kinds_.find(
      fmt::format(R"({{"group":"{}","kind":"{}","version":"{}"}})", group, kind, version));
  return at == kinds_.end() ? "" : at->second;
}

std::string OpenApiDefinitions::with_references(const std::vector<std::string_view>& names) const {
  std::set<std::string_view> needed;
  std::vector<std::string_view> open = names;
  while (!open.empty()) {
    const auto at = schemas_.find(open.back());
    open.pop_back();
    if (at == schemas_.end() || !needed.insert(at->first).second) continue;
    const auto schema = at->second;
    for (auto from = schema.find(kReference); from != std::string_view::npos;
         from = schema.find(kReference, from)) {
      from += kReference.size();
      open.push_back(schema.substr(from, schema.find('"', from) - from));
    }
  }
  std::string text;
  for (const auto name : needed) {
    if (!text.empty()) text += ',';
    text.append("\"").append(name).append("\":").append(schemas_.at(name));
  }
  return text;
}

}  // namespace dynamod::kube
