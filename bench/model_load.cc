// The user of a benchmark: makes DynamoModels and sees by a watch when their status says what it
// should. It speaks only the API, so it measures any operator, and the bare client, the same way.
//   model_load create  makes models, waits until all are ready, prints times
//   model_load wait    prints "watching", then waits for a number of ready endpoints on each
//   model_load clear   takes off finalizers and deletes all, whoever is there to do it
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/task_group.h"
#include "base/with_timeout.h"
#include "bench/program.h"
#include "kinds/dynamo_model.h"

namespace dynamod::bench {

namespace {

using kinds::DynamoModel;

constexpr unsigned kCallers = 16;  // as many at once as a busy pipeline has
constexpr Duration kWatchLimit = std::chrono::hours(1);
constexpr Duration kLookPeriod = std::chrono::milliseconds(50);  // for the end of deletions

struct LoadOptions {
  std::string command;
  std::string kubeconfig;
  std::string ns = "bench";
  std::string base = "bench/base";
  std::string prefix = "m";
  std::size_t count = 1;
  std::size_t ready = 1;  // endpoints
  std::size_t total = 1;
  double limit_seconds = 300;
};

std::string model_name(const LoadOptions& options, std::size_t number) {
  return fmt::format("{}-{}", options.prefix, number);
}

std::int64_t number_at(const json::value& object, std::string_view path) {
  const json::value* number = find_json(object, path);
  return number != nullptr && number->is_int64() ? number->get_int64() : 0;
}

// What one model's status says as a whole.
bool is_as_wanted(const json::value& model, const LoadOptions& options) {
  const auto total = static_cast<std::int64_t>(options.total);
  const auto ready = static_cast<std::int64_t>(options.ready);
  if (number_at(model, "status.totalEndpoints") != total) return false;
  if (number_at(model, "status.readyEndpoints") != ready) return false;
  const json::value* conditions = find_json(model, "status.conditions");
  if (conditions == nullptr || !conditions->is_array()) return false;
  const std::int64_t generation = number_at(model, "metadata.generation");
  return std::ranges::any_of(conditions->get_array(), [&](const json::value& condition) {
    return string_at(condition, "type") == kinds::kEndpointsReadyCondition &&
           (string_at(condition, "status") == "True") == (ready == total) &&
           number_at(condition, "observedGeneration") == generation;
  });
}

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

class Load {
 public:
  Load(Program& program, ApiServer& api, const LoadOptions& options)
      : program_(program), api_(api), options_(options), tasks_(program.executor) {}

  Async<> create() {
    CO_TRY(client::WatchStream watch, co_await begin_watch());
    started_ = program_.clock->now();
    for (std::size_t i = 0; i < options_.count; ++i) to_make_.push_back(i);
    for (unsigned i = 0; i < kCallers; ++i) tasks_.spawn("create models", create_some());
    auto seen = follow(std::move(watch));
    CO_CHECK(co_await with_timeout(*program_.clock, limit(), "wait for models", std::move(seen)));
    print_times();
    co_return Result<>{};
  }

  Async<> wait() {
    CO_TRY(client::WatchStream watch, co_await begin_watch());
    print_json({{"watching", models_.size()}});
    auto seen = follow(std::move(watch));
    CO_CHECK(co_await with_timeout(*program_.clock, limit(), "wait for models", std::move(seen)));
    print_json({{"done_at", unix_seconds(program_.clock->wall())}, {"versions", versions_}});
    co_return Result<>{};
  }

  Async<> clear() {
    auto listed = std::make_shared<ListedModels>();
    CO_CHECK(co_await api_.client().list(DynamoModel::kType, query(), listed));
    for (const json::value& model : listed->models) {
      to_remove_.push_back(string_at(model, "metadata.name"));
    }
    for (unsigned i = 0; i < kCallers; ++i) tasks_.spawn("remove models", remove_some());
    while (!listed->models.empty()) {
      co_await program_.clock->sleep_for(kLookPeriod);
      listed->models.clear();
      CO_CHECK(co_await api_.client().list(DynamoModel::kType, query(), listed));
    }
    co_return Result<>{};
  }

  Task<> stop() { return tasks_.stop(); }

 private:
  struct Seen {
    std::optional<SteadyTime> made;
    std::optional<SteadyTime> done;
  };

  [[nodiscard]] client::ListQuery query() const { return {.ns = options_.ns}; }

  [[nodiscard]] Duration limit() const {
    const std::chrono::duration<double> exact(options_.limit_seconds);
    return std::chrono::duration_cast<Duration>(exact);
  }

  Async<client::WatchStream> begin_watch() {
    auto listed = std::make_shared<ListedModels>();
    CO_TRY(std::string version, co_await api_.client().list(DynamoModel::kType, query(), listed));
    for (const json::value& model : listed->models) look_at(model);
    client::WatchQuery watch;
    watch.objects = query();
    watch.resource_version = std::move(version);
    watch.limit = kWatchLimit;
    co_return co_await api_.client().watch(DynamoModel::kType, std::move(watch));
  }

