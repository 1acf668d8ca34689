// The kind DynamoModel: a model or an adapter on a base model. Its fields are declared here once;
// JSON, the CRD and the reference page come from this file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kinds/names.h"
#include "kube/condition.h"
#include "kube/metadata.h"

namespace dynamod::kinds {

enum class ModelType : std::uint8_t { kBase, kLora, kAdapter };

inline constexpr kube::EnumName<ModelType> kModelTypeNames[] = {
    {ModelType::kBase, "base"}, {ModelType::kLora, "lora"}, {ModelType::kAdapter, "adapter"}};

constexpr std::span<const kube::EnumName<ModelType>> enum_names(ModelType /*type*/) {
  return kModelTypeNames;
}

inline constexpr std::string_view kImmutableText =
    "is immutable and cannot be changed after creation";

struct ModelSource {
  std::string uri = {};

  static constexpr void fields(auto&& field) {
    field("uri", &ModelSource::uri, kube::kRequired,
          "Where the adapter is: s3://bucket/path/to/model, hf://org/model@revision_sha, "
          "file:///path on the workers, or "
          "an http:// or https:// URL (which needs the agent on every worker).");
  }

  friend bool operator==(const ModelSource&, const ModelSource&) = default;
};

struct DynamoModelSpec {
  std::string model_name = {};
  std::string base_model_name = {};
  ModelType model_type = ModelType::kBase;
  std::optional<ModelSource> source = {};

  static constexpr void fields(auto&& field) {
    field(
        "baseModelName", &DynamoModelSpec::base_model_name, kube::kRequired,
        "The base model. Must equal modelRef.name of the deployment that serves it, byte for byte.",
        {.immutable = kImmutableText});
    field("modelName", &DynamoModelSpec::model_name, kube::kRequired,
          "The name clients use, loaded on the workers as it is; for example my-org/my-adapter.");
    field("modelType", &DynamoModelSpec::model_type, kube::kOptional,
          "What this model is. lora is loaded on every worker of the base model; base and adapter "
          "are only tracked.",
          {.default_json = "\"base\"", .immutable = kImmutableText});
    field("source", &DynamoModelSpec::source, kube::kOptional,
          "Where to get a lora from; required when modelType is lora.");
  }

  friend bool operator==(const DynamoModelSpec&, const DynamoModelSpec&) = default;
};

struct ModelEndpoint {
  std::string address = {};
  std::string pod_name = {};
  bool ready = false;
  std::string reason = {};  // a word of lora/endpoint_reason.h
  std::string message = {};
  std::string source = {};
  std::string pod_uid = {};
  std::string container_id = {};
  std::optional<WallTime> since = {};
  bool lora_fallback_covered = false;

  static constexpr void fields(auto&& field) {
    field("address", &ModelEndpoint::address, kube::kRequired,
          "Where the worker answers, for example http://10.0.1.5:9090.");
    field("podName", &ModelEndpoint::pod_name, kube::kOptional, "The worker's pod.");
    field("ready", &ModelEndpoint::ready, kube::kRequired,
          "True if the pod is ready and, for a lora, its worker lists the adapter from the wanted "
          "source.");
    field("reason", &ModelEndpoint::reason, kube::kOptional,
          "Why it is or is not ready, in one word.");
    field("message", &ModelEndpoint::message, kube::kOptional,
          "The same for people: the worker's own words, cut and redacted.");
    field("source", &ModelEndpoint::source, kube::kOptional,
          "The source that is loaded there, redacted.");
    field("podUID", &ModelEndpoint::pod_uid, kube::kOptional,
          "The uid of the pod that was observed.");
    field("containerID", &ModelEndpoint::container_id, kube::kOptional,
          "The container that was observed; it changes with every restart.");
    field("since", &ModelEndpoint::since, kube::kOptional,
          "Since when ready and reason are as they are.");
    field("loraFallbackCovered", &ModelEndpoint::lora_fallback_covered, kube::kOptional,
          "True for a prefill worker that cannot load adapters and whose sibling serves this one.");
  }

  friend bool operator==(const ModelEndpoint&, const ModelEndpoint&) = default;
};

struct DynamoModelStatus {
  std::vector<ModelEndpoint> endpoints = {};  // by pod name
  std::int32_t ready_endpoints = 0;
  std::int32_t total_endpoints = 0;
  std::int32_t lora_fallback_covered_endpoints = 0;
  std::int64_t observed_generation = 0;
  std::vector<kube::Condition> conditions = {};

  static constexpr void fields(auto&& field) {
    field("conditions", &DynamoModelStatus::conditions, kube::kOptional,
          "EndpointsReady, ServicesFound, Ready and Stalled.");
    field("endpoints", &DynamoModelStatus::endpoints, kube::kOptional,
          "One entry for each worker pod of the base model, by pod name.");
    field("loraFallbackCoveredEndpoints", &DynamoModelStatus::lora_fallback_covered_endpoints,
          kube::kOptional, "How many endpoints are covered by a sibling.");
    field("observedGeneration", &DynamoModelStatus::observed_generation, kube::kOptional,
          "The metadata.generation this status is about.");
    field("readyEndpoints", &DynamoModelStatus::ready_endpoints, kube::kRequired,
          "How many endpoints are ready.");
    field("totalEndpoints", &DynamoModelStatus::total_endpoints, kube::kRequired,
          "How many endpoints there are.");
  }

  friend bool operator==(const DynamoModelStatus&, const DynamoModelStatus&) = default;
};

struct DynamoModel {
  static constexpr kube::ResourceType kType{kGroup, "v1alpha1", "dynamomodels", "DynamoModel"};

  kube::ObjectMeta metadata = {};
  DynamoModelSpec spec = {};
  DynamoModelStatus status = {};

  static constexpr void fields(auto&& field) {
    field("metadata", &DynamoModel::metadata);
    field("spec", &DynamoModel::spec, kube::kOptional, "What is wanted.");
    field("status", &DynamoModel::status, kube::kOptional, "What was observed last.");
  }

  friend bool operator==(const DynamoModel&, const DynamoModel&) = default;
};

}  // namespace dynamod::kinds
