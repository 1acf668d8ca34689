// Taking, renewing and giving up the lease.
#include "runtime/leader_election.h"

#include <algorithm>
#include <utility>

#include "base/timestamp.h"
#include "base/with_timeout.h"

namespace dynamod::runtime {

namespace {

constexpr double kJitter = 0.1;  // replicas that started together do not stay together

std::int32_t whole_seconds(Duration duration) {
  return static_cast<std::int32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

Result<> check_options(const LeaderElectionOptions& options) {
  const bool ordered = Duration::zero() < options.retry_period &&
                       options.retry_period < options.renew_deadline &&
                       options.renew_deadline < options.lease_duration;
  if (!ordered) {
    return fail(Error::Kind::kInvalid,
                "leader election needs 0 < retry period < renew deadline < lease duration, such as "
                "2s, 10s, 15s");
  }
  return {};
}

LeaderElection::LeaderElection(Services services, LeaderElectionOptions options)
    : services_(services),
      options_(std::move(options)),
      leading_metric_(services.metrics.gauge("dynamod_leader", "1 while this process leads.")),
      tasks_(services.executor) {
  DYN_ASSERT(check_options(options_).has_value());
}

void LeaderElection::start() {
  tasks_.spawn("leader election", run());
  tasks_.spawn("leader election log", tell());
}

Async<> LeaderElection::run() {
  const Duration limit =
      options_.renew_deadline / 2;  // so that two tries fit before the gate closes
  while (true) {
    Result<> result = co_await with_timeout(services_.clock, limit, "leader election", attempt());
    if (result) {
      last_error_.clear();
    } else {
      // Whatever went wrong, what we know of the lease may be old.
      observed_.resource_version.clear();
      const Error& error = result.error();
      if (error.kind != Error::Kind::kConflict && error.message != last_error_) {
        services_.log.warning("Leader election failed, will try again",
                              {{"lease", options_.lease.text()}, {"error", error.message}});
        last_error_ = error.message;
      }
    }
    co_await services_.clock.sleep_for(services_.rng.jitter(options_.retry_period, kJitter));
  }
}

Async<> LeaderElection::tell() {
  while (true) {
    co_await services_.gate.wait_open();
    leading_metric_.set(1);
    services_.log.info("Became the leader",
                       {{"lease", options_.lease.text()}, {"identity", options_.identity}});
    co_await services_.gate.wait_closed();
    leading_metric_.set(0);
    services_.log.warning("No longer the leader",
                          {{"lease", options_.lease.text()}, {"identity", options_.identity}});
  }
}

Async<> LeaderElection::attempt() {
  const bool known =
      leading() && observed_.holder == options_.identity && !observed_.resource_version.empty();
  if (!known) {
    auto seen = co_await observe();
    if (!seen && seen.error().kind == Error::Kind::kNotFound) co_return co_await create();
    if (!seen) co_return std::unexpected(std::move(seen).error());
  }
  if (held_by_another()) co_return Result<>{};
  co_return co_await take();
}

Async<> LeaderElection::observe() {
  CO_TRY(const auto lease, co_await services_.client.get<kube::Lease>(options_.lease));
  note(lease);
  co_return Result<>{};
}

void LeaderElection::note(const kube::Lease& lease) {
  const std::string holder = lease.spec.holder_identity.value_or("");
  const auto renewed =
      lease.spec.renew_time ? std::optional(lease.spec.renew_time->time) : std::nullopt;
  if (holder != observed_.holder || renewed != observed_.renew_time)
    observed_.changed_at = services_.clock.now();
  observed_.holder = holder;
  observed_.renew_time = renewed;
  observed_.resource_version = lease.metadata.resource_version;
  observed_.transitions = lease.spec.lease_transitions;
  const std::int32_t written = lease.spec.lease_duration_seconds.value_or(0);
  observed_.duration = written > 0 ? std::chrono::seconds(written) : options_.lease_duration;
}

bool LeaderElection::held_by_another() const {
  if (observed_.holder.empty() || observed_.holder == options_.identity) return false;
  return services_.clock.now() < observed_.changed_at + observed_.duration;
}

Async<> LeaderElection::create() {
  const SteadyTime started = services_.clock.now();
  const kube::MicroTime now{services_.clock.wall()};
  kube::Lease lease;
  lease.metadata.ns = options_.lease.ns;
  lease.metadata.name = options_.lease.name;
  lease.spec = {.holder_identity = options_.identity,
                .lease_duration_seconds = whole_seconds(options_.lease_duration),
                .acquire_time = now,
                .renew_time = now};
  CO_TRY(const auto created, co_await services_.client.create(std::move(lease)));
  note(created);
  led_since(started);
  co_return Result<>{};
}

Async<> LeaderElection::take() {
  const SteadyTime started = services_.clock.now();
  const std::string now = format_micro_time(services_.clock.wall());
  json::object spec = {{"holderIdentity", options_.identity},
                       {"leaseDurationSeconds", whole_seconds(options_.lease_duration)},
                       {"renewTime", now}};
  if (observed_.holder != options_.identity) {
    spec["acquireTime"] = now;
    spec["leaseTransitions"] = observed_.transitions + 1;
  }
  json::value patch = {{"spec", std::move(spec)}};
  const client::PatchOptions options{.resource_version = observed_.resource_version};
  CO_TRY(const auto lease, co_await services_.client.merge_patch<kube::Lease>(
                               options_.lease, std::move(patch), options));
  note(lease);
  led_since(started);
  co_return Result<>{};
}

void LeaderElection::led_since(SteadyTime started) {
  const SteadyTime until = started + options_.renew_deadline;
  if (until > services_.clock.now()) services_.gate.open_until(until);
}

Task<> LeaderElection::stop() {
  co_await tasks_.stop();
  services_.gate.close();
  leading_metric_.set(0);
}

Task<> LeaderElection::release() {
  const bool led = leading();
  co_await stop();
  if (!led) co_return;
  const auto freed = co_await with_timeout(services_.clock, options_.retry_period,
                                           "release the lease", write_free());
  if (!freed) {
    services_.log.warning("The lease was not given up; another may lead after its duration",
                          {{"lease", options_.lease.text()}, {"error", freed.error().message}});
  }
}

Async<> LeaderElection::write_free() {
  CO_CHECK(co_await observe());  // a renewal that was cut off may have arrived
  if (observed_.holder != options_.identity) co_return Result<>{};
  const std::string now = format_micro_time(services_.clock.wall());
  json::value patch = {{"spec",
                        {{"holderIdentity", ""},
                         {"leaseDurationSeconds", 1},
                         {"acquireTime", now},
                         {"renewTime", now}}}};
  const client::PatchOptions options{.resource_version = observed_.resource_version};
  CO_TRY(const auto lease, co_await services_.client.merge_patch<kube::Lease>(
                               options_.lease, std::move(patch), options));
  note(lease);
  co_return Result<>{};
}

}  // namespace dynamod::runtime
