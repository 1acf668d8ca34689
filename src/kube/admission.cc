// The frame of a review, declared here alone: no one else sees it.
#include "kube/admission.h"

#include "base/utf8.h"
#include "kube/decode.h"
#include "kube/encode.h"

namespace dynamod::kube {

namespace {

constexpr std::string_view kApiVersion = "admission.k8s.io/v1";

struct AdmissionReview {
  std::string api_version;
  std::string kind;
  std::optional<AdmissionRequest> request;

  static constexpr void fields(auto&& field) {
    field("apiVersion", &AdmissionReview::api_version, kRequired);
    field("kind", &AdmissionReview::kind, kRequired);
    field("request", &AdmissionReview::request, kRequired);
  }
};

}  // namespace

Result<AdmissionRequest> parse_admission_review(std::string_view body) {
  // The object and the old one, each as large as an object may be.
  const JsonLimits limits{.size_bytes_max = 2 * kJsonSizeMax + kReviewFrameMax};
  auto decoded = decode_json_strict(body, limits);
  if (!decoded) return std::unexpected(std::move(decoded).error().within("admission review"));
  std::vector<Problem> problems;
  auto review = from_json<AdmissionReview>(decoded->value, problems);
  if (!problems.empty())
    return fail(Error::Kind::kBadRequest, "admission review: " + problems_text(problems));
  if (review.api_version != kApiVersion || review.kind != "AdmissionReview")
    return fail(Error::Kind::kBadRequest,
                "admission review: only admission.k8s.io/v1 AdmissionReview is understood");
  return std::move(*review.request);
}

std::string encode_admission_review(std::string_view uid, const AdmissionResponse& response) {
  json::object answer{{"uid", uid}, {"allowed", response.allowed}};
  if (!response.status.empty()) answer["status"] = response.status;
  if (!response.warnings.empty()) {
    json::array warnings;
    for (const auto& warning : response.warnings)
      warnings.emplace_back(cut_utf8(warning, kWarningBytesMax));
    answer["warnings"] = std::move(warnings);
  }
  const json::object review{
      {"apiVersion", kApiVersion}, {"kind", "AdmissionReview"}, {"response", std::move(answer)}};
  return encode_json(review);
}

AdmissionResponse admission_response(const ResourceType& type, std::string_view name,
                                     const Verdict& verdict) {
  AdmissionResponse response{.allowed = verdict.ok(), .status = {}, .warnings = verdict.warnings};
  if (!verdict.ok()) response.status = invalid_status(type, name, verdict.problems);
  return response;
}

}  // namespace dynamod::kube
