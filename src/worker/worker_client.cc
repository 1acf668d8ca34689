// The calls: request out, answer in, meaning of it.
#include "worker/worker_client.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace dynamod::worker {

namespace {

http::Request load_request(const LoadRequest& load) {
  http::Request request;
  request.method = "POST";
  request.target = kLorasPath;
  request.headers.set("Content-Type", "application/json");
  request.body = http::text_body(encode_load_request(load));
  return request;
}

// 503 with the same body is how a worker says that it starts.
Result<Health> health_of(const Result<Answer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  auto health = parse_health(answer->body);
  if (health) return health;
  return fail(Error::Kind::kBadRequest,
              fmt::format("HTTP {} of /health: {}", answer->status, health.error().message));
}

}  // namespace

Task<Outcome> WorkerClient::load(Url worker, std::string name, std::string uri) {
  const Question question{Call::kLoad, name, uri};
  http::Request request = load_request({std::move(name), std::move(uri)});
  Result<Answer> answer = co_await call(worker, std::move(request), limits_.load);
  Outcome outcome = co_await outcome_of(worker, question, std::move(answer));
  co_return outcome;
}

Task<Outcome> WorkerClient::unload(Url worker, std::string name) {
  const Question question{Call::kUnload, name, ""};
  http::Request request;
  request.method = "DELETE";
  request.target = unload_target(name);
  Result<Answer> answer = co_await call(worker, std::move(request), limits_.unload);
  Outcome outcome = co_await outcome_of(worker, question, std::move(answer));
  co_return outcome;
}

Task<ListOutcome> WorkerClient::list(Url worker) {
  Question question{Call::kList, "", ""};
  http::Request request;
  request.target = kLorasPath;
  Result<Answer> answer = co_await call(worker, std::move(request), limits_.list);
  std::vector<std::string> names;
  if (answer && answer->said && answer->said->names) names = std::move(*answer->said->names);
  Outcome outcome = co_await outcome_of(std::move(worker), std::move(question), std::move(answer));
  if (!outcome.ok()) co_return ListOutcome{std::move(outcome), {}};
  co_return ListOutcome{std::nullopt, std::move(names)};
}

Task<HealthOutcome> WorkerClient::health(Url worker) {
  const Question question{Call::kHealth, "", ""};
  Result<Health> health = co_await ask_health(std::move(worker));
  if (!health) co_return HealthOutcome{meaning_of_error(question, health.error()), {}};
  co_return HealthOutcome{std::nullopt, *std::move(health)};
}

Async<Health> WorkerClient::ask_health(Url worker) {
  http::Request request;
  request.target = kHealthPath;
  const Result<Answer> answer = co_await call(std::move(worker), std::move(request), limits_.list);
  co_return health_of(answer);
}

Task<Outcome> WorkerClient::outcome_of(Url worker, Question question, Result<Answer> answer) {
  if (!answer) co_return meaning_of_error(question, answer.error());
  if (!lacks_handlers(*answer)) co_return meaning_of_answer(question, *answer);
  const Result<Health> health = co_await ask_health(std::move(worker));
  co_return meaning_without_handlers(question, health);
}

Async<Answer> WorkerClient::call(Url worker, http::Request request, Duration limit) {
  http::SendOptions options;
  options.deadline = limit;
  options.response_bytes_max = limits_.answer_bytes_max;
  CO_TRY(http::Response response,
         co_await transport_.send(std::move(worker), std::move(request), options));
  CO_TRY(std::string body,
         co_await http::read_all(std::move(response.body), limits_.answer_bytes_max));
  co_return read_answer(response.status, response.headers.get("Content-Type"), std::move(body));
}

}  // namespace dynamod::worker
