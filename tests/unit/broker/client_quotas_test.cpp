// DescribeClientQuotas and AlterClientQuotas.
#include <doctest/doctest.h>

#include <cmath>

#include "broker/quotas.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;
using kreel::test::BrokerFixture;

namespace {

using QuotaEntry = AlterClientQuotasRequest::EntryData;
using EntityParts = std::vector<AlterClientQuotasRequest::EntityData>;
using QuotaComponent = DescribeClientQuotasRequest::ComponentData;

constexpr std::int8_t kExact = 0;
constexpr std::int8_t kDefault = 1;
constexpr std::int8_t kAnyEntity = 2;

QuotaEntry entry(EntityParts entity, const std::string& key, double value, bool remove = false) {
  QuotaEntry made;
  made.entity = std::move(entity);
  made.ops.push_back({.key = key, .value = value, .remove = remove});
  return made;
}

/// "NONE", or the error and Kafka's text, entity by entity.
std::string altered(BrokerFixture& f, std::vector<QuotaEntry> entries, bool validate_only = false) {
  AlterClientQuotasRequest request;
  request.entries = std::move(entries);
  request.validate_only = validate_only;
  std::string text;
  for (const auto& answer : f.call<AlterClientQuotas>(request).entries) {
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ", to_string(answer.error_code),
                        answer.error_message ? " " + *answer.error_message : "");
  }
  return text;
}

std::string text_of(const DescribeClientQuotasResponse& response) {
  if (response.error_code != ErrorCode::NONE) {
    CHECK(!response.entries.has_value());
    return fmt::format("{} {}", to_string(response.error_code), *response.error_message);
  }
  std::string text;
  for (const auto& found : *response.entries) {
    text += text.empty() ? "" : "; ";
    for (const auto& part : found.entity) {
      text += fmt::format("{}={} ", part.entity_type, part.entity_name.value_or("<default>"));
    }
    for (const auto& value : found.values) text += fmt::format("{}:{} ", value.key, value.value);
    text.pop_back();
  }
  return text;
}

std::string quotas_described(BrokerFixture& f, const std::vector<QuotaComponent>& filter = {},
                             bool strict = false) {
  DescribeClientQuotasRequest request;
  request.components = filter;
  request.strict = strict;
  const std::string text = text_of(f.call<DescribeClientQuotas>(request, 1));
  CHECK(text_of(f.call<DescribeClientQuotas>(request, 0)) == text);
  return text;
}

void set_some(BrokerFixture& f) {
  REQUIRE(altered(f, {entry({{"user", "app"}}, "producer_byte_rate", 1000),
                      entry({{"user", std::nullopt}}, "request_percentage", 12.5),
                      entry({{"user", "app"}, {"client-id", "c"}}, "consumer_byte_rate", 5),
                      entry({{"client-id", std::nullopt}}, "controller_mutation_rate", 0.5),
                      entry({{"ip", "10.0.0.1"}}, "connection_creation_rate", 7)}) ==
          "NONE; NONE; NONE; NONE; NONE");
}

}  // namespace

TEST_CASE("client quotas: they are set, changed, survive a crash, and go") {
  BrokerFixture f;
  CHECK(quotas_described(f).empty());
  set_some(f);
  const std::string all =
      "client-id=<default> controller_mutation_rate:0.5; "
      "client-id=c user=app consumer_byte_rate:5; "
      "ip=10.0.0.1 connection_creation_rate:7; "
      "user=<default> request_percentage:12.5; "
      "user=app producer_byte_rate:1000";
  CHECK(quotas_described(f) == all);
  f.kill_and_restart();
  CHECK(quotas_described(f) == all);
  CHECK(f.broker().quotas().any_of_clients());
  CHECK(f.broker().quotas().any_of_ips());

  CHECK(altered(f, {entry({{"user", "app"}}, "producer_byte_rate", 2000)}) == "NONE");
  CHECK(quotas_described(f, {{"user", kExact, "app"}}, true) == "user=app producer_byte_rate:2000");
  CHECK(altered(f, {entry({{"user", "app"}}, "producer_byte_rate", 0, true),
                    entry({{"user", "bob"}}, "producer_byte_rate", 0, true)}) == "NONE; NONE");
  CHECK(quotas_described(f, {{"user", kExact, "app"}}, true).empty());
  f.restart();
  CHECK(quotas_described(f, {{"user", kAnyEntity, std::nullopt}}) ==
        "client-id=c user=app consumer_byte_rate:5; user=<default> request_percentage:12.5");
}

TEST_CASE("client quotas: filters find names, defaults and types, strict ones nothing besides") {
  BrokerFixture f;
  set_some(f);
  CHECK(quotas_described(f, {{"user", kExact, "app"}}) ==
        "client-id=c user=app consumer_byte_rate:5; user=app producer_byte_rate:1000");
  CHECK(quotas_described(f, {{"user", kDefault, std::nullopt}}) ==
        "user=<default> request_percentage:12.5");
  CHECK(quotas_described(f, {{"client-id", kAnyEntity, std::nullopt}}, true) ==
        "client-id=<default> controller_mutation_rate:0.5");
  CHECK(quotas_described(
            f, {{"client-id", kAnyEntity, std::nullopt}, {"user", kAnyEntity, std::nullopt}},
            true) == "client-id=c user=app consumer_byte_rate:5");
  CHECK(quotas_described(f, {{"ip", kExact, "10.0.0.2"}}).empty());
  CHECK(quotas_described(f, {}, true).empty());
}

