#include <doctest/doctest.h>

#include "cli/copy_progress.hpp"
#include "cli/copy_side.hpp"

using namespace kreel;
using namespace kreel::cli;

using Offsets = std::map<std::int32_t, std::int64_t>;

TEST_CASE("copy: progress ends before the first record without an answer") {
  CopyProgress progress;
  for (const std::int64_t offset : {10, 11, 12}) progress.sent(0, offset);
  CHECK(progress.take_delivered().empty());
  progress.delivered(0, 10);
  CHECK(progress.take_delivered() == Offsets{{0, 11}});
  CHECK(progress.take_delivered().empty());
  progress.delivered(0, 11);
  progress.delivered(0, 12);
  CHECK(progress.take_delivered() == Offsets{{0, 13}});
}

TEST_CASE("copy: what is passed over counts once everything before it is answered") {
  CopyProgress progress;
  progress.passed(0, 4);
  CHECK(progress.take_delivered() == Offsets{{0, 5}});
  progress.sent(0, 5);
  progress.passed(0, 6);
  CHECK(progress.take_delivered().empty());
  progress.delivered(0, 5);
  CHECK(progress.take_delivered() == Offsets{{0, 7}});
}

TEST_CASE("copy: behind a record that failed nothing counts, whatever is answered later") {
  CopyProgress progress;
  for (const std::int64_t offset : {1, 2, 3}) progress.sent(0, offset);
  progress.sent(1, 1);
  progress.delivered(0, 1);
  progress.failed(0);
  progress.delivered(0, 3);
  progress.delivered(1, 1);
  progress.passed(0, 4);
  CHECK(progress.take_delivered() == Offsets{{0, 2}, {1, 2}});
}

TEST_CASE("copy: a transaction takes along all that was read") {
  CopyProgress progress;
  progress.sent(2, 8);
  progress.passed(2, 9);
  progress.passed(3, 0);
  CHECK(progress.take_read() == Offsets{{2, 10}, {3, 1}});
  CHECK(progress.take_read().empty());
}

TEST_CASE("copy: the group names the source, and the filter when there is one") {
  CHECK(copy_group({"abc", "orders", {}}, {}) == "kreel-cp.abc.orders");
  const std::string filtered = copy_group({"abc", "orders", "id"}, {.key = "a"});
  CHECK(filtered.starts_with("kreel-cp.abc.orders.id."));
  CHECK(filtered != copy_group({"abc", "orders", "id"}, {.value = "a"}));
  CHECK(filtered == copy_group({"abc", "orders", "id"}, {.key = "a"}));
}

TEST_CASE("copy: an address is a topic, in a profile's cluster when it names one") {
  const auto plain = parse_copy_address("orders");
  REQUIRE(plain.has_value());
  CHECK_FALSE(plain->profile.has_value());
  CHECK(plain->topic.topic == "orders");
  const auto far = parse_copy_address("prod/orders:0,3-5");
  REQUIRE(far.has_value());
  CHECK(far->profile == "prod");
  CHECK(far->topic == TopicPartitions{"orders", {0, 3, 4, 5}});
  CHECK_FALSE(parse_copy_address("/orders").has_value());
  CHECK_FALSE(parse_copy_address("prod/").has_value());
}
