// kubeconfig files: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ and how kubectl
// merges several.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "base/processes.h"
#include "client/access.h"

namespace dynamod::client {

// The doors a kubeconfig needs; all outlive the ClusterAccess made with them.
struct ConfigDoors {
  const Files& files;
  Processes& processes;
  Clock& clock;
  const Env& env;
};

struct KubeConfigChoice {
  // --kubeconfig; empty: $KUBECONFIG (a list joined by ':'), else $HOME/.kube/config
  std::string path = {};
  std::string context = {};  // empty: current-context
};

// The first file that says a thing wins; files of a list that do not exist are passed over.
// Relative paths inside a file are relative to that file. Errors name the file, the context,
// cluster or user, and the field: kNotFound when there is no file at all, kInvalid else. An exec
// plugin (client.authentication.k8s.io v1, v1beta1) runs here once if the user has one: its client
// certificate is in the ClusterAccess, its token in the credentials, cached until
// expirationTimestamp and asked for again after a 401.
[[nodiscard]] Async<ClusterAccess> load_kube_config(ConfigDoors doors, KubeConfigChoice choice);

// The text of a kubeconfig with one cluster, user and context, all called `name`.
struct KubeConfigText {
  std::string name = {};
  std::string server = {};
  std::string certificate_authority_pem = {};
  std::string token = {};  // or the two below
  std::string client_certificate_pem = {};
  std::string client_key_pem = {};
  std::string default_namespace = {};
};

// Written whole, mode 0600: it holds a secret.
[[nodiscard]] Result<> write_kube_config(Files& files, const std::string& path,
                                         const KubeConfigText& config);

}  // namespace dynamod::client
