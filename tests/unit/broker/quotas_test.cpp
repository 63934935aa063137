#include "broker/quotas.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "broker/request_charge.hpp"
#include "support/manual_clock.hpp"

using namespace kreel;
using namespace kreel::broker;
using catalog::ClientQuotas;
using catalog::QuotaEntity;

namespace {

const std::string kProduceKey{catalog::kProducerByteRate};

QuotaEntity user(const std::string& name) {
  return {{"user", name}};
}

struct QuotasWithClock {
  test::ManualClock clock;
  Quotas quotas{clock, QuotaWindows{}, QuotaWindows{}};
  const QuotaClient app{"app", "c1"};

  void set_for_app(std::string_view key, double value) {
    quotas.set({{user("app"), {{std::string(key), value}}}});
  }
};

}  // namespace

TEST_CASE("quota limits: the most specific one holds, in Kafka's order") {
  const std::optional<std::string> any;
  const std::vector<QuotaEntity> in_order{{{"user", "app"}, {"client-id", "c1"}},
                                          {{"user", "app"}, {"client-id", any}},
                                          {{"user", "app"}},
                                          {{"user", any}, {"client-id", "c1"}},
                                          {{"user", any}, {"client-id", any}},
                                          {{"user", any}},
                                          {{"client-id", "c1"}},
                                          {{"client-id", any}}};
  ClientQuotas quotas;
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    quotas[in_order[i]][kProduceKey] = static_cast<double>(i + 1);
  }
  // What others have matters to nobody else.
  quotas[{{"user", "other"}, {"client-id", "c1"}}][kProduceKey] = 99;
  quotas[{{"user", "app"}, {"client-id", "c2"}}][kProduceKey] = 99;
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    const auto limit = QuotaLimits(quotas).find(QuotaKind::kProduce, {"app", "c1"});
    REQUIRE(limit.has_value());
    CHECK(limit->bound == static_cast<double>(i + 1));
    CHECK(limit->per_user == in_order[i].contains("user"));
    CHECK(limit->per_client_id == in_order[i].contains("client-id"));
    CHECK_FALSE(QuotaLimits(quotas).find(QuotaKind::kFetch, {"app", "c1"}).has_value());
    quotas.erase(in_order[i]);
  }
  CHECK_FALSE(QuotaLimits(quotas).find(QuotaKind::kProduce, {"app", "c1"}).has_value());
}

TEST_CASE("quota limits: who names no client id has no quota of client ids") {
  const std::optional<std::string> any;
  const QuotaLimits limits({{{{"client-id", any}}, {{kProduceKey, 1}}},
                            {{{"user", "app"}, {"client-id", any}}, {{kProduceKey, 2}}},
                            {{{"user", "app"}}, {{kProduceKey, 3}}}});
  CHECK(limits.find(QuotaKind::kProduce, {"app", ""})->bound == 3);
  CHECK_FALSE(limits.find(QuotaKind::kProduce, {"bob", ""}).has_value());
}

TEST_CASE("quota limits: an address is one however it is written") {
  const std::string key{catalog::kConnectionCreationRate};
  QuotaLimits limits(
      {{{{"ip", "2001:DB8:0::1"}}, {{key, 1}}}, {{{"ip", "::ffff:10.0.0.1"}}, {{key, 2}}}});
  CHECK(limits.any_of_ips());
  CHECK_FALSE(limits.any_of_clients());
  CHECK(limits.connections_from("2001:db8::1") == 1);
  CHECK(limits.connections_from("10.0.0.1") == 2);
  CHECK_FALSE(limits.connections_from("10.0.0.2").has_value());
  limits = QuotaLimits({{{{"ip", std::nullopt}}, {{key, 5}}}});
  CHECK(limits.connections_from("10.0.0.2") == 5);
}

TEST_CASE("quotas: what one user uses is counted together, what others use is not") {
  QuotasWithClock f;
  CHECK_FALSE(f.quotas.any_of_clients());
  f.set_for_app(kProduceKey, 100);
  CHECK(f.quotas.any_of_clients());
  CHECK(f.quotas.use(QuotaKind::kProduce, f.app, 1'000) == 0);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "c2"}, 1'000) == 10'000);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"bob", "c1"}, 1e9) == 0);
  CHECK(f.quotas.use(QuotaKind::kFetch, f.app, 1e9) == 0);
}

TEST_CASE("quotas: a default is each one's own") {
  QuotasWithClock f;
  f.quotas.set({{{{"client-id", std::nullopt}}, {{kProduceKey, 100}}}});
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "c1"}, 1'000) == 0);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "c2"}, 1'000) == 0);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"bob", "c1"}, 1) > 0);
}

