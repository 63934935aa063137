#include "net/handshake_budget.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "net/limits.hpp"

namespace kreel::net {

TEST_CASE("handshakes: over the limit the oldest makes room") {
  HandshakeBudget budget;
  std::vector<std::uint64_t> evicted;
  for (std::uint64_t id = 1; id <= limits::kHandshakesMax + 3; ++id) {
    CHECK(budget.enter(id, "127.0.0.1", [&evicted, id] { evicted.push_back(id); }));
  }
  CHECK(evicted == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(budget.size() == limits::kHandshakesMax);
  budget.leave(1);  // is gone already
  budget.leave(4);
  CHECK(budget.enter(9'999, "127.0.0.1", [] {}));
  CHECK(evicted.size() == 3);
}

TEST_CASE("handshakes: one address has a share once half of the places are taken") {
  HandshakeBudget budget;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i <= limits::kHandshakesMax / 2; ++i) {
    CHECK(budget.enter(++id, "10.0.0.1", [] {}));
  }
  CHECK_FALSE(budget.enter(++id, "10.0.0.1", [] {}));
  for (std::size_t i = 0; i < limits::kHandshakesPerAddress; ++i) {
    CHECK(budget.enter(++id, "10.0.0.2", [] {}));
  }
  CHECK_FALSE(budget.enter(++id, "10.0.0.2", [] {}));
  CHECK(budget.enter(++id, "127.0.0.1", [] {}));
  CHECK(budget.enter(++id, "10.0.0.3", [] {}));
}

TEST_CASE("handshakes: the addresses of one IPv6 network have one share together") {
  HandshakeBudget budget;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i <= limits::kHandshakesMax / 2; ++i) {
    CHECK(budget.enter(++id, "2001:db8::" + std::to_string(i), [] {}));
  }
  CHECK_FALSE(budget.enter(++id, "2001:db8::ffff:1:2:3", [] {}));
  CHECK_FALSE(budget.enter(++id, "2001:db8::5%eth0", [] {}));
  CHECK(budget.enter(++id, "2001:db8:0:1::1", [] {}));
  CHECK(budget.enter(++id, "::1", [] {}));
  budget.leave(1);
  CHECK(budget.size() == id - 3);
}

}  // namespace kreel::net
