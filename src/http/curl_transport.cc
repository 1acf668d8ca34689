// Exchanges from beginning to end: their easy handles, their limits of time, and their turn on a
// connection.
#include "http/curl_transport.h"

#include <list>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>

#include "http/curl_multi.h"
#include "http/curl_request.h"
#include "http/curl_transfer.h"
#include "http/watchdog.h"

namespace dynamod::http {

namespace {

// A spare handle costs about 10 kB; making one, with all its constant options, costs more than a
// small request.
constexpr std::size_t kSpareHandlesMax = 64;
// A peer that vanished without a word is noticed by TCP after about a minute, also under a silent
// watch.
constexpr long kKeepAliveIdleSeconds = 30;
constexpr long kKeepAliveIntervalSeconds = 10;

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;

curl_blob blob_of(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // libcurl only reads it
}

class PooledTransport final : public CurlTransport, private CurlTransfers {
 public:
  PooledTransport(Executor executor, Clock& clock, CurlOptions options);

  ~PooledTransport() override {
    DYN_ASSERT(exchanges_ == 0 && "a Transport was destroyed while requests ran");
  }

  Async<Response> send(Url peer, Request request, SendOptions options) override;

  void set_idle_connections(std::size_t count) override {
    multi_.set_idle_connections(static_cast<long>(count));
  }

 private:
  class ExchangeBody;
  struct Exchange;

  // The exchanges with a deadline to one origin.
  struct Lane {
    std::size_t running = 0;
    std::list<Exchange*> waiting;
  };

  void begin(Exchange& exchange, const SendOptions& options);
  void start(Exchange& exchange);
  void end(Exchange& exchange);
  void leave_lane(Exchange& exchange);
  void expire(Exchange& exchange, Duration limit);
  void finished(CURL* easy, CURLcode code) override;
  void leaving(CURL* easy, curl_socket_t fd) override;

  static Exchange* exchange_of(CURL* easy);

  CURL* take_handle();
  void put_back(EasyHandle easy, bool succeeded);
  void configure(CURL* easy) const;
  void configure_tls(CURL* easy) const;

  Executor executor_;
  Clock& clock_;
  CurlOptions options_;
  std::vector<EasyHandle> spare_handles_;
  std::unordered_map<std::string, Lane> lanes_;
  std::size_t exchanges_ = 0;
  CurlMulti multi_;
};

// Destroying it aborts what is not finished.
struct PooledTransport::Exchange {
  Exchange(PooledTransport& owner, CurlRequest request, const SendOptions& options,
           std::string host)
      : transport(owner),
        transfer(owner.executor_, std::move(request), options, std::move(host)),
        deadline(owner.clock_),
        head_limit(owner.clock_) {
    ++transport.exchanges_;
  }

  ~Exchange() {
    transport.end(*this);
    --transport.exchanges_;
  }

