// Whether a DynamoModel makes sense: one set of rules for the admission webhook, the embedded API
// server and the controller (condition Stalled, InvalidSpec). Every problem at once; URIs are never
// shown, they may hold secrets.
#pragma once

#include "base/json.h"
#include "kinds/dynamo_model.h"
#include "kube/validation.h"

namespace dynamod::kinds {

// Bytes. A model's name travels percent-encoded in a worker's URL and becomes part of discovery
// keys.
inline constexpr std::size_t kModelNameMax = 256;
// Bytes. It may be a path on the workers.
inline constexpr std::size_t kBaseModelNameMax = 1024;
// Bytes. S3 keys end at 1,024; presigned URLs are longer.
inline constexpr std::size_t kSourceUriMax = 4096;

// The rules that concern one object.
[[nodiscard]] kube::Verdict validate_spec(const DynamoModelSpec& spec);

// A create: all rules.
[[nodiscard]] kube::Verdict validate_create(const DynamoModel& model);
// An update: all rules and what may not change; nothing is looked at when the spec is the same or
// `model` is being deleted, so that labels and finalizers of an object that was valid once can
// always be changed.
[[nodiscard]] kube::Verdict validate_update(const DynamoModel& old_model, const DynamoModel& model);

// The same on the JSON an admission review holds, with what the fields' types say (a number for a
// string). `old_object` is null for a create.
[[nodiscard]] kube::Verdict validate_model_json(const json::value& object,
                                                const json::value& old_object);

}  // namespace dynamod::kinds
