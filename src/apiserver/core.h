// What every handler works with: the store, the registry, the doors, and the functions that
// outsiders inject. One value, made by ApiServer, that outlives all requests.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "apiserver/registry/registry.h"
#include "apiserver/store/store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/offload.h"
#include "base/rng.h"
#include "kube/admission.h"

namespace dynamod::apiserver {

// In-process admission of one resource ("dynamomodels.nvidia.com"): called for creates, updates and
// deletes of the main resource and its subresources, after validation.
using Admission = std::function<kube::AdmissionResponse(const kube::AdmissionRequest&)>;
using Admissions = std::map<std::string, Admission, std::less<>>;

// Converts an object of a custom resource in place to `api_version`, which it does not have yet.
using Conversion = std::function<Result<>(json::object& object, std::string_view api_version)>;
// By resource name; a resource without one has its apiVersion rewritten.
using Conversions = std::map<std::string, Conversion, std::less<>>;

struct Core {
  Executor executor;
  Store& store;
  Registry& registry;
  Clock& clock;
  Rng& rng;
  Offload& offload;
  const Log& log;
  Metrics& metrics;
  const Admissions& admissions;
};

}  // namespace dynamod::apiserver
