// The operator's rights: the least it works with. Apart from the rest because this is what a
// security review reads.
#pragma once

#include "base/json.h"

namespace dynamod::cli {

// In every namespace it serves: models, their workers and Services, events. Never a write on pods
// but on their status, and no right on Secrets.
[[nodiscard]] json::array work_rules();

// In its own namespace: the Lease of the leader.
[[nodiscard]] json::array lease_rules();
// In its own namespace: the Secret that holds the webhook's certificate authority.
[[nodiscard]] json::array webhook_secret_rules();
// In the cluster: the webhook's configuration, to write the authority's certificate there.
[[nodiscard]] json::array webhook_configuration_rules();

}  // namespace dynamod::cli
