// admission.k8s.io/v1 AdmissionReview, in and out: what the API server asks a webhook and what it
// is told.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kube/fields.h"
#include "kube/validation.h"

namespace dynamod::kube {

enum class Operation : std::uint8_t { kCreate, kUpdate, kDelete, kConnect };

inline constexpr EnumName<Operation> kOperationNames[] = {{Operation::kCreate, "CREATE"},
                                                          {Operation::kUpdate, "UPDATE"},
                                                          {Operation::kDelete, "DELETE"},
                                                          {Operation::kConnect, "CONNECT"}};

constexpr std::span<const EnumName<Operation>> enum_names(Operation /*type*/) {
  return kOperationNames;
}

struct GroupVersionKind {
  std::string group = {};
  std::string version = {};
  std::string kind = {};

  static constexpr void fields(auto&& field) {
    field("group", &GroupVersionKind::group);
    field("version", &GroupVersionKind::version);
    field("kind", &GroupVersionKind::kind, kRequired);
  }

  friend bool operator==(const GroupVersionKind&, const GroupVersionKind&) = default;
};

struct UserInfo {
  std::string username = {};
  std::vector<std::string> groups = {};

  static constexpr void fields(auto&& field) {
    field("username", &UserInfo::username);
    field("groups", &UserInfo::groups);
  }

  friend bool operator==(const UserInfo&, const UserInfo&) = default;
};

struct AdmissionRequest {
  std::string uid = {};
  GroupVersionKind kind = {};
  std::string sub_resource = {};
  std::string name = {};  // "" for a create with generateName
  std::string ns = {};
  Operation operation = Operation::kCreate;
  UserInfo user_info = {};
  json::value object = {};      // null for DELETE
  json::value old_object = {};  // null for CREATE
  bool dry_run = false;

  static constexpr void fields(auto&& field) {
    field("uid", &AdmissionRequest::uid, kRequired);
    field("kind", &AdmissionRequest::kind, kRequired);
    field("subResource", &AdmissionRequest::sub_resource);
    field("name", &AdmissionRequest::name);
    field("namespace", &AdmissionRequest::ns);
    field("operation", &AdmissionRequest::operation, kRequired);
    field("userInfo", &AdmissionRequest::user_info);
    field("object", &AdmissionRequest::object);
    field("oldObject", &AdmissionRequest::old_object);
    field("dryRun", &AdmissionRequest::dry_run);
  }

  friend bool operator==(const AdmissionRequest&, const AdmissionRequest&) = default;
};

struct AdmissionResponse {
  bool allowed = true;
  json::object status = {};  // a metav1.Status; why it is refused
  std::vector<std::string> warnings = {};
};

// Error kBadRequest for anything that is no AdmissionReview v1 with a request.
[[nodiscard]] Result<AdmissionRequest> parse_admission_review(std::string_view body);
// `uid` is the request's.
[[nodiscard]] std::string encode_admission_review(std::string_view uid,
                                                  const AdmissionResponse& response);

// The verdict of a validation as an answer: Status 422 Invalid with all problems, and the warnings.
[[nodiscard]] AdmissionResponse admission_response(const ResourceType& type, std::string_view name,
                                                   const Verdict& verdict);

// What a review holds besides the two objects: names, user and options.
inline constexpr std::size_t kReviewFrameMax = std::size_t{1} << 20;
// The API server cuts warnings to 256 characters when there are many of them, so none of ours is
// longer.
inline constexpr std::size_t kWarningBytesMax = 256;

}  // namespace dynamod::kube