  Async<> create_some() {
    while (!to_make_.empty()) {
      const std::string name = model_name(options_, to_make_.front());
      to_make_.pop_front();
      const std::string body =
          encode_json({{"apiVersion", DynamoModel::kType.api_version()},
                       {"kind", DynamoModel::kType.kind},
                       {"metadata", {{"name", name}}},
                       {"spec",
                        {{"modelName", "adapters/" + name},
                         {"baseModelName", options_.base},
                         {"modelType", "lora"},
                         {"source", {{"uri", "s3://bucket/adapters/" + name}}}}}});
      models_[name].made = program_.clock->now();
      const Result<> made = co_await api_.call("POST", models_path(options_.ns), body);
      if (!made) {
        failure_ = made.error();
        co_return Result<>{};
      }
      created_ = program_.clock->now();
    }
    co_return Result<>{};
  }

  Async<> remove_some() {
    while (!to_remove_.empty()) {
      const kube::ObjectKey key{options_.ns, to_remove_.front()};
      to_remove_.pop_front();
      const json::value patch = {{"metadata", {{"finalizers", nullptr}}}};
      // Gone already is as good; anything else shows as a model that stays.
      (void)co_await api_.client().merge_patch(DynamoModel::kType, key, patch, {});
      (void)co_await api_.client().remove(DynamoModel::kType, key, {});
    }
    co_return Result<>{};
  }

  Async<> follow(client::WatchStream watch) {
    while (done_ < options_.count) {
      CO_TRY(const std::optional<kube::WatchEvent> event, co_await watch.next());
      if (failure_) co_return std::unexpected(*failure_);
      if (!event) {  // the API server ends all watches of a type whose CRD it has just taken in
        CO_TRY(watch, co_await begin_watch());
      } else if (event->type == kube::WatchEvent::Type::kAdded) {
        added_ = program_.clock->wall();
      } else if (event->type == kube::WatchEvent::Type::kModified) {
        ++versions_;
        look_at(event->object);
      }
    }
    co_return Result<>{};
  }

  void look_at(const json::value& model) {
    const std::string name = string_at(model, "metadata.name");
    if (!name.starts_with(options_.prefix + "-")) return;
    Seen& seen = models_[name];
    if (seen.done || !is_as_wanted(model, options_)) return;
    seen.done = program_.clock->now();
    ++done_;
  }

  void print_times() const {
    std::vector<double> each;
    for (const auto& [name, seen] : models_) {
      if (seen.made && seen.done) each.push_back(seconds(*seen.done - *seen.made));
    }
    std::ranges::sort(each);
    SteadyTime end = started_;
    for (const auto& [name, seen] : models_) end = std::max(end, seen.done.value_or(end));
    print_json({{"created_seconds", seconds(created_ - started_)},
                {"ready_seconds", seconds(end - started_)},
                {"p50_seconds", quantile(each, 0.5)},
                {"max_seconds", quantile(each, 1)},
                {"added_at", unix_seconds(added_)},
                {"versions", versions_}});
  }

  Program& program_;
  ApiServer& api_;
  const LoadOptions& options_;
  std::deque<std::size_t> to_make_;
  std::deque<std::string> to_remove_;
  std::map<std::string, Seen> models_;
  std::size_t done_ = 0;
  std::size_t versions_ = 0;  // of models, seen by the watch
  SteadyTime started_{};
  SteadyTime created_{};
  WallTime added_{};  // when the watch told of the last new model
  std::optional<Error> failure_;
  TaskGroup tasks_;
};

Async<> carry_out(Program* program, const LoadOptions* options) {
  CO_TRY(const auto api, co_await connect(program, options->kubeconfig));
  Load load(*program, *api, *options);
  Result<> result = fail(Error::Kind::kInvalid, "create, wait or clear?");
  if (options->command == "create") result = co_await load.create();
  if (options->command == "wait") result = co_await load.wait();
  if (options->command == "clear") result = co_await load.clear();
  co_await load.stop();
  co_return result;
}

int run_load(int argc, const char* const* argv) {
  LoadOptions options;
  CLI::App app("Makes DynamoModels and watches them.", "model_load");
  app.add_option("command", options.command, "create, wait or clear")->required();
  app.add_option("--kubeconfig", options.kubeconfig, "empty: $KUBECONFIG");
  app.add_option("--namespace", options.ns);
  app.add_option("--base", options.base, "baseModelName");
  app.add_option("--prefix", options.prefix, "models are <prefix>-0, <prefix>-1 ...");
  app.add_option("--count", options.count, "models");
  app.add_option("--ready", options.ready, "readyEndpoints to wait for");
  app.add_option("--total", options.total, "totalEndpoints to wait for");
  app.add_option("--limit", options.limit_seconds, "seconds to wait");
  CLI11_PARSE(app, argc, argv);
  Program program;
  return program.run(carry_out(&program, &options));
}

}  // namespace

}  // namespace dynamod::bench

int main(int argc, char** argv) {
  return dynamod::bench::run_load(argc, argv);
}
