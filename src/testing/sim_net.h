// A network in virtual time: every client's Transport, every server's Handler, and what goes wrong
// between them. A call runs the handler in the caller's own coroutine, so that cancelling the call
// cancels the handler, as a closed connection does.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "http/handler.h"
#include "http/transport.h"

namespace dynamod::testing {

// What an address does to the calls it gets.
struct SimFault {
  enum class Kind : std::uint8_t {
    kNone,
    kRefuse,       // kUnavailable: nothing was sent
    kBlackhole,    // no connection comes about: kTimeout "connect: ..." at the connect limit
    kHang,         // accepts, never answers, the handler never runs
    kResetBefore,  // kMayHaveArrived, but the handler never ran
    kResetAfter,   // kMayHaveArrived, and the handler has run
    kCutBody,      // the head and half of the body come, then kMayHaveArrived
    kNotHttp,      // kMayHaveArrived: what comes is no HTTP
    kAnswer,       // `answer` instead of the handler's
  };

  struct Answer {
    int status = 200;
    std::string content_type;
    std::string body;
    std::string location;  // header of a redirect; "" for none
  };

  Kind kind = Kind::kNone;
  Answer answer = {};
  std::optional<std::size_t> times = {};  // calls it lasts for; nothing: until changed
};

// Addresses are "10.0.1.5:9090" or "host:port", as join_host_port writes them.
class SimNet final : public http::Transport {
 public:
  // `clock` outlives the net, the net its clients, calls and bodies.
  explicit SimNet(Clock& clock) : clock_(clock) {}

  // From now on `handler` answers there; it outlives its place in the net.
  void listen(const std::string& address, http::Handler& handler) {
    hosts_[address].handler = &handler;
  }

  // Refuses from now on, and breaks what is under way: as when a process dies.
  void close(const std::string& address);
  // Breaks what is under way; new calls are answered.
  void break_connections(const std::string& address);

  void set_fault(const std::string& address, SimFault fault) {
    hosts_[address].fault = std::move(fault);
  }

  // Of one client only (see client()); it goes before the address's own.
  void set_fault_for(const std::string& client, const std::string& address, SimFault fault);

  // There and back, half of it before the handler runs.
  void set_latency(const std::string& address, Duration round_trip) {
    hosts_[address].latency = round_trip;
  }

  // Calls that reached the address (not those that it refused).
  [[nodiscard]] std::size_t calls(const std::string& address) const;
  [[nodiscard]] std::size_t open(const std::string& address) const;  // calls and bodies under way

  // A Transport with a name, for faults that one client has. send() of the net itself is the client
  // "".
  [[nodiscard]] std::unique_ptr<http::Transport> client(std::string name);
  [[nodiscard]] Async<http::Response> send(Url peer, http::Request request,
                                           http::SendOptions options) override;

 private:
  class Client;
  class Connection;
  class ReceivedBody;

  struct Host {
    http::Handler* handler = nullptr;
    SimFault fault;
    std::map<std::string, SimFault> faults_for;  // by client
    Duration latency{};
    std::size_t calls = 0;
    std::list<std::weak_ptr<Connection>> connections;
  };

  Async<http::Response> send_as(std::string client, Url peer, http::Request request,
                                http::SendOptions options);
  Async<http::Response> exchange(std::string address, SimFault fault, http::Request request);
  Async<> never();
  SimFault take_fault(Host& host, const std::string& client);
  std::shared_ptr<Connection> connect(Host& host, const http::SendOptions& options);

  Clock& clock_;
  std::map<std::string, Host> hosts_;
};

}  // namespace dynamod::testing
