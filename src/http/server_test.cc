// The server over in-memory streams in virtual time; over sockets and TLS it is driven by curl in
// tls_test.cc.
#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/pipe_stream.h"
#include "testing/sim_loop.h"

namespace dynamod::http {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::make_pipe;
using ::testing::Not;
using testing::SimLoop;
using ::testing::StartsWith;

// Says whether its coroutine's frame was destroyed before the end.
class Witness {
 public:
  explicit Witness(bool* cancelled) : cancelled_(cancelled) {}

  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  ~Witness() { *cancelled_ = !done_; }

  void done() { done_ = true; }

 private:
  bool* cancelled_;
  bool done_ = false;
};

// Endless until its test stops reading, or the pieces given.
class TestBody final : public Body {
 public:
  TestBody(int pieces, std::string piece) : left_(pieces), piece_(std::move(piece)) {}

  Async<std::optional<std::string>> next() override {
    if (left_ == 0) co_return std::nullopt;
    --left_;
    ++taken;
    co_return piece_;
  }

  static inline int taken = 0;

 private:
  int left_;
  std::string piece_;
};

class BrokenBody final : public Body {
 public:
  Async<std::optional<std::string>> next() override {
    if (std::exchange(given_, true)) co_return fail(Error::Kind::kInternal, "broken");
    co_return "part";
  }

 private:
  bool given_ = false;
};

class TestHandler final : public Handler {
 public:
  explicit TestHandler(Clock& clock) : clock_(clock) {}

  Async<Response> handle(Request request) override {
    targets.push_back(request.method + " " + request.target);
    last_peer = request.peer;
    const std::string_view path = request.path();
    if (path == "/error") co_return fail(Error::Kind::kInternal, "it broke");
    if (path == "/wait") co_return co_await wait();
    if (path == "/ignore") co_return text_response(404, "no");
    if (path == "/stream") {
      co_return Response{.body = std::make_unique<TestBody>(2, "piece")};
    }
    if (path == "/big")
      co_return Response{.body = std::make_unique<TestBody>(1'000'000, std::string(16384, 'x'))};
    if (path == "/broken") co_return Response{.body = std::make_unique<BrokenBody>()};
    if (path == "/short") {
      co_return Response{.headers = {{"Content-Length", "20"}},
                         .body = std::make_unique<TestBody>(2, "piece")};
    }
    CO_TRY(std::string body, co_await read_all(std::move(request.body), 1 << 20));
    co_return text_response(200, request.method + " " + request.target + " " + body);
  }

  std::vector<std::string> targets;
  std::string last_peer;
  bool cancelled = false;

 private:
  Async<Response> wait() {
    Witness witness(&cancelled);
    co_await clock_.sleep_for(1h);
    witness.done();
    co_return text_response(200, "waited");
  }

  Clock& clock_;
};

// The client's end of a connection, with what it has received.
struct Client {
  std::unique_ptr<Stream> stream;
  std::string received;
  bool ended = false;
  int writing = 0;  // writes that wait
};

Async<> receive(Client* client) {
  for (;;) {
    Result<std::string> bytes = co_await client->stream->read();
    if (!bytes || bytes->empty()) break;
    client->received += *bytes;
  }
  client->ended = true;
  co_return Result<>{};
}

Async<> send(Client* client, std::string bytes) {
  ++client->writing;
  CO_CHECK(co_await client->stream->write(std::move(bytes)));
  --client->writing;
  co_return Result<>{};
}

class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override {
    loop_.await(server_.stop(0s));
    for (auto& client : clients_) client->stream->close();
    loop_.await(tasks_.stop());
  }

  Client& connect(bool reading = true) {
    auto [near, far] = make_pipe(loop_.executor());
    clients_.push_back(std::make_unique<Client>(std::move(near)));
    server_.serve(std::move(far));
    if (reading) tasks_.spawn("receive", receive(clients_.back().get()));
    return *clients_.back();
  }

