// Headers that every answer has.
#include "apiserver/response.h"

#include <map>
#include <utility>

#include "base/yaml.h"

namespace dynamod::apiserver {

namespace {

// Ours may be larger than what a client may send.
constexpr JsonLimits kAnswerLimits{.size_bytes_max = std::size_t{256} * 1024 * 1024,
                                   .depth_max = kJsonDepthMax};

// YAML documents of Kubernetes have their keys in order.
json::value with_sorted_keys(const json::value& value) {
  if (const json::array* array = value.if_array()) {
    json::array sorted;
    sorted.reserve(array->size());
    for (const json::value& each : *array) sorted.push_back(with_sorted_keys(each));
    return sorted;
  }
  const json::object* object = value.if_object();
  if (!object) return value;
  std::map<std::string_view, const json::value*> fields;
  for (const auto& field : *object) fields.emplace(field.key(), &field.value());
  json::object sorted;
  for (const auto& [key, each] : fields) sorted[key] = with_sorted_keys(*each);
  return sorted;
}

void to_yaml(Reply& reply) {
  if (reply.content_type != kJsonType) return;
  const auto value = decode_json(reply.text, kAnswerLimits);
  if (!value) return;
  reply.text = encode_yaml(with_sorted_keys(*value));
  reply.content_type = kYamlType;
}

}  // namespace

http::Response response_of(Reply reply, const Rendering& rendering) {
  if (rendering.encoding == Encoding::kYaml && !reply.stream) to_yaml(reply);
  http::Response response{.status = reply.status};
  response.headers.set("Content-Type", std::move(reply.content_type));
  response.headers.set("Cache-Control", "no-cache, private");
  for (auto& [name, value] : reply.headers) {
    if (name == "Cache-Control")
      response.headers.set(name, std::move(value));
    else
      response.headers.add(std::move(name), std::move(value));
  }
  response.body = reply.stream ? std::move(reply.stream) : http::text_body(std::move(reply.text));
  return response;
}

http::Response response_of(const Refusal& refusal) {
  Reply reply{.status = refusal.code()};
  reply.text = encode_json(refusal.status) + "\n";
  reply.headers = refusal.headers;
  return response_of(std::move(reply));
}

std::string warning_header(std::string_view text) {
  std::string header = "299 - \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') header += '\\';
    header += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return header + '"';
}

}  // namespace dynamod::apiserver
