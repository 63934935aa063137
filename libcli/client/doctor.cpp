#include "kreel/doctor.hpp"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <set>

#include "base/text.hpp"
#include "client/cluster.hpp"
#include "client/rdkafka_support.hpp"
#include "client/sasl_login.hpp"
#include "client/stranger.hpp"
#include "client/tcp.hpp"
#include "client/tls_client.hpp"
#include "kreel/units.hpp"

namespace kreel {
namespace client {
namespace {

using protocol::ErrorCode;

constexpr std::int64_t kAdvertisedMs = 3'000;

Result<protocol::MetadataResponse> ask_brokers(Connection& connection, const Deadline& deadline) {
  protocol::MetadataRequest request;  // of no topic
  request.allow_auto_topic_creation = false;
  TRY_ASSIGN(auto reply, connection.call<protocol::Metadata>(request, deadline));
  return std::move(reply.body);
}

/// Connections are the kernel's work: a process that is stopped, or far too busy, has them too.
Error gives_no_answer(const Endpoint& server, const Deadline& limit) {
  const auto waited = std::chrono::milliseconds(limit.length_ms());
  return Error(ErrorKind::kUnreachable,
               fmt::format("{} accepts connections, but does not answer within {}",
                           server.to_string(), format_duration(waited)),
               "the broker hangs, is stopped or overloaded: look at its process and its log; "
               "--timeout waits longer");
}

class Stopwatch {
 public:
  double elapsed_ms() const {
    const std::chrono::duration<double, std::milli> took = Clock::now() - begun_;
    return took.count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begun_ = Clock::now();
};

class Doctor {
 public:
  explicit Doctor(const ClientConfig& config)
      : config_(config), connector_(config.address_family) {}

  Diagnosis examine() {
    for (const Endpoint& server : config_.bootstrap_servers) examine_server(server);
    return std::move(diagnosis_);
  }

 private:
  /// Runs one step and notes what came of it: a detail, or the error.
  bool check(std::string_view step, const std::string& target,
             const std::function<Result<std::string>()>& run) {
    const Stopwatch stopwatch;
    auto found = run();
    return note(step, target, stopwatch.elapsed_ms(), std::move(found));
  }

  bool note(std::string_view step, const std::string& target, double elapsed_ms,
            Result<std::string> found) {
    HealthCheck& row = diagnosis_.checks.emplace_back();
    row.step = step;
    row.target = target;
    row.state = found ? HealthCheck::State::kOk : HealthCheck::State::kFail;
    row.elapsed_ms = elapsed_ms;
    row.detail = found ? *found : found.error().message();
    if (!found && !diagnosis_.problem) diagnosis_.problem = std::move(found).error();
    return found.has_value();
  }

  void skip(std::initializer_list<std::string_view> steps, const std::string& target,
            std::string_view why) {
    for (const std::string_view step : steps) {
      diagnosis_.checks.push_back(
          {std::string(step), target, HealthCheck::State::kSkip, std::nullopt, std::string(why)});
    }
  }

  Deadline deadline() const { return Deadline::in_ms(config_.timeout_ms); }

  void examine_server(const Endpoint& server);
  bool resolve_and_connect(const Endpoint& server);
  bool shake_hands_by_tls(const Endpoint& server);
  std::unique_ptr<Connection> open(const Endpoint& server);
  Connector& way() { return way_ ? *way_ : connector_; }
  void examine_sasl(Connection& connection);
  void examine_cluster(Connection& connection);
  void explain_hang_up(const Endpoint& server, const Error& error);
  Result<std::string> reach(const BrokerInfo& broker, const std::string& cluster_id);