TEST_CASE("quotas: a changed quota judges what was used before, and none forgets none") {
  QuotasWithClock f;
  f.set_for_app(kProduceKey, 1'000);
  CHECK(f.quotas.use(QuotaKind::kProduce, f.app, 5'000) == 0);
  f.set_for_app(kProduceKey, 100);
  CHECK(f.quotas.use(QuotaKind::kProduce, f.app, 0) == 40'000);
  f.quotas.set({});
  CHECK_FALSE(f.quotas.any_of_clients());
  CHECK(f.quotas.use(QuotaKind::kProduce, f.app, 1e9) == 0);
}

TEST_CASE("quotas: a fetch that has to wait was not counted") {
  QuotasWithClock f;
  f.set_for_app(catalog::kConsumerByteRate, 100);
  CHECK(f.quotas.fetch_bytes_max(f.app) == 1'000);
  CHECK(f.quotas.fetch_bytes_max({"bob", "c1"}) == std::numeric_limits<std::int32_t>::max());
  CHECK(f.quotas.use_to_fetch(f.app, 900) == 0);
  for (int i = 0; i < 5; ++i) CHECK(f.quotas.use_to_fetch(f.app, 300) == 2'000);
  CHECK(f.quotas.use_to_fetch(f.app, 100) == 0);
}

TEST_CASE("quotas: a batch above what all windows allow is sent when nothing else was") {
  QuotasWithClock f;
  f.set_for_app(catalog::kConsumerByteRate, 100);
  CHECK(f.quotas.use_to_fetch(f.app, 5'000) == 0);
  std::int64_t waited_ms = 0;
  // As a client does: it waits as long as it was told and asks again.
  while (const auto wait_ms = f.quotas.use_to_fetch(f.app, 5'000)) {
    waited_ms += wait_ms;
    f.clock.advance_ms(wait_ms);
    REQUIRE(waited_ms < 1'000'000);
  }
  // The windows are what is remembered: it is not slower than that, and never stuck.
  CHECK(waited_ms >= 11'000);
}

TEST_CASE("quotas: a request's time is waited for no longer than a window") {
  QuotasWithClock f;
  f.set_for_app(catalog::kRequestPercentage, 1);
  CHECK(f.quotas.use(QuotaKind::kRequest, f.app, 10'000) == 1'000);
}

TEST_CASE("quotas: mutations that are strict are refused, others make the client wait") {
  QuotasWithClock f;
  f.set_for_app(catalog::kControllerMutationRate, 10);
  CHECK_FALSE(f.quotas.use_mutations(f.app, 150, true).refused);
  auto again = f.quotas.use_mutations(f.app, 1, true);
  CHECK(again.refused);
  CHECK(again.wait_ms == 4'000);
  again = f.quotas.use_mutations(f.app, 10, false);
  CHECK_FALSE(again.refused);
  CHECK(again.wait_ms == 5'000);
  f.clock.advance_ms(5'000);
  CHECK_FALSE(f.quotas.use_mutations(f.app, 1, true).refused);
}

TEST_CASE("quotas: connections above an address's rate are not counted") {
  QuotasWithClock f;
  f.quotas.set({{{{"ip", std::nullopt}}, {{std::string(catalog::kConnectionCreationRate), 1}}}});
  CHECK(f.quotas.any_of_ips());
  for (int i = 0; i < 10; ++i) CHECK(f.quotas.use_connection("10.0.0.1") == 0);
  for (int i = 0; i < 100; ++i) CHECK(f.quotas.use_connection("10.0.0.1") == 1'000);
  CHECK(f.quotas.use_connection("10.0.0.2") == 0);
  f.clock.advance_ms(11'000);
  CHECK(f.quotas.use_connection("10.0.0.1") == 0);
}

TEST_CASE("quotas: of very many clients some share a meter, until those of before are idle") {
  QuotasWithClock f;
  f.quotas.set({{{{"client-id", std::nullopt}}, {{kProduceKey, 100}}}});
  for (std::size_t i = 0; i < limits::kQuotaMeters; ++i) {
    f.quotas.use(QuotaKind::kProduce, {"app", std::to_string(i)}, 1);
  }
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "late"}, 1'000) == 0);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "later"}, 1'000) > 0);
  f.clock.advance_ms(11'000);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "late"}, 900) == 0);
  CHECK(f.quotas.use(QuotaKind::kProduce, {"app", "later"}, 900) == 0);
}

TEST_CASE("request charge: the time of the handler is charged, also what comes after the answer") {
  QuotasWithClock f;
  f.set_for_app(catalog::kRequestPercentage, 50);
  RequestCharge charge(f.quotas, f.clock, f.app);
  f.clock.advance_ms(4'000);
  // 400 percent of a second, in ten seconds: 40 a second.
  CHECK(charge.settle() == 0);
  f.clock.advance_ms(2'000);
  charge.handler_returned();
  RequestCharge next(f.quotas, f.clock, f.app);
  CHECK(next.settle() > 0);
  CHECK(next.settle() <= 1'000);
}

TEST_CASE("request charge: who is answered later pays for what the handler took") {
  QuotasWithClock f;
  f.set_for_app(catalog::kRequestPercentage, 50);
  RequestCharge charge(f.quotas, f.clock, f.app);
  f.clock.advance_ms(1'000);
  charge.handler_returned();
  f.clock.advance_ms(600'000);
  CHECK(charge.settle() == 0);
}

TEST_CASE("request charge: the longest of several waits is told") {
  QuotasWithClock f;
  f.quotas.set({{user("app"),
                 {{std::string(catalog::kRequestPercentage), 1},
                  {std::string(catalog::kProducerByteRate), 100}}}});
  RequestCharge charge(f.quotas, f.clock, f.app);
  charge.produced(2'000, true);
  f.clock.advance_ms(1'000);
  CHECK(charge.settle() == 10'000);
}

TEST_CASE("request charge: a wait for mutations is shorter by what has passed since") {
  QuotasWithClock f;
  f.set_for_app(catalog::kControllerMutationRate, 10);
  RequestCharge charge(f.quotas, f.clock, f.app);
  CHECK(charge.take_mutations(140, false));
  f.clock.advance_ms(1'000);
  CHECK(charge.settle() == 2'000);
}
