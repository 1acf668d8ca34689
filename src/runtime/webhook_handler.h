// Admission reviews over HTTP: paths to plain functions, with limits and metrics. Where it is
// served, and under which certificate, is runtime/webhook_server.h.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/handler.h"
#include "kube/admission.h"

namespace dynamod::runtime {

// Two objects of at most 1.5 MB each, in JSON, and the review around them.
inline constexpr std::size_t kAdmissionReviewMax = std::size_t{8} << 20;

// Pure: decides from the request alone.
using AdmissionFunction = std::function<kube::AdmissionResponse(const kube::AdmissionRequest&)>;

// Metrics (names of Dynamo's operator):
// dynamo_operator_webhook_duration_seconds{resource_type,operation},
// _webhook_requests_total{resource_type,operation,result: allowed denied},
// _webhook_denials_total{...,reason}.
class WebhookHandler final : public http::Handler {
 public:
  // The services outlive the handler.
  WebhookHandler(Clock& clock, Log& log, Metrics& metrics)
      : clock_(clock), log_(log), metrics_(metrics) {}

  // POST `path` answers with `function`; `resource_type` ("DynamoModel") is the label of the
  // metrics.
  void add(std::string path, std::string resource_type, AdmissionFunction function);

  // 404 for another path, 405 for another method, 413 and 400 for a body that is no AdmissionReview
  // v1.
  [[nodiscard]] Async<http::Response> handle(http::Request request) override;

 private:
  struct Route {
    std::string resource_type;
    AdmissionFunction function;
  };

  void count(const Route& route, const kube::AdmissionRequest& request,
             const kube::AdmissionResponse& response, Duration took);

  Clock& clock_;
  Log& log_;
  Metrics& metrics_;
  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace dynamod::runtime
