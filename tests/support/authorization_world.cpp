#include "support/authorization_world.hpp"

#include <fmt/format.h>

#include "broker/group_service.hpp"
#include "broker/sasl_exchange.hpp"
#include "broker/transaction_service.hpp"

namespace kreel::test {

using namespace protocol;

namespace {

catalog::ConfigMap settings_with(catalog::ConfigMap policy) {
  policy.emplace("authorizer.class.name", kStandardAuthorizer);
  std::string& users = policy["super.users"];
  users += users.empty() ? "User:root" : ";User:root";
  policy.emplace("offsets.topic.num.partitions", "1");
  policy.emplace("transaction.state.log.num.partitions", "1");
  return policy;
}

}  // namespace

OffsetCommitRequest commit_request(const std::string& group, const std::vector<std::string>& topics,
                                   Offset offset) {
  OffsetCommitRequest request;
  request.group_id = group;
  for (const std::string& topic : topics) {
    auto& out = request.topics.emplace_back();
    out.name = topic;
    out.partitions.emplace_back().committed_offset = offset;
  }
  return request;
}

InitProducerIdRequest init_request(const std::optional<std::string>& transactional_id) {
  InitProducerIdRequest request;
  request.transactional_id = transactional_id;
  request.transaction_timeout_ms = 60'000;
  return request;
}

AddPartitionsToTxnRequest add_request(const AuthorizationWorld& world,
                                      const std::vector<std::string>& topics) {
  AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = "tx-1";
  request.v3_and_below_producer_id = world.producer_id;
  request.v3_and_below_producer_epoch = world.producer_epoch;
  for (const std::string& topic : topics) {
    request.v3_and_below_topics.push_back({topic, {0}});
  }
  return request;
}

OffsetFetchRequest offset_fetch_request(bool all) {
  OffsetFetchRequest request;
  auto& group = request.groups.emplace_back();
  group.group_id = "readers";
  if (all) {
    group.topics = std::nullopt;
  } else {
    group.topics->emplace_back().name = "orders";
    group.topics->back().partition_indexes = {0};
  }
  return request;
}

std::string principal_of(Login login) {
  switch (login) {
    case Login::kAnonymous:
      return std::string(broker::kAnonymous);
    case Login::kCertificate:
      return "User:CN=client,O=kreel";
    case Login::kSasl:
      return "User:app";
  }
  return {};
}

AuthorizationWorld::AuthorizationWorld(Login login, const catalog::ConfigMap& policy)
    : BrokerFixture(settings_with(policy)) {
  fill();
  log_in(login);
}

void AuthorizationWorld::log_in(Login login) {
  if (login == Login::kCertificate) connection().principal = principal_of(login);
  if (login != Login::kSasl) return;
  security::SaslServer::Options options;
  options.mechanisms = {"PLAIN"};
  options.plain_users = {{"app", security::Secret("pencil")}};
  connection().sasl = std::make_shared<broker::SaslExchange>(
      std::make_shared<const security::SaslServer>(std::move(options), sasl_random_), clock());
  SaslHandshakeRequest hello;
  hello.mechanism = "PLAIN";
  REQUIRE(call<SaslHandshake>(hello, 1).error_code == ErrorCode::NONE);
  SaslAuthenticateRequest token;
  for (const char c : std::string("\0app\0pencil", 11)) token.auth_bytes.push_back(std::byte(c));
  REQUIRE(call<SaslAuthenticate>(token, 2).error_code == ErrorCode::NONE);
}

Bytes AuthorizationWorld::batch(bool transactional) {
  BatchBuilder::Options options;
  if (transactional) {
    options.producer_id = producer_id;
    options.producer_epoch = producer_epoch;
    options.base_sequence = 0;
    options.transactional = true;
  }
  BatchBuilder builder(options);
  NewRecord record;
  record.timestamp = clock().wall_ms();
  record.value = as_bytes("value");
  builder.append(record);
  return builder.build();
}

ProduceRequest AuthorizationWorld::produce_request(const std::string& topic, const Bytes& batch) {
  ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 1'000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  data.partition_data.push_back({.index = 0, .records = Records::memory(batch, nullptr)});
  return request;
}

void AuthorizationWorld::fill() {
  create_topic("__consumer_offsets");
  create_topic("__transaction_state");
  create_topic("orders", 2);
  create_topic("secret-payroll");
  broker().groups().load();
  broker().transactions().load();
  work();
  set_acls({});
  catalog().change_users({{.user = "secret-user",
                           .set = {{security::ScramMechanism::kSha256, {"salt", "a", "b", 4096}}},
                           .removed = {}}});
  connection().principal = "User:root";
  const Bytes records = batch();
  const auto produced = call<Produce>(produce_request("orders", records), 12);
  REQUIRE(produced.responses[0].partition_responses[0].error_code == ErrorCode::NONE);
  const std::vector<std::string> both = {"orders", "secret-payroll"};
  ask<OffsetCommit>(commit_request("readers", both, 1), 9);
  ask<OffsetCommit>(commit_request("secret-group", both, 1), 9);
  ask<InitProducerId>(init_request("secret-tx"));
  const auto made = call<InitProducerId>(init_request("tx-1"));
  REQUIRE(made.error_code == ErrorCode::NONE);
  producer_id = made.producer_id;
  producer_epoch = made.producer_epoch;
  ask<AddPartitionsToTxn>(add_request(*this, both), 3);
  connection().principal = std::string(broker::kAnonymous);
}

void AuthorizationWorld::set_acls(const std::vector<Acl>& acls) {
  catalog().remove_acls({AclFilter{}});
  std::vector<Acl> all = acls;
  all.push_back({.name = "secret-payroll", .principal = "User:secret-agent"});
  REQUIRE(catalog().add_acls(all).ok());
}

std::string AuthorizationWorld::state() {
  return as_root([&] {
    DescribeTransactionsRequest transactions;
    transactions.transactional_ids = {"tx-1"};
    std::string text;
    const auto snapshot = catalog().snapshot();
    for (const auto& [name, topic] : snapshot->topics()) {
      text += name;
      for (const auto& [setting, value] : topic->overrides) text += " " + setting + "=" + value;
      for (const auto& log : topic->partitions) {
        const storage::LogOffsets offsets = log->offsets();
        // What coordinators note is in their own answers, below.
        const bool is_own = name.starts_with("__");
        text += is_own ? " p" : fmt::format(" {}-{}", offsets.log_start, offsets.log_end);
      }
      text += '\n';
    }
    for (const auto& [setting, value] : snapshot->broker_overrides()) {
      text += setting + "=" + value + "\n";
    }
    text += fmt::format("{} users, {} quotas, {} acls\n", snapshot->users().size(),
                        snapshot->quotas()->size(), snapshot->acls()->all().size());
    text += ask<ListGroups>({}) + "\n";
    text += ask<OffsetFetch>(offset_fetch_request(true), 9) + "\n";
    text += ask<DescribeTransactions>(transactions) + "\n";
    return text;
  });
}

}  // namespace kreel::test
