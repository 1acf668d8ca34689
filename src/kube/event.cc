// References to objects.
#include "kube/event.h"

namespace dynamod::kube {

ObjectReference reference_to(const ResourceType& type, const ObjectMeta& metadata) {
  return {.api_version = type.api_version(),
          .kind = std::string(type.kind),
          .ns = metadata.ns,
          .name = metadata.name,
          .uid = metadata.uid,
          .resource_version = metadata.resource_version};
}

}  // namespace dynamod::kube
