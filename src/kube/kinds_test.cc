// The core kinds, read from documents as API servers write them.
#include <gmock/gmock.h>

#include "kube/decode.h"
#include "kube/encode.h"
#include "kube/event.h"
#include "kube/lease.h"
#include "kube/pod.h"
#include "kube/secret.h"
#include "kube/service.h"

namespace dynamod::kube {

namespace {

template <class T>
T read(std::string_view text) {
  auto object = from_json<T>(decode_json(text).value());
  EXPECT_TRUE(object) << object.error().message;
  return object.value_or(T{});
}

constexpr std::string_view kPodText = R"({
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {
    "name": "w-0", "namespace": "prod", "uid": "u-1", "resourceVersion": "42", "generation": 1,
    "creationTimestamp": "2026-01-02T03:04:05Z",
    "labels": {"nvidia.com/dynamo-base-model-hash": "fb68f5a6"},
    "annotations": {"nvidia.com/dynamo-base-model": "Qwen/Qwen3-0.6B"},
    "finalizers": ["a/b"],
    "ownerReferences": [{"apiVersion": "v1", "kind": "Thing", "name": "t", "uid": "x"},
                        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": "y", "controller": true}],
    "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}]},
  "spec": {
    "containers": [{"name": "main", "image": "i", "command": ["python3"], "args": ["-m", "dynamo.vllm"],
                    "ports": [{"name": "system", "containerPort": 9090, "protocol": "TCP"}]}],
    "readinessGates": [{"conditionType": "dynamod.dev/AdaptersLoaded"}]},
  "status": {
    "phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}],
    "conditions": [
      {"type": "ContainersReady", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-01-02T03:05:00Z"},
      {"type": "Ready", "status": "False", "reason": "ReadinessGatesNotReady", "message": "gate is not there yet"}],
    "containerStatuses": [{"name": "main", "containerID": "containerd://abc", "restartCount": 2, "ready": true,
                           "started": true, "state": {"running": {"startedAt": "2026-01-02T03:05:00Z"}}}]}})";

TEST(Pod, KeepsTheFieldsThatAreUsed) {
  const Pod pod = read<Pod>(kPodText);
  EXPECT_EQ(pod.metadata.key().text(), "prod/w-0");
  EXPECT_EQ(pod.metadata.label("nvidia.com/dynamo-base-model-hash"), "fb68f5a6");
  EXPECT_EQ(pod.metadata.annotation("nvidia.com/dynamo-base-model"), "Qwen/Qwen3-0.6B");
  EXPECT_EQ(pod.metadata.label("absent"), "");
  EXPECT_EQ(format_time(pod.metadata.creation_timestamp.value()), "2026-01-02T03:04:05Z");
  EXPECT_FALSE(pod.metadata.deleting());
  EXPECT_TRUE(pod.metadata.has_finalizer("a/b"));
  EXPECT_FALSE(pod.metadata.has_finalizer("a"));
  ASSERT_NE(pod.metadata.controller_owner(), nullptr);
  EXPECT_EQ(pod.metadata.controller_owner()->name, "rs");
  EXPECT_THAT(pod.spec.containers[0].args, testing::ElementsAre("-m", "dynamo.vllm"));
  EXPECT_EQ(pod.spec.containers[0].ports[0].container_port, 9090);
  EXPECT_EQ(pod.spec.readiness_gates[0].condition_type, "dynamod.dev/AdaptersLoaded");
  EXPECT_EQ(pod.status.pod_ips[1].ip, "fd00::1");
  EXPECT_EQ(pod.status.container_statuses[0].container_id, "containerd://abc");
  EXPECT_EQ(pod.status.container_statuses[0].restart_count, 2);
}

TEST(Pod, IsReadyOnlyByItsConditions) {
  Pod pod = read<Pod>(kPodText);
  EXPECT_TRUE(containers_ready(pod));
  EXPECT_FALSE(is_ready(pod));
  pod.status.conditions[1].status = ConditionStatus::kTrue;
  EXPECT_TRUE(is_ready(pod));
  EXPECT_FALSE(is_ready(Pod{}));
  EXPECT_FALSE(containers_ready(Pod{}));
}

TEST(Pod, TerminatesWhenDeletedOrEnded) {
  Pod pod = read<Pod>(kPodText);
  EXPECT_FALSE(terminating(pod));
  pod.status.phase = "Failed";
  EXPECT_TRUE(terminating(pod));
  pod.status.phase = "Running";
  pod.metadata.deletion_timestamp = WallTime{};
  EXPECT_TRUE(terminating(pod));
  EXPECT_FALSE(ended(pod));
}

TEST(Pod, SaysTheMostTellingReasonForNotBeingReady) {
  const struct {
    std::string_view pod;
    std::string_view text;
  } cases[] = {
      {R"({"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})", ""},
      {R"({"metadata":{"deletionTimestamp":"2026-01-02T03:04:05Z"},
           "status":{"conditions":[{"type":"Ready","status":"True"}]}})",
       "the pod is being deleted"},
      {R"({"status":{"phase":"Failed","message":"evicted: disk"}})",
       "the pod has ended (Failed): evicted: disk"},
      {R"({"status":{"phase":"Running","containerStatuses":[{"name":"main","restartCount":3,"ready":false,
           "state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 40s"}}}]}})",
       "container main waits: CrashLoopBackOff: back-off 40s"},
      {R"({"status":{"phase":"Running","containerStatuses":[{"name":"main","restartCount":3,"ready":false,
           "state":{"terminated":{"reason":"OOMKilled","exitCode":137}}}]}})",
       "container main ended with exit code 137: OOMKilled"},
      {R"({"status":{"phase":"Pending","conditions":[
           {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available"}]}})",
       "0/1 nodes are available"},
      {R"({"status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"True"},
           {"type":"ContainersReady","status":"False"}]}})",
       "ContainersReady is False"},
      {R"({"status":{"phase":"Pending"}})", "the pod is Pending"},
      {"{}", "the pod has no status yet"},
  };

  for (const auto& [pod, text] : cases) EXPECT_EQ(unready_text(read<Pod>(pod)), text);
}

