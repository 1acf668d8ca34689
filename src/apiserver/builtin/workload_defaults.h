// Defaults of the kinds that make pods, one function for each kind; defaults.h calls them.
#pragma once

#include "base/json.h"

namespace dynamod::apiserver {

void default_deployment(json::object& object);
void default_replica_set(json::object& object);
void default_stateful_set(json::object& object);
void default_daemon_set(json::object& object);
void default_replication_controller(json::object& object);
void default_job(json::object& object);
void default_cron_job(json::object& object);

}  // namespace dynamod::apiserver
