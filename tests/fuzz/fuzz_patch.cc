// Any document and any patch of each kind, and any fields as managedFields: patching and applying
// never crash. The first line is the object, the second the patch (or the applied object).
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apiserver/apply/apply.h"
#include "kube/builtin/builtin.h"
#include "kube/patch/json_patch.h"
#include "kube/patch/merge_patch.h"
#include "kube/patch/strategic_patch.h"

namespace dynamod {
namespace {

using namespace apiserver;

void check_merge_patch(const json::value& target, const json::value& patch) {
  const json::value once = kube::merge_patch(target, patch);
  (void)encode_json(once);
}

void check_json_patch(const json::value& target, const json::value& patch) {
  const auto decoded = kube::decode_json_patch(patch);
  if (decoded && (target.is_object() || target.is_array()))
    (void)kube::apply_json_patch(target, decoded->operations);
}

void check_apply(const json::object& live, const json::object& applied) {
  static const char* const kKinds[] = {"Deployment", "ControllerRevision"};
  for (const char* name : kKinds) {
    const ManagedKind kind{.api_version = "apps/v1",
                           .kind = name,
                           .schema = kube::builtin_schema("apps/v1", name),
                           .empty = {{"apiVersion", "apps/v1"}, {"kind", name}}};
    const FieldOwner owner{.manager = "kubectl"};
    json::object config = applied;
    config["apiVersion"] = "apps/v1";
    config["kind"] = name;
    const auto result = apply(live, config, kind, owner, Force::kNo);
    // What was applied can be applied again, and changes nothing more.
    if (const auto forced = apply(live, config, kind, owner, Force::kYes); forced && result)
      DYN_ASSERT(apply(*forced, config, kind, owner, Force::kNo).has_value());
    json::object next = applied;
    track_update(&live, next, kind, owner);
  }
}

}  // namespace
}  // namespace dynamod

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dynamod;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const auto target = decode_json(text.substr(0, line_end));
  const auto patch = decode_json(text.substr(line_end + 1));
  if (!target || !patch) return 0;
  check_merge_patch(*target, *patch);
  check_json_patch(*target, *patch);
  if (!target->is_object() || !patch->is_object()) return 0;
  (void)kube::strategic_patch(target->get_object(), patch->get_object(),
                              *kube::builtin_schema("apps/v1", "Deployment"));
  check_apply(target->get_object(), patch->get_object());
  return 0;
}
