// Loads and lists of one worker, as parallel as the operator's.
#include "bench/bare_worker.h"

#include <utility>

#include "worker/lora_api.h"

namespace dynamod::bench {

namespace {

constexpr std::size_t kLoadsAtOnce = 16;                               // the operator's limit
constexpr Duration kListAfterChange = std::chrono::milliseconds(100);  // its rule, too
constexpr Duration kCallLimit = std::chrono::minutes(5);

}  // namespace

BareWorker::BareWorker(Executor executor, Clock& clock, http::Transport& transport, Url address)
    : clock_(clock),
      transport_(transport),
      address_(std::move(address)),
      wake_(executor),
      tasks_(executor, [](const std::string&, const Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
      }) {
  tasks_.spawn("confirm", confirm());
}

void BareWorker::submit(BareLoadPtr load) {
  waiting_.push_back(std::move(load));
  pump();
}

void BareWorker::pump() {
  while (!waiting_.empty() && in_flight_ < kLoadsAtOnce) {
    ++in_flight_;
    tasks_.spawn("load", load(std::move(waiting_.front())));
    waiting_.pop_front();
  }
}

Async<> BareWorker::load(BareLoadPtr load) {
  http::Request request;
  request.method = "POST";
  request.target = worker::kLorasPath;
  request.headers.set("Content-Type", "application/json");
  const worker::LoadRequest wanted{load->name, "s3://bucket/" + load->name};
  request.body = http::text_body(worker::encode_load_request(wanted));
  CO_CHECK(co_await call(std::move(request)));
  --in_flight_;
  unconfirmed_.push_back(std::move(load));
  wake_.notify();
  pump();
  co_return Result<>{};
}

Async<> BareWorker::confirm() {
  for (;;) {
    while (unconfirmed_.empty()) co_await wake_.wait();
    if (in_flight_ > 0) co_await clock_.sleep_for(kListAfterChange);
    const auto loads = std::exchange(unconfirmed_, {});
    http::Request request;
    request.target = worker::kLorasPath;
    CO_CHECK(co_await call(std::move(request)));
    for (const BareLoadPtr& load : loads) {
      if (--load->left == 0) load->done.notify();
    }
  }
}

Async<> BareWorker::call(http::Request request) {
  const http::SendOptions options{.deadline = kCallLimit};
  CO_TRY(http::Response response, co_await transport_.send(address_, std::move(request), options));
  const int status = response.status;
  CO_TRY(const std::string text,
         co_await http::read_all(std::move(response.body), worker::kAnswerSizeMax));
  if (status == 200) co_return Result<>{};
  co_return fail(Error::Kind::kInternal, address_.text() + ": " + text);
}

}  // namespace dynamod::bench
