// Access from inside a pod: the service account's files and two environment variables.
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
#pragma once

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "client/access.h"

namespace dynamod::client {

inline constexpr const char* kServiceAccountFolder =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// Whether this is a pod with a service account: KUBERNETES_SERVICE_HOST and _PORT are set and the
// token is there.
[[nodiscard]] bool is_in_cluster(const Env& env, const Files& files);

// Errors: kNotFound outside a pod; kInvalid for variables or files that make no sense, with their
// names. The token is read again when it changes (token_file.h). `files` and `clock` outlive the
// credentials.
[[nodiscard]] Result<ClusterAccess> in_cluster_access(const Env& env, const Files& files,
                                                      Clock& clock);

}  // namespace dynamod::client
