// Exec plugins of kubeconfig users: a program that prints an ExecCredential.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/broadcast.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/json.h"
#include "base/processes.h"
#include "client/access.h"

namespace dynamod::client {

struct ExecPlugin {
  std::string api_version = {};  // client.authentication.k8s.io/v1 or v1beta1
  std::vector<std::string> command = {};
  std::map<std::string, std::string> environment = {};  // added to the program's own
  std::string install_hint = {};
  json::value cluster = {};  // for provideClusterInfo; null: not given
};

class ExecCredentials final : public Credentials {
 public:
  // The doors outlive the credentials.
  ExecCredentials(Processes& processes, Clock& clock, const Env& env, ExecPlugin plugin);

  // Runs the plugin when there is no token or it expires within ten seconds; callers that come
  // meanwhile wait for the same run. Errors: kUnauthorized with what the plugin wrote to its
  // standard error, kNotFound with the install hint.
  [[nodiscard]] Async<std::string> authorization() override;
  bool refused(const std::string& authorization) override;

  // Of the last run; empty when the plugin gives none.
  [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

  [[nodiscard]] const std::string& key_pem() const { return key_pem_; }

 private:
  Async<> run();
  Result<> accept(const std::string& output);
  [[nodiscard]] bool fresh() const;

  Processes& processes_;
  Clock& clock_;
  ExecPlugin plugin_;
  std::map<std::string, std::string> environment_;
  std::string authorization_;
  std::string certificate_pem_;
  std::string key_pem_;
  std::optional<WallTime> expires_;
  bool known_ = false;
  bool running_ = false;
  Broadcast ended_;
};

}  // namespace dynamod::client