  // What comes back for these bytes while time stands still.
  Client& exchange(std::string bytes) {
    Client& client = connect();
    write(client, std::move(bytes));
    return client;
  }

  void write(Client& client, std::string bytes) {
    tasks_.spawn("send", send(&client, std::move(bytes)));
    loop_.settle();
  }

  SimLoop loop_;
  TestHandler handler_{loop_};
  Server server_{
      loop_.executor(),
      loop_,
      handler_,
      {.request = {.head_bytes_max = 1000, .headers_max = 10, .body_bytes_max = 100'000}}};
  TaskGroup tasks_{loop_.executor()};
  std::vector<std::unique_ptr<Client>> clients_;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  Client& client = exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.received,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a ");
  client.received.clear();
  write(client, "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_THAT(client.received, EndsWith("\r\n\r\nPOST /b abc"));
  EXPECT_FALSE(client.ended);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  const std::string one =
      "POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
  const Client& client =
      exchange(one + "GET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.received, HasSubstr("POST /1 a"));
  EXPECT_THAT(client.received, EndsWith("GET /3 "));
  EXPECT_LT(client.received.find("POST /1"), client.received.find("GET /2"));
}

TEST_F(ServerTest, StreamsABodyWithoutLengthInChunks) {
  const Client& client = exchange("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(
      client.received,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npiece\r\n5\r\npiece\r\n0\r\n\r\n");
  EXPECT_FALSE(client.ended);
  const Client& old = exchange("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.received, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npiecepiece");
  EXPECT_TRUE(old.ended);
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  const Client& client =
      exchange("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(
      client.received,
      StartsWith(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nHTTP/1.1"));
}

TEST_F(ServerTest, ClosesWhenTheCallerWantsIt) {
  const Client& client = exchange("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.received, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(ServerTest, TurnsAnErrorOfTheHandlerInto500) {
  const Client& client = exchange("GET /error HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(client.received, EndsWith("it broke\n"));
  EXPECT_FALSE(client.ended);
}

TEST_F(ServerTest, Says100ContinueWhenTheHandlerReads) {
  Client& client =
      exchange("PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.received, "HTTP/1.1 100 Continue\r\n\r\n");
  write(client, "abc");
  EXPECT_THAT(client.received, EndsWith("PUT /a abc"));
}

TEST_F(ServerTest, Says100ContinueToNobodyWhoseBodyIsNotRead) {
  const Client& client = exchange(
      "PUT /ignore HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(client.received, HasSubstr("Connection: close\r\n"));
}

TEST_F(ServerTest, AnswersWhatBreaksHttpOrALimitWithItsStatus) {
  const std::string post = "POST /a HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"garbage\r\n\r\n", "400"},
      {post + "Content-Length: 100001\r\n\r\n", "413"},
      {post + "X: " + std::string(1000, 'x') + "\r\n\r\n", "431"},
      {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
      {"GET / HTTP/3.0\r\n\r\n", "505"},
  };
  for (const auto& [bytes, status] : cases) {
    const Client& client = exchange(bytes);
    EXPECT_THAT(client.received, StartsWith("HTTP/1.1 " + status + " ")) << bytes;
    EXPECT_THAT(client.received, HasSubstr("Connection: close\r\n")) << bytes;
    EXPECT_THAT(client.received, EndsWith("\n")) << bytes;
  }
  loop_.run_for(5s);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(ServerTest, ReadsOnAfterARefusalSoThatItArrives) {
  Client& client = exchange("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n");
  write(client, std::string(500'000, 'x'));
  EXPECT_FALSE(client.ended) << "it is still sending";
  client.stream->close();
  loop_.settle();
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(ServerTest, Answers408ToAHeadThatDoesNotCome) {
  const Client& silent = exchange("");
  const Client& slow = exchange("GET /a HTTP/1.1\r\nHos");
  loop_.run_for(9s);
  EXPECT_FALSE(slow.ended);
  loop_.run_for(2s);
  EXPECT_THAT(slow.received, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(slow.received, EndsWith("did not come within 10000 ms\n"));
  EXPECT_EQ(silent.received, "");
  EXPECT_TRUE(silent.ended);
  loop_.run_for(3s);
  EXPECT_TRUE(slow.ended);
}

TEST_F(ServerTest, Answers408ToABodyThatDoesNotCome) {
  const Client& client = exchange("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
  loop_.run_for(31s);
  EXPECT_THAT(client.received, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(ServerTest, ClosesAConnectionThatIsIdle) {
  Client& client = exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  client.received.clear();
  loop_.run_for(119s);
  EXPECT_FALSE(client.ended);
  loop_.run_for(2s);
  EXPECT_TRUE(client.ended);
  EXPECT_EQ(client.received, "");
}

TEST_F(ServerTest, GivesAKeptConnectionAnewTheWholeTimeForAHead) {
  Client& client = exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  loop_.run_for(60s);
  write(client, "GET /b HT");
  loop_.run_for(9s);
  write(client, "TP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.received, EndsWith("GET /b "));
}

TEST_F(ServerTest, CancelsTheHandlerWhenTheCallerGoesAway) {
  Client& client = exchange("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(handler_.targets.size(), 1);
  client.stream->close();
  loop_.settle();
  EXPECT_TRUE(handler_.cancelled);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(ServerTest, WritesNoFasterThanTheCallerReads) {
  TestBody::taken = 0;
  Client& client = connect(false);
  write(client, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_LT(TestBody::taken, 10);
  loop_.run_for(61s);
  EXPECT_EQ(server_.connections(), 0) << "a caller that never reads is let go";
}

TEST_F(ServerTest, ReadsABodyNoFasterThanTheHandler) {
  Client& client = connect();
  write(client, "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n");
  write(client, std::string(99'999, 'x'));
  write(client, std::string(99'999, 'x'));
  EXPECT_EQ(client.writing, 1);
}

TEST_F(ServerTest, CutsAnAnswerWhoseBodyBreaks) {
  const Client& chunked = exchange("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(chunked.received, EndsWith("4\r\npart\r\n")) << "no last chunk";
  EXPECT_TRUE(chunked.ended);
  const Client& counted = exchange("GET /short HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(counted.received, EndsWith("Content-Length: 20\r\n\r\npiecepiece"));
  EXPECT_TRUE(counted.ended);
}

TEST_F(ServerTest, StopsIdleConnectionsAtOnceAndLetsARequestEnd) {
  const Client& idle = exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const Client& busy = exchange("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  bool stopped = false;
  auto stop = [](Server* server, bool* done) -> Async<> {
    co_await server->stop(std::chrono::hours(2));
    *done = true;
    co_return Result<>{};
  };
  tasks_.spawn("stop", stop(&server_, &stopped));
  loop_.settle();
  EXPECT_TRUE(idle.ended);
  EXPECT_FALSE(stopped);
  loop_.run_for(61min);
  EXPECT_TRUE(stopped);
  EXPECT_THAT(busy.received, EndsWith("waited"));
  EXPECT_THAT(busy.received, HasSubstr("Connection: close\r\n"));
  EXPECT_FALSE(handler_.cancelled);
}

TEST_F(ServerTest, CancelsWhatOutlastsTheGrace) {
  const Client& busy = exchange("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  loop_.await(server_.stop(5s));
  EXPECT_TRUE(handler_.cancelled);
  loop_.settle();
  EXPECT_TRUE(busy.ended);
  EXPECT_EQ(busy.received, "");
}

TEST_F(ServerTest, TellsTheHandlerWhoCalls) {
  exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(handler_.last_peer, "10.0.0.1:80");
}

}  // namespace
}  // namespace dynamod::http
