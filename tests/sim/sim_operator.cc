// Leading while the gate is open, as cli's operator process does.
#include "sim/sim_operator.h"

#include <utility>

namespace dynamod::sim {

namespace {

using controllers::model::ModelOperator;

constexpr Duration kStopLimit = std::chrono::seconds(8);
constexpr Duration kEventsLimit = std::chrono::seconds(1);
constexpr Duration kEndLimit =
    std::chrono::seconds(15);  // a stop takes 10 s, the lease's release 2 more

client::ClusterAccess api_access() {
  client::ClusterAccess access;
  access.server = {.scheme = "http", .host = "10.96.0.1", .port = 443, .target = "/"};
  access.credentials = client::no_credentials();
  return access;
}

}  // namespace

void SimOperator::KillingFaults::at(std::string_view /*place*/) {
  if (left == 0 || --left > 0) return;
  life_.close();
}

SimOperator::SimOperator(World world, std::string name, Elect elect)
    : world_(world),
      name_(std::move(name)),
      elect_(elect),
      life_(world.loop),
      gate_(world.loop),
      faults_(life_),
      net_(world.net.client(name_)),
      living_(*net_, life_),
      gated_(living_, gate_),
      election_client_(living_, world.loop, api_access()),
      client_(gated_, world.loop, api_access()),
      workers_(gated_),
      election_({world.loop.executor(), world.loop, world.loop.rng(), world.log, metrics_,
                 election_client_, gate_},
                {.lease = {"dynamo-system", "dynamod-operator"}, .identity = name_}),
      follower_(world.loop.executor()),
      process_(world.loop.executor()) {
  life_.open_for_good();
}

void SimOperator::start() {
  if (elect_ == Elect::kYes) {
    election_.start();
  } else {
    gate_.open_for_good();
  }
  follower_.spawn("follow the gate", follow_gate());
  process_.spawn(name_, run());
}

Async<> SimOperator::follow_gate() {
  for (;;) {
    co_await gate_.wait_open();
    changed_.notify_all();
    co_await gate_.wait_closed();
    changed_.notify_all();
  }
}

Async<> SimOperator::run() {
  while (!told_to_stop_) {
    if (gate_.open()) {
      co_await lead();
    } else {
      co_await changed_.wait();
    }
  }
  if (elect_ == Elect::kYes) co_await election_.release();
  co_await follower_.stop();
  co_return Result<>{};
}

Task<> SimOperator::lead() {
  runtime::EventRecorder events(
      {world_.loop.executor(), world_.loop, world_.loop.rng(), world_.log, metrics_, client_},
      {.controller = "dynamod.dev/operator", .instance = name_});
  ModelOperator models({world_.loop.executor(), world_.loop, world_.loop.rng(), world_.log,
                        metrics_, faults_, client_, events, workers_},
                       {});
  events.start();
  models.start();
  while (gate_.open() && !told_to_stop_) co_await changed_.wait();
  if (gate_.open() && life_.open()) {
    co_await models.finish(kStopLimit);
    co_await events.drain(kEventsLimit);
  }
  co_await models.stop();
  co_await events.stop();
}

void SimOperator::end(Duration limit) {
  told_to_stop_ = true;
  changed_.notify_all();
  world_.loop.await(process_.wait_idle(), limit);
}

void SimOperator::stop() {
  end(kEndLimit);
  life_.close();
}

void SimOperator::kill() {
  life_.close();
  end(kEndLimit);
}

}  // namespace dynamod::sim
