// The rules are in validation/crd_object.h; here they meet the steps of a write.
#include "apiserver/crd_strategy.h"

#include <algorithm>

#include "apiserver/registry/object.h"
#include "apiserver/validation/crd_object.h"

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kPendingReason = "InstanceDeletionPending";
constexpr std::string_view kPendingMessage =
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";

class CrdStrategy final : public Strategy {
 public:
  void set_defaults(json::object& object, const Resource& /*resource*/) const override {
    default_crd(object);
  }

  [[nodiscard]] Result<> prepare_create(json::object& object,
                                        const WriteContext& /*context*/) const override {
    prepare_crd_create(object);
    metadata_of(object)["generation"] = 1;
    return {};
  }

  [[nodiscard]] Result<> prepare_update(json::object& object, const json::object& old,
                                        const WriteContext& context) const override {
    if (context.subresource == "status")
      prepare_crd_status_update(object, old);
    else
      prepare_crd_update(object, old);
    return {};
  }

  [[nodiscard]] kube::Verdict validate_create(const json::object& object,
                                              const WriteContext& /*context*/) const override {
    return validate_crd(object);
  }

  [[nodiscard]] kube::Verdict validate_update(const json::object& object, const json::object& old,
                                              const WriteContext& context) const override {
    if (context.subresource == "status") return validate_crd_status_update(object, old);
    return validate_crd_update(object, old);
  }

  void begin_delete(json::object& object, const WriteContext& context) const override {
    json::object& metadata = metadata_of(object);
    json::value& finalizers = metadata["finalizers"];
    if (!finalizers.is_array()) finalizers.emplace_array();
    const json::value finalizer(kCrdFinalizer);
    json::array& list = finalizers.get_array();
    if (std::ranges::find(list, finalizer) == list.end()) list.push_back(finalizer);
    set_crd_terminating(object, kPendingReason, kPendingMessage, context.now);
  }

  // The first deletion only marks it: whoever serves it deletes its objects and then lets it go.
  [[nodiscard]] bool may_remove(const json::object& object) const override {
    return metadata_of(object).contains("deletionTimestamp");
  }
};

}  // namespace

std::shared_ptr<const Strategy> make_crd_strategy() {
  return std::make_shared<const CrdStrategy>();
}

}  // namespace dynamod::apiserver
