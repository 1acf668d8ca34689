// What dynamod makes of patches, JSONPath templates and applies, one line for each line of standard
// input: merge.py holds it against Kubernetes' own packages.
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "apiserver/apply/apply.h"
#include "base/json.h"
#include "kube/builtin/builtin.h"
#include "kube/json_path.h"
#include "kube/patch/json_patch.h"
#include "kube/patch/merge_patch.h"
#include "kube/patch/strategic_patch.h"
#include "kube/schema/schema_from_openapi.h"

namespace dynamod {
namespace {

using namespace apiserver;

std::string failed(const Error& error) {
  std::string text = "error: " + error.message;
  for (char& c : text)
    if (c == '\n') c = '|';
  return text;
}

std::string merge(const json::object& input) {
  if (!input.at("patch").is_object()) return "error: Invalid JSON Patch";
  return encode_json(kube::merge_patch(input.at("target"), input.at("patch")));
}

std::string json_patch(const json::object& input) {
  const auto patch = kube::decode_json_patch(input.at("patch"));
  if (!patch) return failed(patch.error());
  const auto document = kube::apply_json_patch(input.at("target"), patch->operations);
  if (!document) return failed(document.error());
  json::value unknown = nullptr;
  if (!patch->unknown_fields.empty()) unknown = json::value_from(patch->unknown_fields);
  return encode_json(json::object{{"document", *document}, {"unknown", unknown}});
}

std::string strategic(const json::object& input) {
  const json::value value = input;
  const auto* schema =
      kube::builtin_schema(string_at(value, "apiVersion"), string_at(value, "kind"));
  if (!schema) return "error: no such kind";
  const auto patched = kube::strategic_patch(input.at("target").get_object(),
                                             input.at("patch").get_object(), *schema);
  return patched ? encode_json(*patched) : failed(patched.error());
}

std::string json_path(const json::object& input) {
  const auto path = kube::JsonPath::parse(input.at("path").get_string());
  if (!path) return failed(path.error());
  const auto missing =
      input.at("allow").get_bool() ? kube::MissingKeys::kAllow : kube::MissingKeys::kRefuse;
  const auto groups = path->find(input.at("object"), missing);
  if (!groups) return failed(groups.error());
  json::array texts;
  for (const auto& group : *groups) {
    json::array printed;
    for (const json::value& value : group)
      printed.push_back(json::string(kube::json_path_text(value)));
    texts.push_back(std::move(printed));
  }
  return encode_json(texts);
}

// --- writes one after another ---

struct World {
  ManagedKind kind = {};
  json::object live = {};
  FieldSet main_reset = FieldSet::of({{"status"}});
  FieldSet subresource_reset = FieldSet::of({{"spec"}, {"metadata", "labels"}});

  json::value write(const json::object& write) {
    const json::value value = write;
    kind.api_version = string_at(value, "apiVersion");
    kind.empty = {{"apiVersion", kind.api_version}, {"kind", kind.kind}};
    const FieldOwner owner{.manager = string_at(value, "manager"),
                           .subresource = string_at(value, "subresource")};
    kind.reset_fields = owner.subresource.empty() ? &main_reset : &subresource_reset;
    json::object current = live;
    current["apiVersion"] = kind.api_version;
    if (write.at("op") == "apply") {
      const Force force = write.at("force").get_bool() ? Force::kYes : Force::kNo;
      auto result = apply(current, write.at("object").get_object(), kind, owner, force);
      if (!result) return json::string("error: " + result.error().error.message);
      live = *std::move(result);
    } else {
      json::object next = kube::merge_patch(current, write.at("patch")).get_object();
      const bool creates = !live.contains("metadata");
      track_update(creates ? nullptr : &current, next, kind, owner);
      live = std::move(next);
    }
    json::value& metadata = live["metadata"];
    if (!metadata.is_object()) metadata = json::object();
    metadata.get_object()["uid"] = "u";
    return live;
  }
};

std::string apply_sequence(const json::object& input) {
  const json::value value = input;
  World world;
  kube::SchemaTree tree;
  world.kind.kind = string_at(value, "kind");
  const std::string api_version = string_at(value, "apiVersion");
  if (const json::value* custom = input.if_contains("schema")) {
    const auto schema = kube::schema_from_openapi(custom->get_object(), tree);
    if (!schema) return failed(schema.error());
    world.kind.schema = *schema;
    world.kind.object_meta = &kube::object_meta_schema();
  } else {
    world.kind.schema = kube::builtin_schema(api_version, world.kind.kind);
  }
  world.live = {{"apiVersion", api_version}, {"kind", world.kind.kind}};
  json::array answers;
  for (const json::value& write : input.at("writes").get_array())
    answers.push_back(world.write(write.get_object()));
  return encode_json(answers);
}

using Mode = std::string (*)(const json::object&);

Mode mode_named(std::string_view name) {
  if (name == "merge") return merge;
  if (name == "json") return json_patch;
  if (name == "strategic") return strategic;
  if (name == "jsonpath") return json_path;
  return name == "apply" ? apply_sequence : nullptr;
}

}  // namespace
}  // namespace dynamod

int main(int argc, char** argv) {
  const auto mode = dynamod::mode_named(argc > 1 ? argv[1] : "");
  if (!mode) return 2;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto input = dynamod::decode_json(line);
    std::cout << (input && input->is_object() ? mode(input->get_object()) : "error: no case")
              << '\n';
  }
}
