// Joining pods and slices, and reading off a pod what matters about its worker.
#include "controllers/model/members.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "controllers/model/debt_record.h"
#include "kinds/dynamo_model.h"

namespace dynamod::controllers::model {

namespace {

const kube::Container* serving_container(const kube::Pod& pod, std::uint16_t port) {
  const auto& containers = pod.spec.containers;
  for (const kube::Container& container : containers) {
    for (const kube::ContainerPort& declared : container.ports) {
      if (declared.container_port == port) return &container;
    }
  }
  const auto main = std::ranges::find(containers, "main", &kube::Container::name);
  if (main != containers.end()) return &*main;
  return containers.empty() ? nullptr : &containers.front();
}

const kube::ContainerStatus* status_of(const kube::Pod& pod, const kube::Container* container) {
  const auto& statuses = pod.status.container_statuses;
  if (container == nullptr) return nullptr;
  const auto found = std::ranges::find(statuses, container->name, &kube::ContainerStatus::name);
  return found == statuses.end() ? nullptr : &*found;
}

// "dynamo.vllm" in the command or the arguments of the container `main`.
bool runs_vllm(const kube::Pod& pod) {
  const auto main = std::ranges::find(pod.spec.containers, "main", &kube::Container::name);
  if (main == pod.spec.containers.end()) return false;
  const auto names_vllm = [](const std::string& word) {
    return word.find("dynamo.vllm") != std::string::npos;
  };
  return std::ranges::any_of(main->command, names_vllm) ||
         std::ranges::any_of(main->args, names_vllm);
}

// Pod uid -> addresses that slices give it, and the names of the Services.
struct SliceIndex {
  std::map<std::string, std::set<std::string>> addresses;
  std::set<std::string> services;
};

SliceIndex index_slices(const std::vector<SlicePtr>& slices) {
  SliceIndex index;
  for (const SlicePtr& slice : slices) {
    const std::string service(slice->metadata.label(std::string(kube::kServiceNameLabel)));
    bool used = false;
    for (const kube::SliceEndpoint& endpoint : slice->endpoints) {
      if (!endpoint.target_ref || endpoint.target_ref->kind != "Pod") continue;
      used = true;
      index.addresses[endpoint.target_ref->uid].insert(endpoint.addresses.begin(),
                                                       endpoint.addresses.end());
    }
    if (used && !service.empty()) index.services.insert(service);
  }
  return index;
}

bool is_own_address(const kube::Pod& pod, const std::string& address) {
  if (pod.status.pod_ip == address) return true;
  return std::ranges::find(pod.status.pod_ips, address, &kube::PodIp::ip) !=
         pod.status.pod_ips.end();
}

}  // namespace

std::optional<std::string> prefill_group(const kube::Pod& pod) {
  const auto label = [&](std::string_view name) {
    return std::string(pod.metadata.label(std::string(name)));
  };
  std::string type = label(kinds::kComponentTypeLabel);
  if (type == "worker") type = label(kinds::kSubComponentTypeLabel);
  if (type != "prefill" || !runs_vllm(pod)) return std::nullopt;
  if (const std::string graph = label(kinds::kGraphDeploymentLabel); !graph.empty())
    return "graph:" + graph;
  if (const std::string selector = label(kinds::kSelectorLabel); !selector.empty())
    return "workload:" + selector;
  const kube::OwnerReference* owner = pod.metadata.controller_owner();
  return owner == nullptr ? std::nullopt : std::optional("workload:" + owner->name);
}

WorkerIdentity identify(const kube::Pod& pod, std::uint16_t port) {
  WorkerIdentity identity;
  identity.name_space = pod.metadata.ns;
  identity.pod_name = pod.metadata.name;
  identity.pod_uid = pod.metadata.uid;
  if (const auto* status = status_of(pod, serving_container(pod, port))) {
    identity.incarnation = status->container_id + "#" + std::to_string(status->restart_count);
  }
  if (!pod.status.pod_ip.empty()) {
    identity.address =
        Url{.scheme = "http", .host = pod.status.pod_ip, .port = port, .target = "/"};
  }
  const bool ended = pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
  identity.callable = !identity.address.host.empty() && kube::containers_ready(pod) && !ended;
  return identity;
}

Members join_members(const std::string& base_model, const std::vector<PodPtr>& pods,
                     const std::vector<SlicePtr>& slices, std::uint16_t port) {
  const SliceIndex index = index_slices(slices);
  Members members;
  members.services = index.services.size();
  for (const PodPtr& pod : pods) {
    Member member;
    member.identity = identify(*pod, port);
    if (!member.identity.address.host.empty()) member.address = member.identity.address.origin();
    if (const auto* status = status_of(*pod, serving_container(*pod, port)))
      member.container_id = status->container_id;
    member.ready = kube::is_ready(*pod);
    member.terminating = kube::terminating(*pod);
    member.message = kube::unready_text(*pod);
    member.prefill_group = prefill_group(*pod);
    member.debts = debts_of(*pod);
    const auto listed = index.addresses.find(pod->metadata.uid);
    member.counts = listed != index.addresses.end() && !member.terminating;
    const std::string base(pod->metadata.annotation(std::string(kinds::kBaseModelAnnotation)));
    if (!base.empty() && base != base_model) {
      members.warnings.push_back({pod->metadata.name, "serves base model " + base +
                                                          ", whose hash is the same as that of " +
                                                          base_model + ": it is left alone"});
      continue;
    }
    if (listed != index.addresses.end()) {
      for (const std::string& address : listed->second) {
        if (is_own_address(*pod, address)) continue;
        members.warnings.push_back(
            {pod->metadata.name, "an EndpointSlice gives it the address " + address +
                                     ", which is not the pod's: it is ignored"});
      }
    }
    members.all.push_back(std::move(member));
  }
  std::ranges::sort(members.all, {}, [](const Member& member) { return member.identity.pod_name; });
  return members;
}

}  // namespace dynamod::controllers::model
