#include <doctest/doctest.h>

#include <chrono>
#include <future>

#include <fmt/format.h>
#include <poll.h>

#include "cli/sampler.hpp"
#include "cli/table_text.hpp"
#include "cli/top_view.hpp"

using namespace kreel;
using namespace kreel::cli;

namespace {

struct Topic {
  std::string name;
  std::vector<ClusterSample::Log> logs;
};

ClusterSample sample(std::int64_t at_ms, const std::vector<Topic>& topics) {
  ClusterSample sample;
  sample.at_ms = at_ms;
  sample.cluster_id = "test-cluster";
  sample.brokers = 1;
  for (const Topic& topic : topics) {
    sample.topics[topic.name] = topic.logs.size();
    for (std::size_t i = 0; i < topic.logs.size(); ++i) {
      sample.logs[{topic.name, static_cast<std::int32_t>(i)}] = topic.logs[i];
    }
  }
  return sample;
}

LagRow group_row(std::string group, std::int64_t committed, std::int64_t log_end) {
  LagRow row;
  row.group = std::move(group);
  row.at = {"orders", 0};
  row.committed = committed;
  row.log_end = log_end;
  row.lag = log_end - committed;
  return row;
}

std::vector<std::string> names(const std::vector<TopicLoad>& topics) {
  std::vector<std::string> names;
  for (const TopicLoad& topic : topics) names.push_back(topic.name);
  return names;
}

std::vector<std::string> names(const std::vector<LagTrend::Line>& groups) {
  std::vector<std::string> names;
  for (const LagTrend::Line& group : groups) names.push_back(group.line.group);
  return names;
}

TopModel two_samples() {
  TopModel model;
  ClusterSample first = sample(1'000, {{"a", {{0, 0}, {10, 500}}}, {"b", {{0, 0}}}});
  first.lag.rows = {group_row("slow", 0, 10), group_row("swift", 0, 10)};
  model.add(std::move(first));
  ClusterSample second =
      sample(3'000, {{"a", {{100, 1'000}, {30, 1'500}}}, {"b", {{10, 40'000}}}, {"c", {{7, 9}}}});
  second.internal = {"c"};
  second.lag.rows = {group_row("slow", 2, 20), group_row("swift", 20, 20)};
  model.add(std::move(second));
  return model;
}

std::string text_of(const std::vector<FrameLine>& frame) {
  std::string text;
  for (const FrameLine& line : frame) text += line.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("top: rates are sums over a topic's partitions, between two samples") {
  TopModel model;
  model.add(sample(1'000, {{"a", {{5, 100}}}}));
  CHECK_FALSE(model.topics(TopicOrder::kName, false)[0].records_per_s);

  const auto topics = two_samples().topics(TopicOrder::kName, true);
  REQUIRE(topics.size() == 3);
  CHECK(*topics[0].records_per_s == doctest::Approx(60));
  CHECK(*topics[0].bytes_per_s == doctest::Approx(1'000));
  CHECK(topics[0].size_bytes == 2'500);
  // New since the last sample: what it holds did not come in within two seconds.
  CHECK_FALSE(topics[2].records_per_s);
  CHECK(topics[2].size_bytes == 9);
}

TEST_CASE("top: retention and topics made anew are no negative traffic") {
  TopModel model;
  model.add(sample(1'000, {{"a", {{100, 9'000}, {50, 100}}}}));
  model.add(sample(2'000, {{"a", {{100, 4'000}, {52, 160}}}}));
  const auto topic = model.topics(TopicOrder::kName, false)[0];
  CHECK(*topic.records_per_s == doctest::Approx(2));
  CHECK(*topic.bytes_per_s == doctest::Approx(60));
}

