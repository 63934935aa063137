#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/client_config.hpp"
#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel::certs {

// Certificates for TLS: made, shown and checked. Nothing here touches a file; all functions are
// thread-safe.

enum class KeyKind { kEcdsaP256, kRsa2048, kRsa4096 };

enum class StoreKind {
  kModern,  ///< AES-256 and HMAC-SHA256: OpenSSL 1.1.1, Java 8u301, 11.0.12 and later
  kLegacy   ///< 3DES and SHA-1, for older Java
};

/// An authority that exists already.
struct Authority {
  std::string certificates_pem;  ///< its certificate first, then its issuers up to the root
  std::string key_pem;
  std::string key_password;  ///< empty unless the key is encrypted
};

struct SetOptions {
  /// Where the files are going to be, absolute: for the paths that stand in them.
  std::string directory;
  /// Names and addresses that clients connect to; empty: no certificate for a broker.
  std::vector<std::string> hosts;
  /// Clients, each with files of its name: letters, digits, '.', '_' and '-'.
  std::vector<std::string> clients;
  /// What stands in clients' settings as bootstrap.servers; empty: the first host, and a line to
  /// fill in where there is none.
  std::string bootstrap;
  KeyKind key = KeyKind::kEcdsaP256;
  StoreKind stores = StoreKind::kModern;
  std::int32_t days = 365;             ///< of brokers and clients; an authority of kreel's has 1825
  std::optional<Authority> authority;  ///< empty: a new one
  /// The authority's ca.crt and truststore.p12 are in `directory` already, and this opens the
  /// store: both stay, for those whose settings name them.
  std::optional<std::string> truststore_password;
  bool has_other_clients = false;  ///< whose certificates the broker asks for
  bool requests_only = false;      ///< keys and requests, for somebody else to sign
  std::int64_t now_ms = 0;
};

struct SetFile {
  std::string name;
  std::string content;
  bool is_secret = false;  ///< holds a key or a password: for its owner alone
  std::string what;        ///< "certificate of the broker: DNS:localhost"
};

/// This machine's name, localhost and the loopback addresses.
KREEL_API std::vector<std::string> default_hosts();
/// A set that works together: PEM, PKCS12 stores, and the settings of clients and brokers that use
/// them. kUsage for names that cannot be; kBadInput or kAuthentication for the authority.
KREEL_API Result<std::vector<SetFile>> make_set(const SetOptions& options);

/// One thing in a file of certificates, or one certificate that a server sent.
struct Entry {
  enum class Kind { kCertificate, kRequest, kPrivateKey };
  Kind kind = Kind::kCertificate;
  std::string alias;  ///< in a PKCS12 store
  std::string subject;
  std::string issuer;
  std::string principal;  ///< "User:CN=app": who shows it to a broker, without mapping rules
  std::string serial;     ///< hexadecimal
  std::vector<std::string> names;   ///< "DNS:localhost", "IP:127.0.0.1"
  std::vector<std::string> usages;  ///< "digitalSignature", "serverAuth", "CA"
  std::string key;                  ///< "ECDSA P-256", "RSA 2048"
  std::string signature;            ///< "ecdsa-with-SHA256"
  std::string fingerprint;          ///< SHA-256, hexadecimal
  std::optional<std::int64_t> not_before_ms;
  std::optional<std::int64_t> not_after_ms;
};
/// "certificate", "request", "private key".
KREEL_API std::string_view to_string(Entry::Kind kind);

/// What a PEM, DER or PKCS12 file holds; keys as facts only. kBadInput when it is none of these,
/// kAuthentication when `password` does not open it.
KREEL_API Result<std::vector<Entry>> read_entries(std::string_view file,
                                                  const std::string& password);

/// The certificates of such a file as PEM, without keys. Errors as read_entries.
KREEL_API Result<std::string> certificates_as_pem(std::string_view file,
                                                  const std::string& password);

struct CheckOptions {
  std::string password;     ///< of a PKCS12 store or an encrypted key
  std::string trusted_pem;  ///< whom to trust; empty: the roots in the file, then this system's
  std::string host;         ///< must be among the names; empty: not asked
  std::int64_t now_ms = 0;
  std::int64_t warn_ms = 0;  ///< what ends sooner than this is a finding
};

struct Finding {
  enum class State { kOk, kWarning, kFail };
  std::string step;     ///< "key", "chain", "names", "usage", "expiry", "store", "protocol"
  std::string subject;  ///< of which certificate
  State state = State::kOk;
  std::string detail;
};
KREEL_API std::string_view to_string(Finding::State state);

struct Report {
  std::vector<Finding> findings;
  /// What to change first, in its hint: kAuthentication for what makes a handshake fail,
  /// kConditionFalse for an end within `warn_ms`. Empty when all is well.
  std::optional<Error> problem;
};

/// Errors as read_entries.
KREEL_API Result<Report> check_file(std::string_view file, const CheckOptions& options);
/// Shakes hands with a TLS server as a Kafka client would, and explains what it sent. `config` has
/// the time limit, the address family, and in its properties who is trusted and who one is.
KREEL_API Result<Report> check_server(const Endpoint& server, const ClientConfig& config,
                                      const CheckOptions& options);

}  // namespace kreel::certs