TEST(Service, IsWrittenAsItWasRead) {
  constexpr std::string_view kText =
      R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"dynamo-model-fb68f5a6","namespace":"prod"},)"
      R"("spec":{"clusterIP":"None","selector":{"a":"b"},)"
      R"("ports":[{"name":"system","protocol":"TCP","port":9090,"targetPort":9090},{"port":80,"targetPort":"http"}]}})";
  EXPECT_EQ(encode_json(to_json(read<Service>(kText))), kText);
}

TEST(EndpointSlice, KeepsTargetsAndConditions) {
  const auto slice =
      read<EndpointSlice>(R"({"metadata":{"labels":{"kubernetes.io/service-name":"s"}},
      "addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true,"terminating":false},
      "targetRef":{"kind":"Pod","namespace":"prod","name":"w-0","uid":"u"}},{"addresses":["10.0.0.2"]}]})");
  EXPECT_EQ(slice.metadata.label(kServiceNameLabel), "s");
  ASSERT_EQ(slice.endpoints.size(), 2);
  EXPECT_EQ(slice.endpoints[0].conditions.ready, true);
  EXPECT_EQ(slice.endpoints[0].target_ref->uid, "u");
  EXPECT_EQ(slice.endpoints[1].conditions.ready, std::nullopt);
  EXPECT_FALSE(slice.endpoints[1].target_ref);
}

TEST(EndpointSlice, TakesNullEndpoints) {
  EXPECT_THAT(read<EndpointSlice>(R"({"addressType":"IPv4","endpoints":null})").endpoints,
              testing::IsEmpty());
}

TEST(Event, IsWrittenAsTheApiWantsIt) {
  const ObjectMeta about{.name = "m", .ns = "prod", .uid = "u", .resource_version = "7"};
  const Event event{
      .metadata = {.name = "m.1", .ns = "prod"},
      .event_time = MicroTime{WallTime(std::chrono::microseconds(1'000'002))},
      .series = EventSeries{.count = 2, .last_observed_time = {WallTime(std::chrono::seconds(2))}},
      .reporting_controller = "dynamomodel",
      .reporting_instance = "pod-1",
      .action = "Load",
      .reason = "EndpointsReady",
      .regarding = reference_to(Pod::kType, about),
      .note = "ok",
      .type = "Normal"};
  EXPECT_EQ(
      encode_json(to_json(event)),
      R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"m.1","namespace":"prod"},)"
      R"("eventTime":"1970-01-01T00:00:01.000002Z",)"
      R"("series":{"count":2,"lastObservedTime":"1970-01-01T00:00:02.000000Z"},)"
      R"("reportingController":"dynamomodel","reportingInstance":"pod-1","action":"Load",)"
      R"("reason":"EndpointsReady","regarding":{"apiVersion":"v1","kind":"Pod","namespace":"prod","name":"m",)"
      R"("uid":"u","resourceVersion":"7"},"note":"ok","type":"Normal"})");
}

TEST(Lease, TellsReleasedFromNeverHeld) {
  const auto released =
      read<Lease>(R"({"spec":{"holderIdentity":"","renewTime":"2026-01-02T03:04:05.678901Z"}})");
  EXPECT_EQ(released.spec.holder_identity, "");
  EXPECT_EQ(format_micro_time(released.spec.renew_time->time), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(read<Lease>("{}").spec.holder_identity, std::nullopt);
  EXPECT_EQ(encode_json(to_json(released.spec)),
            R"({"holderIdentity":"","renewTime":"2026-01-02T03:04:05.678901Z"})");
}

TEST(Secret, GivesValuesAndNeverShowsThem) {
  Secret secret{
      .metadata = {.name = "ca", .ns = "sys"}, .type = "Opaque", .data = {{"bad", "%%%secret"}}};
  set_secret_value(secret, "key", "pem");
  EXPECT_EQ(secret.data["key"], "cGVt");
  EXPECT_EQ(secret_value(secret, "key").value(), "pem");
  EXPECT_EQ(secret_value(secret, "absent").error(),
            (Error{Error::Kind::kNotFound, "secret sys/ca, key absent: not there"}));
  EXPECT_EQ(secret_value(secret, "bad").error(),
            (Error{Error::Kind::kInvalid, "secret sys/ca, key bad: is not base64"}));
}

}  // namespace

}  // namespace dynamod::kube
