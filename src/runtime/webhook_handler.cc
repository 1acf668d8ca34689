// Reading reviews, calling the functions, answering and counting.
#include "runtime/webhook_handler.h"

#include <utility>

#include "kube/api_error.h"

namespace dynamod::runtime {

namespace {

const std::vector<double> kDurationBuckets = {.001, .0025, .005, .01, .025, .05,
                                              .1,   .25,   .5,   1,   2.5};

http::Response refusal(Error::Kind kind, const std::string& message) {
  return http::text_response(kube::http_status_of(kind), message + "\n");
}

}  // namespace

void WebhookHandler::add(std::string path, std::string resource_type, AdmissionFunction function) {
  routes_.emplace(std::move(path), Route{std::move(resource_type), std::move(function)});
}

Async<http::Response> WebhookHandler::handle(http::Request request) {
  const auto route = routes_.find(request.path());
  if (route == routes_.end())
    co_return refusal(Error::Kind::kNotFound, "there is no webhook at this path");
  if (request.method != "POST") co_return http::text_response(405, "a webhook is called by POST\n");
  const SteadyTime started = clock_.now();
  const auto body = co_await http::read_all(std::move(request.body), kAdmissionReviewMax);
  if (!body) co_return refusal(body.error().kind, body.error().message);
  const auto review = kube::parse_admission_review(*body);
  if (!review) co_return refusal(review.error().kind, review.error().message);
  const kube::AdmissionResponse response = route->second.function(*review);
  count(route->second, *review, response, clock_.now() - started);
  co_return http::json_response(200, kube::encode_admission_review(review->uid, response));
}

void WebhookHandler::count(const Route& route, const kube::AdmissionRequest& request,
                           const kube::AdmissionResponse& response, Duration took) {
  const std::string operation(kube::enum_text(request.operation));
  const std::string result = response.allowed ? "allowed" : "denied";
  MetricLabels labels = {{"resource_type", route.resource_type}, {"operation", operation}};
  metrics_
      .histogram("dynamo_operator_webhook_duration_seconds", "How long an admission review took.",
                 kDurationBuckets, labels)
      .observe(std::chrono::duration<double>(took).count());
  labels["result"] = result;
  metrics_
      .counter("dynamo_operator_webhook_requests_total", "Admission reviews, by result.", labels)
      .add();
  if (response.allowed) return;
  labels.erase("result");
  const json::value* reason = response.status.if_contains("reason");
  const bool named = reason != nullptr && reason->is_string();
  labels["reason"] = named ? std::string(reason->get_string()) : "Unknown";
  metrics_
      .counter("dynamo_operator_webhook_denials_total",
               "Admission reviews that were denied, by reason.", labels)
      .add();
  const kube::ObjectKey key{request.ns, request.name};
  log_.info("Denied by admission", {{"resource", route.resource_type},
                                    {"object", key.text()},
                                    {"operation", operation},
                                    {"user", request.user_info.username}});
}

}  // namespace dynamod::runtime