TEST_CASE("top: a broker that does not tell sizes leaves bytes unknown, not zero") {
  TopModel model;
  model.add(sample(1'000, {{"a", {{0, std::nullopt}}}}));
  model.add(sample(2'000, {{"a", {{4, std::nullopt}}}}));
  const auto topic = model.topics(TopicOrder::kName, false)[0];
  CHECK(*topic.records_per_s == doctest::Approx(4));
  CHECK_FALSE(topic.bytes_per_s);
  CHECK_FALSE(topic.size_bytes);
}

TEST_CASE("top: topics and groups come in the order asked for, the unknown last") {
  const TopModel model = two_samples();
  using Names = std::vector<std::string>;
  CHECK(names(model.topics(TopicOrder::kBytes, false)) == Names{"b", "a"});
  CHECK(names(model.topics(TopicOrder::kRecords, false)) == Names{"a", "b"});
  CHECK(names(model.topics(TopicOrder::kSize, true)) == Names{"b", "a", "c"});
  CHECK(names(model.topics(TopicOrder::kBytes, true)) == Names{"b", "a", "c"});
  CHECK(names(model.groups(GroupOrder::kLag)) == Names{"slow", "swift"});
  CHECK(names(model.groups(GroupOrder::kOut)) == Names{"swift", "slow"});
  CHECK(names(model.groups(GroupOrder::kName)) == Names{"slow", "swift"});
}

TEST_CASE("top: a frame has the cluster, topics, groups and the keys, and fits") {
  const TopModel model = two_samples();
  TopView view(true);
  const auto frame = view.frame(model, {24, 80});
  CHECK(frame.size() == 24);
  const std::string text = text_of(frame);
  CHECK(text.find("cluster test-cluster  1 broker  3 topics  4 partitions") != std::string::npos);
  CHECK(text.find("b               1  19.5 KiB/s        5.0  39.1 KiB\n") != std::string::npos);
  CHECK(text.find("slow        1   18") != std::string::npos);
  CHECK(frame.back().text.starts_with("q quit"));
  for (const FrameLine& line : view.frame(model, {10, 17})) CHECK(line.text.size() <= 17);
  for (const int rows : {1, 2, 3, 4, 5, 8}) {
    CAPTURE(rows);
    CHECK(view.frame(model, {rows, 80}).size() == static_cast<std::size_t>(rows));
  }
}

TEST_CASE("top: a name that is too long gives way to the numbers") {
  const std::vector<std::vector<std::string>> rows{
      {"GROUP", "LAG", "TREND"},
      {std::string(40, 'x'), "1234", "____"},
      {"gr\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc-an-old-friend", "5", ""}};
  const auto lines = aligned_lines(rows, {false, true, false}, 20);
  CHECK(lines[1] == std::string(13, 'x') + "~  1234  ____");
  CHECK(lines[2] == "gr\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc-an-old~     5");
  CHECK(aligned_lines(rows, {false, true, false}, 3)[1] == std::string(11, 'x') + "~  1234  ____");
  CHECK(aligned_lines(rows, {false, true, false})[1] == std::string(40, 'x') + "  1234  ____");
}

TEST_CASE("top: keys sort, scroll, change panes and quit") {
  const TopModel model = two_samples();
  TopView view(false);
  const auto line_of = [&](std::size_t index) {
    return view.frame(model, {12, 80})[index].text.substr(0, 5);
  };
  CHECK(line_of(2) == "b    ");
  CHECK(view.press(TopKey::kOther, 'r'));
  CHECK(line_of(2) == "a    ");
  CHECK(view.press(TopKey::kTab, '\0'));
  CHECK(text_of(view.frame(model, {12, 80})).find("GROUP") == std::string::npos);
  CHECK(view.press(TopKey::kTab, '\0'));
  CHECK(line_of(1) == "GROUP");
  CHECK(text_of(view.frame(model, {12, 80})).find("TOPIC ") == std::string::npos);
  CHECK(view.press(TopKey::kTab, '\0'));
  CHECK(view.press(TopKey::kOther, 'i'));
  CHECK(text_of(view.frame(model, {12, 80})).find("\nc ") != std::string::npos);
  CHECK(view.press(TopKey::kOther, 'x'));
  CHECK_FALSE(view.press(TopKey::kOther, 'q'));
}

TEST_CASE("top: scrolling stops where the last rows are on the screen") {
  std::vector<Topic> topics;
  for (int i = 0; i < 30; ++i) topics.push_back({fmt::format("t{:02}", i), {{0, 0}}});
  TopModel model;
  model.add(sample(1'000, topics));
  TopView view(false);
  view.press(TopKey::kTab, '\0');
  view.press(TopKey::kDown, '\0');
  CHECK(view.frame(model, {12, 80})[2].text.starts_with("t01"));
  for (int i = 0; i < 9; ++i) view.press(TopKey::kPageDown, '\0');
  CHECK(view.frame(model, {12, 80})[10].text.starts_with("t29"));
  view.press(TopKey::kUp, '\0');
  view.frame(model, {12, 80});
}

TEST_CASE("top: a broker that stopped answering is told above what was last known") {
  const TopModel model = two_samples();
  TopView view(false);
  view.set_error("cannot connect to h:9092: connection refused");
  const auto frame = view.frame(model, {24, 80});
  CHECK(frame[1] ==
        FrameLine{"cannot connect to h:9092: connection refused", FrameLine::Style::kError});
  CHECK(text_of(frame).find("slow") != std::string::npos);
}

TEST_CASE("sampler: hands over each sample once, and does not wait for one that hangs") {
  std::promise<void> hang;
  auto released = hang.get_future().share();
  const auto taken = std::make_shared<std::atomic<int>>(0);  // the thread may outlive the test
  const auto begun = std::chrono::steady_clock::now();
  {
    Sampler<int> sampler(
        [taken, released] {
          if (++*taken == 2) released.wait();
          return taken->load();
        },
        std::chrono::milliseconds(1));
    pollfd ready{sampler.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 20'000) == 1);
    CHECK(sampler.get() == 1);
    CHECK_FALSE(sampler.get());
    while (*taken < 2) std::this_thread::yield();
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
  hang.set_value();
}