TEST_CASE("client quotas: filters that make no sense are refused") {
  BrokerFixture f;
  const auto error = [&f](const std::vector<QuotaComponent>& filter) {
    const std::string text = quotas_described(f, filter);
    return text.substr(0, text.find(' '));
  };
  CHECK(error({{"", kAnyEntity, std::nullopt}}) == "INVALID_REQUEST");
  CHECK(error({{"user", kAnyEntity, std::nullopt}, {"user", kExact, "a"}}) == "INVALID_REQUEST");
  CHECK(error({{"host", kAnyEntity, std::nullopt}}) == "UNSUPPORTED_VERSION");
  CHECK(error({{"user", kExact, std::nullopt}}) == "INVALID_REQUEST");
  CHECK(error({{"user", kDefault, "a"}}) == "INVALID_REQUEST");
  CHECK(error({{"user", kAnyEntity, "a"}}) == "INVALID_REQUEST");
  CHECK(error({{"user", 3, std::nullopt}}) == "INVALID_REQUEST");
  CHECK(error({{"ip", kAnyEntity, std::nullopt}, {"user", kAnyEntity, std::nullopt}}) ==
        "INVALID_REQUEST");
}

TEST_CASE("client quotas: what cannot be a quota is refused with Kafka's words, and only that") {
  BrokerFixture f;
  const auto why = [&f](EntityParts entity, const std::string& key, double value) {
    return altered(f, {entry(std::move(entity), key, value)});
  };
  CHECK(why({}, "producer_byte_rate", 1) == "INVALID_REQUEST Invalid empty client quota entity");
  CHECK(why({{"host", "a"}}, "producer_byte_rate", 1) ==
        "INVALID_REQUEST Unhandled client quota entity type: host");
  CHECK(why({{"user", ""}}, "producer_byte_rate", 1) == "INVALID_REQUEST Empty user not supported");
  CHECK(why({{"user", "a"}, {"user", "b"}}, "producer_byte_rate", 1) ==
        "INVALID_REQUEST Invalid client quota entity, duplicate entity entry user");
  CHECK(why({{"user", "a"}, {"ip", "10.0.0.1"}}, "producer_byte_rate", 1) ==
        "INVALID_REQUEST Invalid quota entity combination, IP entity should not be combined with "
        "User or ClientId");
  CHECK(why({{"ip", "example.org"}}, "connection_creation_rate", 1) ==
        "INVALID_REQUEST example.org is not a valid IP address.");
  CHECK(why({{"user", "a"}}, "connection_creation_rate", 1) ==
        "INVALID_REQUEST Invalid configuration key connection_creation_rate");
  CHECK(why({{"ip", "10.0.0.1"}}, "producer_byte_rate", 1) ==
        "INVALID_REQUEST Invalid configuration key producer_byte_rate");
  CHECK(why({{"user", "a"}}, "producer_byte_rate", 0) ==
        "INVALID_REQUEST Quota producer_byte_rate must be greater than 0");
  CHECK(why({{"user", "a"}}, "request_percentage", std::nan("")) ==
        "INVALID_REQUEST Quota request_percentage must be greater than 0");
  CHECK(why({{"user", "a"}}, "producer_byte_rate", 1.5) ==
        "INVALID_REQUEST producer_byte_rate cannot be a fractional value.");
  CHECK(why({{"ip", "::1"}}, "connection_creation_rate", 3e9) ==
        "INVALID_REQUEST Proposed value for connection_creation_rate is too large.");
  CHECK(why({{"user", "a"}}, "producer_byte_rate", 1e19) ==
        "INVALID_REQUEST Proposed value for producer_byte_rate is too large.");
  CHECK(why({{"user", std::string(1025, 'a')}}, "producer_byte_rate", 1) ==
        "INVALID_REQUEST The user has more than 1024 bytes");
  QuotaEntry twice = entry({{"user", "a"}}, "producer_byte_rate", 1);
  twice.ops.push_back({.key = "producer_byte_rate", .value = 2});
  CHECK(altered(f, {twice, entry({{"user", "b"}}, "producer_byte_rate", 1)}) ==
        "INVALID_REQUEST Duplicate quota key producer_byte_rate not updating quota for this "
        "entity; NONE");
  CHECK(altered(f, {entry({{"user", "c"}}, "producer_byte_rate", 1),
                    entry({{"user", "c"}}, "consumer_byte_rate", 1)}) ==
        "INVALID_REQUEST Ignoring duplicate entity user=c");
  CHECK(quotas_described(f) == "user=b producer_byte_rate:1");
}

TEST_CASE("client quotas: what is only to be validated changes nothing") {
  BrokerFixture f;
  CHECK(altered(f,
                {entry({{"user", "a"}}, "producer_byte_rate", 1),
                 entry({{"user", "b"}}, "producer_byte_rate", -1)},
                true) == "NONE; INVALID_REQUEST Quota producer_byte_rate must be greater than 0");
  CHECK(quotas_described(f).empty());
  CHECK_FALSE(f.broker().quotas().any_of_clients());
}

TEST_CASE("client quotas: more changes than Kafka takes at once are refused") {
  BrokerFixture f;
  std::vector<QuotaEntry> entries;
  for (int i = 0; i <= 10'000; ++i) {
    entries.push_back(entry({{"user", std::to_string(i)}}, "producer_byte_rate", 1));
  }
  CHECK(altered(f, entries).starts_with("POLICY_VIOLATION"));
  CHECK(quotas_described(f).empty());
}
