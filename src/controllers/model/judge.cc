// One endpoint's verdict, by the rules of the design's "Endpoints" and "How it decides" 1, 2 and 5.
#include "controllers/model/judge.h"

#include <algorithm>
#include <utility>

namespace dynamod::controllers::model {

namespace {

using lora::EndpointReason;

Verdict unready(EndpointReason reason, std::string message) {
  Verdict verdict;
  verdict.reason = reason;
  verdict.message = std::move(message);
  return verdict;
}

// While a roll is unfinished the last status is the only witness of what was loaded before we
// started.
bool status_says_wanted(const Wanted& wanted, const EndpointView& endpoint,
                        const kinds::DynamoModel& model) {
  // A status of an older generation may be from before a roll that was since taken back.
  if (model.status.observed_generation != model.metadata.generation) return false;
  const std::string text = source_text(wanted.uri);
  return std::ranges::any_of(model.status.endpoints, [&](const kinds::ModelEndpoint& seen) {
    return seen.pod_uid == endpoint.pod_uid && seen.container_id == endpoint.container_id &&
           seen.source == text;
  });
}

Loaded what_is_loaded(const Wanted& wanted, const EndpointView& endpoint,
                      const kinds::DynamoModel& model) {
  const AdapterView& adapter = endpoint.adapter(wanted.name);
  if (!adapter.listed) return Loaded::kNo;
  if (adapter.source)
    return *adapter.source == wanted.applied.source ? Loaded::kWanted : Loaded::kOther;
  if (adapter.owed || adapter.unload_may_run) return Loaded::kOther;
  if (!wanted.applied.from || status_says_wanted(wanted, endpoint, model)) return Loaded::kWanted;
  return Loaded::kOther;
}

Verdict judge_running(const RunningTask& running, Loaded loaded) {
  Verdict verdict;
  verdict.loaded = loaded;
  switch (running.task) {
    case AdapterTask::kLoad:
      verdict.reason = EndpointReason::kLoading;
      verdict.message = "the worker is loading the adapter";
      break;
    case AdapterTask::kReload:
      verdict.reason = EndpointReason::kReloading;
      verdict.message = "the worker is unloading the previous source and loading the new one";
      break;
    case AdapterTask::kUnload:
      verdict.reason = EndpointReason::kUnloading;
      verdict.message = "the worker is unloading an adapter of this name";
      break;
  }
  return verdict;
}

Verdict judge_listed(Loaded loaded, const EndpointView& endpoint, const AdapterView& adapter) {
  Verdict verdict;
  verdict.loaded = loaded;
  if (loaded == Loaded::kWanted) {
    verdict.ready = endpoint.pod_ready;
    verdict.reason = verdict.ready ? EndpointReason::kLoaded : EndpointReason::kPodNotReady;
    verdict.message =
        verdict.ready ? "" : "the adapter is loaded, the pod is not ready: " + endpoint.pod_message;
    return verdict;
  }
  verdict.step = Step::kReload;
  verdict.reason = EndpointReason::kReloading;
  verdict.message = "waits for its turn to load the new source; another one is still served";
  if (adapter.failed) {
    verdict.reason = adapter.failed->failure.reason;
    verdict.message = adapter.failed->failure.message;
    verdict.not_before = adapter.failed->retry_at;
  } else if (adapter.unload_may_run) {
    verdict.message =
        "an unload that was sent got no answer and may still happen; it is sent again";
  }
  return verdict;
}

}  // namespace

Verdict judge_endpoint(const Wanted& wanted, const EndpointView& endpoint,
                       const kinds::DynamoModel& model) {
  if (!endpoint.callable) return unready(EndpointReason::kPodNotReady, endpoint.pod_message);
  if (endpoint.contact) return unready(endpoint.contact->reason, endpoint.contact->message);
  if (!endpoint.listed_once)
    return unready(EndpointReason::kWorkerStarting, "waiting for the worker's first answer");

  if (endpoint.blocking_debt) {
    return unready(EndpointReason::kNameConflict,
                   "waits until " + *endpoint.blocking_debt +
                       ", left by a deleted model, is unloaded: Dynamo takes both for one name");
  }
  const AdapterView& adapter = endpoint.adapter(wanted.name);
  const Loaded loaded = what_is_loaded(wanted, endpoint, model);
  // An unload that waits for the requests that use the adapter is no failure of the new source.
  const bool failed_now = adapter.failed && adapter.failed->source == wanted.applied.source &&
                          adapter.failed->failure.reason != EndpointReason::kUnreachable &&
                          !adapter.unload_may_run;
  Verdict verdict;
  if (adapter.running) {
    verdict = judge_running(*adapter.running, loaded);
  } else if (loaded != Loaded::kNo) {
    verdict = judge_listed(loaded, endpoint, adapter);
  } else if (adapter.failed && adapter.failed->source == wanted.applied.source) {
    verdict = unready(adapter.failed->failure.reason, adapter.failed->failure.message);
    verdict.step = Step::kLoad;
    verdict.not_before = adapter.failed->retry_at;
  } else {
    verdict = unready(EndpointReason::kLoading, "the load is about to start");
    verdict.step = Step::kLoad;
  }
  verdict.failed = failed_now && loaded != Loaded::kWanted;
  return verdict;
}

Verdict judge_tracked(const EndpointView& endpoint) {
  if (!endpoint.pod_ready) return unready(EndpointReason::kPodNotReady, endpoint.pod_message);
  Verdict verdict;
  verdict.ready = true;
  verdict.reason = EndpointReason::kLoaded;
  verdict.message = "the pod is ready; nothing is loaded for this type of model";
  return verdict;
}

const AdapterView& EndpointView::adapter(const std::string& name) const {
  static const AdapterView kUnknown;
  const auto place = adapters.find(name);
  return place == adapters.end() ? kUnknown : place->second;
}

}  // namespace dynamod::controllers::model
