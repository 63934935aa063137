#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/authorization/access_rules.hpp"
#include "kreel/acls.hpp"
#include "protocol/json_dump.hpp"
#include "support/broker_fixture.hpp"

namespace kreel::test {

/// How the client of a test has shown who it is.
enum class Login { kAnonymous, kCertificate, kSasl };
/// "User:ANONYMOUS", "User:CN=client,O=kreel", "User:app".
std::string principal_of(Login login);

/// A broker that asks ACLs. It has, of what a test's client asks for: the topic "orders", the group
/// "readers" and the transaction "tx-1"; and beside them things whose names begin with "secret".
class AuthorizationWorld : public BrokerFixture {
 public:
  AuthorizationWorld(Login login, const catalog::ConfigMap& policy);

  /// These are the ACLs from now on.
  void set_acls(const std::vector<Acl>& acls);
  /// Everything that a request might have changed, as super user, but ACLs.
  std::string state();

  /// The answer, as text.
  template <class Api>
  std::string ask(const typename Api::Request& request, protocol::Version version) {
    return protocol::json_text(call<Api>(request, version), version);
  }
  template <class Api>
  std::string ask(const typename Api::Request& request) {
    return ask<Api>(request, protocol::api_info(static_cast<protocol::ApiKey>(Api::key)).max);
  }
  template <class Action>
  auto as_root(Action action) {
    const std::string own = std::exchange(connection().principal, "User:root");
    auto result = action();
    connection().principal = own;
    return result;
  }

  Bytes batch(bool transactional = false);
  protocol::ProduceRequest produce_request(const std::string& topic, const Bytes& batch);

  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;

 private:
  void log_in(Login login);
  void fill();

  SeededRandom sasl_random_{5};
};

// Requests that both the world and the probes send.
protocol::OffsetCommitRequest commit_request(const std::string& group,
                                             const std::vector<std::string>& topics, Offset offset);
protocol::InitProducerIdRequest init_request(const std::optional<std::string>& transactional_id);
protocol::AddPartitionsToTxnRequest add_request(const AuthorizationWorld& world,
                                                const std::vector<std::string>& topics);
/// Of the group "readers".
protocol::OffsetFetchRequest offset_fetch_request(bool all);

/// A request to which one rule of the table is put, and what it is about.
struct AccessProbe {
  std::string name;  ///< of the resource
  std::string (*ask)(AuthorizationWorld& world);
  /// For rules about a field: what the answer has in it when the field is told.
  std::string told;
};
/// By the names of the rules.
const std::map<std::string_view, AccessProbe>& access_probes();
/// Those of authorization_node_probes.cpp beside `probes`.
std::map<std::string_view, AccessProbe> with_node_probes(
    std::map<std::string_view, AccessProbe> probes);

}  // namespace kreel::test
