// Validation of pods and of what embeds them.
#pragma once

#include <set>
#include <string>

#include "apiserver/builtin/check.h"

namespace dynamod::apiserver {

// `place` is that of the spec.
void check_pod_spec(const json::object& spec, const Place& place);
// A PodTemplateSpec: labels, annotations and spec.
void check_pod_template(const json::object& pod_template, const Place& place);
// What a change of a running pod may touch: images, deadline, added tolerations.
void check_pod_change(const json::object& pod, const json::object& old, Problems& problems);

// A step of check_pod_spec with a file of its own: one list of containers. `volumes` are the names
// that can be mounted.
enum class ContainerList : std::uint8_t { kMain, kInit, kEphemeral };
void check_containers(const json::object& spec, ContainerList list,
                      const std::set<std::string, std::less<>>& volumes, const Place& place);
// `requirements` of a container or pod.
void check_resources(const json::object& requirements, const Place& place);

}  // namespace dynamod::apiserver
