#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// What a broker is to do wrong on purpose. Each text as on the command line.
struct FaultSpecs {
  /// "produce:NOT_LEADER_OR_FOLLOWER:3" answers this error so often, without a number until it is
  /// removed; "all" is every API.
  std::vector<std::string> errors;
  /// "fetch=200ms" or "fetch=100ms-300ms" delays answers.
  std::vector<std::string> latencies;
  /// "1%" closes the connection in place of handling so many of all requests, or of answering.
  std::optional<std::string> drop;
};

/// Somebody who may connect to a SASL listener.
struct SaslUser {
  std::string mechanism;  ///< "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"
  std::string name;
  std::string password;
};

/// Where a broker listens, and what it tells clients.
struct ListenerAddress {
  std::string name;
  std::string protocol;  ///< "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"
  std::string host;      ///< empty, "0.0.0.0" or "::": every address
  std::uint16_t port = 0;
  std::string advertised_host;  ///< empty: host
  std::uint16_t advertised_port = 0;
};

/// What `kreel serve` starts. Settings go by Apache Kafka's own names; what is here has no name
/// there.
struct BrokerOptions {
  /// "HOST:PORT", "SSL://HOST:PORT" or "NAME=PLAINTEXT://HOST:PORT"; port 0 picks a free one. What
  /// names no protocol is PLAINTEXT, with `tls_directory` SSL, with `sasl_users` SASL_….
  /// Empty: `listeners` of `config`, and 127.0.0.1:9092 without that.
  std::vector<std::string> listen;
  /// Where broker.crt, broker.key and ca.crt are, as `kreel certs gen` makes them; empty: the ssl.*
  /// settings of `config` alone. New files are taken while the broker runs.
  std::string tls_directory;
  /// Makes listeners that name no protocol SASL ones, and their mechanisms those of the users. With
  /// PLAIN the broker knows a user as long as it runs; with SCRAM he is made, or gets this
  /// password, and stays.
  std::vector<SaslUser> sasl_users;
  /// The same for OAUTHBEARER with tokens that nobody has signed: whoever connects is whoever he
  /// says.
  bool unsecured_tokens = false;
  /// Called once all settings are found right, and before a file is read or written: may make what
  /// is missing in `tls_directory`.
  std::function<Result<void>(const std::vector<ListenerAddress>&)> prepare_tls;
  std::string data_directory;
  /// Keeps nothing: the data directory is a temporary one that goes with the broker.
  bool ephemeral = false;
  /// "commit", "interval:MS" or "os".
  std::string flush = "commit";
  /// "NAME[:PARTITIONS[:REPLICAS[:CLEANUP-POLICY]]]", made at the start unless they exist. This
  /// broker is the only replica, whatever is asked for.
  std::vector<std::string> topics;
  std::map<std::string, std::string> config;
  /// Where a setting of `config` stands ("server.properties:12"), for what is said of it.
  std::map<std::string, std::string> config_origins;
  /// Warn of settings that nobody knows and skip them, as Apache Kafka does, instead of refusing.
  bool skip_unknown_settings = false;
  /// Told in the same line as settings that have no meaning in kreel.
  std::vector<std::string> without_meaning;
  /// The id of a new data directory's cluster; empty: a random one. A directory with another id is
  /// refused.
  std::string cluster_id;
  /// "HOST:PORT" for Prometheus; empty: none.
  std::string metrics_listen;
  /// Refuse to start when data is corrupt.
  bool strict = false;
  /// Serve on an address that others can reach although nobody has to authenticate.
  bool insecure = false;
  FaultSpecs faults;
};

/// A running broker. Start and stop from one thread.
class KREEL_API BrokerServer {
 public:
  /// Returns when clients can connect. ErrorKind, with no data changed: kUsage for a wrong setting,
  /// kUnreachable for a port in use, kRefused for a directory that another broker has or a newer
  /// format, kBadInput for corrupt data with `strict`, kIo for a disk that fails.
  static Result<std::unique_ptr<BrokerServer>> start(const BrokerOptions& options);
  /// Stops cleanly when stop() was not called.
  virtual ~BrokerServer() = default;

  /// "127.0.0.1:9092" per listener, with the ports that were really bound.
  virtual std::vector<std::string> addresses() const = 0;
  /// The same with their names and protocols.
  virtual std::vector<ListenerAddress> listeners() const = 0;
  virtual const std::string& data_directory() const = 0;
  virtual const std::string& cluster_id() const = 0;
  /// Where metrics are served, with the port that was really bound; empty without metrics_listen.
  virtual std::string metrics_address() const = 0;
  /// Where BrokerControl connects to; empty where the file system has no sockets.
  virtual std::string control_socket() const = 0;

  /// Called once, on some thread, when the disk has failed: the caller is to end the process with
  /// exit code 9. Nothing is acknowledged from then on.
  virtual void on_storage_failure(std::function<void(const Error&)> handler) = 0;

  /// Finishes what is under way (at most 10 s), syncs, and marks the stop as clean.
  virtual void stop() = 0;
};

}  // namespace kreel