  const ClientConfig& config_;
  PlainConnector connector_;
  std::unique_ptr<Connector> way_;  ///< null: without TLS and SASL
  Diagnosis diagnosis_;
  struct First {
    std::string server;
    std::string cluster_id;
  };
  std::optional<First> first_;  // that told its cluster
  std::set<std::int32_t> examined_brokers_;
};

bool Doctor::resolve_and_connect(const Endpoint& server) {
  const std::string target = server.to_string();
  std::optional<Addresses> addresses;
  const bool resolved = check("dns", target, [&]() -> Result<std::string> {
    auto found = Addresses::resolve(server, config_.address_family);
    if (!found) {
      return fail(std::move(found).error().with_hint("check the name, and this machine's DNS"));
    }
    addresses = std::move(*found);
    return fmt::format("{}", fmt::join(addresses->to_strings(), ", "));
  });
  if (!resolved) {
    skip({"tcp", "protocol", "api_versions", "sasl", "metadata"}, target, "no address");
    return false;
  }
  const bool connected = check("tcp", target, [&]() -> Result<std::string> {
    auto socket = connect_tcp(*addresses, server, deadline());
    if (socket) return "connected";
    return fail(std::move(socket).error().with_hint(fmt::format(
        "start a broker that listens on port {}, or open the firewall for it", server.port)));
  });
  if (!connected) skip({"protocol", "api_versions", "sasl", "metadata"}, target, "no connection");
  return connected;
}

/// As the client's certificates and trust have it; what follows goes the same way.
bool Doctor::shake_hands_by_tls(const Endpoint& server) {
  return check("tls", server.to_string(), [&]() -> Result<std::string> {
    const Deadline limit = deadline();
    if (!speaks_tls(connector_, server, limit)) {
      return fail(limit.passed() ? gives_no_answer(server, limit) : not_tls(server));
    }
    ClientConfig below_sasl = config_;
    below_sasl.security_protocol = SecurityProtocol::kSsl;
    TRY_ASSIGN(way_, make_connector(below_sasl));
    TRY(way_->connect(server, deadline()));
    return "the broker's certificate is trusted";
  });
}

/// Null when whoever answers is not what the client expects.
std::unique_ptr<Connection> Doctor::open(const Endpoint& server) {
  const std::string target = server.to_string();
  if (has_tls(config_.security_protocol) && !shake_hands_by_tls(server)) {
    skip({"protocol", "api_versions", "sasl", "metadata"}, target, "no TLS");
    return nullptr;
  }
  std::unique_ptr<Connection> connection;
  std::optional<Error> refusal;  // by a broker that does speak Kafka
  bool silent = false;
  const bool kafka = check("protocol", target, [&]() -> Result<std::string> {
    const Deadline limit = deadline();
    auto opened = Connection::open(way(), server, config_.client_id, limit);
    if (opened) {
      connection = std::move(*opened);
      return "Kafka";
    }
    Error error = std::move(opened).error();
    if (error.kind() == ErrorKind::kFailed) {
      refusal = std::move(error);
      return "Kafka";
    }
    if (!error.hint().empty()) return fail(std::move(error));
    silent = limit.passed();
    if (silent) return fail(gives_no_answer(server, limit));
    return fail(std::move(error).with_hint("give the address of a Kafka listener"));
  });
  if (!kafka) {
    skip({"api_versions", "sasl", "metadata"}, target, silent ? "no answer" : "not Kafka");
    return nullptr;
  }
  check("api_versions", target, [&]() -> Result<std::string> {
    if (refusal) return fail(*refusal);
    return fmt::format("{} APIs", connection->api_count());
  });
  if (refusal) skip({"sasl", "metadata"}, target, "no versions in common");
  return connection;
}

/// The mechanism first, on a connection of its own: a login that fails is something else. What
/// follows goes with the login.
void Doctor::examine_sasl(Connection& connection) {
  const Endpoint server = connection.endpoint();
  const std::string target = server.to_string();
  const std::string mechanism = user_value(config_, "sasl.mechanisms", "GSSAPI");
  std::unique_ptr<Connection> logged_in;
  const bool passed = check("sasl", target, [&]() -> Result<std::string> {
    TRY(agree_on_mechanism(connection, mechanism, deadline()));
    TRY_ASSIGN(way_, make_connector(config_));
    TRY_ASSIGN(logged_in, Connection::open(way(), server, config_.client_id, deadline()));
    return "logged in by " + mechanism;
  });
  if (!passed) return skip({"metadata"}, target, "no login");
  examine_cluster(*logged_in);
}

/// A SASL listener closes the connection of a client that does not log in.
void Doctor::explain_hang_up(const Endpoint& server, const Error& error) {
  const std::string target = server.to_string();
  if (const auto asked = asks_for_sasl(way(), server, config_.client_id, deadline())) {
    check("sasl", target, [&]() -> Result<std::string> { return fail(*asked); });
    return skip({"metadata"}, target, "needs a login");
  }
  skip({"sasl"}, target, "not known");
  check("metadata", target, [&]() -> Result<std::string> { return fail(error); });
}

/// An address that the cluster tells its clients: this is where most connections fail.
Result<std::string> Doctor::reach(const BrokerInfo& broker, const std::string& cluster_id) {
  const Endpoint endpoint{broker.host, static_cast<std::uint16_t>(broker.port)};
  const Deadline limit = deadline().at_most_ms(kAdvertisedMs);
  auto connection = Connection::open(way(), endpoint, config_.client_id, limit);
  if (!connection) return fail(cannot_reach_advertised(broker, std::move(connection).error()));
  const auto metadata = ask_brokers(**connection, limit);
  if (!metadata) return fail(cannot_reach_advertised(broker, metadata.error()));
  if (metadata->cluster_id.value_or(cluster_id) != cluster_id) {
    return fail(ErrorKind::kUnreachable,
                fmt::format("broker {} advertises {}, where another cluster answers: {}", broker.id,
                            endpoint.to_string(), escape_control(*metadata->cluster_id)),
                std::string(kAdvertisedHint));
  }
  return fmt::format("broker {}", broker.id);
}

void Doctor::examine_cluster(Connection& connection) {
  const Endpoint& server = connection.endpoint();
  const std::string target = server.to_string();
  const Stopwatch stopwatch;
  const auto metadata = ask_brokers(connection, deadline());
  const double asked_ms = stopwatch.elapsed_ms();
  if (!metadata && metadata.error().kind() == ErrorKind::kUnreachable) {
    return explain_hang_up(server, metadata.error());
  }
  if (!has_sasl(config_.security_protocol)) {
    check("sasl", target, []() -> Result<std::string> { return "not asked for"; });
  }
  const std::string cluster_id = metadata ? metadata->cluster_id.value_or("") : "";
  const auto found = [&]() -> Result<std::string> {
    if (!metadata) return fail(metadata.error());
    if (metadata->brokers.empty()) {
      return fail(ErrorKind::kFailed, "the cluster has no brokers now", "start one");
    }
    if (!first_) first_ = {target, cluster_id};
    if (first_->cluster_id != cluster_id) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{} is of cluster {}, and {} of cluster {}", target,
                              escape_control(cluster_id), first_->server,
                              escape_control(first_->cluster_id)),
                  "name brokers of one cluster: a client takes whichever answers first");
    }
    return fmt::format("cluster {}, {} broker{}", escape_control(cluster_id),
                       metadata->brokers.size(), metadata->brokers.size() == 1 ? "" : "s");
  };
  if (!note("metadata", target, asked_ms, found())) return;
  for (const auto& one : metadata->brokers) {
    if (!examined_brokers_.insert(one.node_id).second) continue;
    const BrokerInfo broker{one.node_id, one.host, one.port, one.rack, false};
    const Endpoint endpoint{one.host, static_cast<std::uint16_t>(one.port)};
    check("advertised", escape_control(endpoint.to_string()), [&]() -> Result<std::string> {
      if (endpoint == server) return fmt::format("broker {}, the same address", broker.id);
      return reach(broker, cluster_id);
    });
  }
}

void Doctor::examine_server(const Endpoint& server) {
  way_.reset();
  if (!resolve_and_connect(server)) return;
  const auto connection = open(server);
  if (!connection) return;
  if (has_sasl(config_.security_protocol)) {
    examine_sasl(*connection);
  } else {
    examine_cluster(*connection);
  }
}

}  // namespace
}  // namespace client

std::string_view to_string(HealthCheck::State state) {
  if (state == HealthCheck::State::kOk) return "ok";
  return state == HealthCheck::State::kFail ? "fail" : "skip";
}

Diagnosis diagnose(const ClientConfig& config) {
  return client::Doctor(config).examine();
}

}  // namespace kreel