  PooledTransport& transport;
  Transfer transfer;
  Lane* lane = nullptr;  // where it waits or runs
  std::optional<std::list<Exchange*>::iterator> waiting;
  Watchdog deadline;
  Watchdog head_limit;
};

class PooledTransport::ExchangeBody final : public Body {
 public:
  explicit ExchangeBody(std::unique_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  Async<std::optional<std::string>> next() override { return exchange_->transfer.next(); }

 private:
  std::unique_ptr<Exchange> exchange_;
};

PooledTransport::PooledTransport(Executor executor, Clock& clock, CurlOptions options)
    : executor_(std::move(executor)),
      clock_(clock),
      options_(std::move(options)),
      multi_(executor_, clock, *this) {
  set_idle_connections(options_.idle_connections);
}

Async<Response> PooledTransport::send(Url peer, Request request, SendOptions options) {
  std::optional<std::string> body;
  if (request.body) {
    CO_TRY(body, co_await read_all(std::move(request.body), kRequestBodyBytesMax));
  }
  CO_TRY(CurlRequest prepared,
         CurlRequest::make(peer, request, std::move(body), options_.tls.server_name));
  auto exchange = std::make_unique<Exchange>(*this, std::move(prepared), options, peer.host);
  begin(*exchange, options);
  CO_CHECK(co_await exchange->transfer.head());
  Response response{.status = exchange->transfer.status(),
                    .headers = exchange->transfer.take_headers()};
  response.body = std::make_unique<ExchangeBody>(std::move(exchange));
  co_return response;
}

void PooledTransport::begin(Exchange& exchange, const SendOptions& options) {
  if (const auto limit = options.deadline) {
    exchange.deadline.arm(*limit, [this, &exchange, limit] { expire(exchange, *limit); });
  }
  if (const auto limit = options.head_limit) {
    exchange.head_limit.arm(*limit, [this, &exchange, limit] {
      if (!exchange.transfer.has_head()) expire(exchange, *limit);
    });
  }
  if (options.deadline && options_.max_connections > 0) {
    exchange.lane = &lanes_[exchange.transfer.origin()];
    if (exchange.lane->running >= options_.max_connections) {
      exchange.waiting = exchange.lane->waiting.insert(exchange.lane->waiting.end(), &exchange);
      return;
    }
    ++exchange.lane->running;
  }
  start(exchange);
}

void PooledTransport::start(Exchange& exchange) {
  CURL* const easy = take_handle();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &exchange);
  exchange.transfer.attach(easy);
  multi_.add(easy);
}

// May be called more than once: at libcurl's end, at a limit, and when the reader is done.
void PooledTransport::end(Exchange& exchange) {
  exchange.deadline.disarm();
  exchange.head_limit.disarm();
  if (CURL* const easy = exchange.transfer.detach()) {
    multi_.remove(easy);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, nullptr);
    put_back(EasyHandle(easy), exchange.transfer.succeeded());
  }
  if (exchange.lane) leave_lane(exchange);
}

void PooledTransport::leave_lane(Exchange& exchange) {
  Lane& lane = *std::exchange(exchange.lane, nullptr);
  if (exchange.waiting) {
    lane.waiting.erase(*exchange.waiting);
    return;
  }
  --lane.running;
  if (lane.running < options_.max_connections && !lane.waiting.empty()) {
    Exchange& next = *lane.waiting.front();
    lane.waiting.pop_front();
    next.waiting.reset();
    ++lane.running;
    start(next);
  }
  if (lane.running == 0) lanes_.erase(exchange.transfer.origin());
}

void PooledTransport::expire(Exchange& exchange, Duration limit) {
  const Transfer& transfer = exchange.transfer;
  std::string_view what = "connect: no connection";
  if (!transfer.attached()) {
    what = "connect: no free connection";
  } else if (transfer.has_head()) {
    what = "the answer was not complete";
  } else if (transfer.sent()) {
    what = "no answer";
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  exchange.transfer.fail({Error::Kind::kTimeout, fmt::format("{} within {} ms", what, ms)});
  end(exchange);
}

void PooledTransport::finished(CURL* easy, CURLcode code) {
  Exchange* const exchange = exchange_of(easy);
  DYN_ASSERT(exchange);
  exchange->transfer.finish(code);
  end(*exchange);
}

void PooledTransport::leaving(CURL* easy, curl_socket_t fd) {
  if (Exchange* const exchange = exchange_of(easy)) exchange->transfer.look_for_early_answer(fd);
}

// Null for a handle of libcurl's own, which closes idle connections.
PooledTransport::Exchange* PooledTransport::exchange_of(CURL* easy) {
  char* tag = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &tag);
  return reinterpret_cast<Exchange*>(tag);
}

CURL* PooledTransport::take_handle() {
  if (!spare_handles_.empty()) {
    CURL* const easy = spare_handles_.back().release();
    spare_handles_.pop_back();
    return easy;
  }
  CURL* const easy = curl_easy_init();
  DYN_ASSERT(easy);
  configure(easy);
  return easy;
}

// A failed handle is not used again: libcurl counts its broken connections over all its transfers.
void PooledTransport::put_back(EasyHandle easy, bool succeeded) {
  if (succeeded && spare_handles_.size() < kSpareHandlesMax)
    spare_handles_.push_back(std::move(easy));
}

// What all requests of this transport share; CurlRequest and Transfer set the rest.
void PooledTransport::configure(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                   1L);  // else an abort joins the thread of a stalled resolver
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  switch (options_.proxy) {
    case ProxyPolicy::kEnvironment:
      break;
    case ProxyPolicy::kNone:
      curl_easy_setopt(easy, CURLOPT_PROXY, "");
      break;
    case ProxyPolicy::kFixed:
      curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy_url.c_str());
      break;
  }
  configure_tls(easy);
}

void PooledTransport::configure_tls(CURL* easy) const {
  const ClientTls& tls = options_.tls;
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  const bool own_authorities = !tls.authorities_pem.empty() || !tls.authorities_file.empty();
  if (own_authorities)
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's count as well
  if (!tls.authorities_pem.empty()) {
    const curl_blob blob = blob_of(tls.authorities_pem);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (!tls.authorities_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, tls.authorities_file.c_str());
  }
  if (!tls.certificate_pem.empty()) {
    const curl_blob certificate = blob_of(tls.certificate_pem);
    const curl_blob key = blob_of(tls.key_pem);
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
  }
  if (tls.check == PeerCheck::kSkip) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

}  // namespace

std::unique_ptr<CurlTransport> make_curl_transport(Executor executor, Clock& clock,
                                                   CurlOptions options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  DYN_ASSERT(ready == CURLE_OK);
  return std::make_unique<PooledTransport>(std::move(executor), clock, std::move(options));
}

}  // namespace dynamod::http
