// The annotation's JSON, and how sources are compared and shown.
#include "controllers/model/applied.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "lora/source_uri.h"

namespace dynamod::controllers::model {

namespace {

constexpr std::size_t kShownHashDigits = 12;  // enough to tell two URIs of one model apart

Error malformed() {
  return {Error::Kind::kInvalid,
          "annotation dynamod.dev/applied is not {\"names\":[...],\"source\":\"<sha256>\"}"};
}

}  // namespace

bool Applied::holds(std::string_view name) const {
  return std::ranges::find(names, name) != names.end();
}

std::string encode_applied(const Applied& applied) {
  json::object object;
  object["names"] = json::array(applied.names.begin(), applied.names.end());
  object["source"] = applied.source;
  if (applied.from) object["from"] = *applied.from;
  return encode_json(object);
}

Result<Applied> decode_applied(std::string_view annotation) {
  const auto decoded = decode_json(annotation);
  const json::object* object = decoded ? decoded->if_object() : nullptr;
  if (object == nullptr) return std::unexpected(malformed());
  const json::value* names = object->if_contains("names");
  const json::value* source = object->if_contains("source");
  if (names == nullptr || !names->is_array() || source == nullptr || !source->is_string()) {
    return std::unexpected(malformed());
  }
  Applied applied{.names = {}, .source = std::string(source->get_string()), .from = std::nullopt};
  for (const json::value& name : names->get_array()) {
    if (!name.is_string()) return std::unexpected(malformed());
    applied.names.emplace_back(name.get_string());
  }
  if (const json::value* from = object->if_contains("from")) {
    if (!from->is_string()) return std::unexpected(malformed());
    applied.from = std::string(from->get_string());
  }
  return applied;
}

std::string source_hash(std::string_view uri) {
  return sha256_hex(uri);
}

std::string source_text(std::string_view uri) {
  std::string text = lora::redact_uri(uri);
  if (text != uri) text += "#sha256=" + source_hash(uri).substr(0, kShownHashDigits);
  return text;
}

}  // namespace dynamod::controllers::model
