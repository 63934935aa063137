#include "kafka/reassign_plan.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <nlohmann/json.hpp>

#include "cli/files.hpp"

namespace kreel::kafka_tools {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kAnyLogDir = "any";

tl::unexpected<JavaError> bad_json(std::string message) {
  return thrown("org.apache.kafka.tools.AdminOperationException", std::move(message),
                ErrorKind::kBadInput);
}

Outcome<json> read_document(const std::string& path) {
  const auto text = cli::read_file(path);
  if (!text) {
    return thrown("java.io.IOException", fmt::format("Unable to read file {}", path),
                  ErrorKind::kIo);
  }
  json document = json::parse(*text, nullptr, false);
  if (document.is_discarded() || !document.is_object()) {
    return bad_json("The input string is not a valid JSON");
  }
  const auto version = document.find("version");
  if (version != document.end() && *version != 1) {
    return bad_json(fmt::format("Not supported version field value {}", version->dump()));
  }
  return document;
}

Outcome<std::string> text_field(const json& object, const char* name) {
  if (object.is_object() && object.contains(name) && object[name].is_string()) {
    return object[name].get<std::string>();
  }
  return bad_json(fmt::format("Field {} is missing, or no text", name));
}

Outcome<void> add_partition(const json& item, ReassignmentPlan& plan) {
  TopicPartition at;
  TRY_ASSIGN(at.topic, text_field(item, "topic"));
  if (!item.contains("partition") || !item["partition"].is_number_integer() ||
      !item.contains("replicas") || !item["replicas"].is_array()) {
    return bad_json("Fields partition and replicas are needed for each partition");
  }
  at.partition = item["partition"].get<std::int32_t>();
  ReplicaIds replicas;
  for (const json& id : item["replicas"]) {
    if (!id.is_number_integer()) return bad_json("Field replicas holds broker ids");
    replicas.push_back(id.get<std::int32_t>());
  }
  std::vector<std::string> directories(replicas.size(), kAnyLogDir);
  if (item.contains("log_dirs") && item["log_dirs"].is_array()) {
    directories.clear();
    for (const json& path : item["log_dirs"]) {
      if (!path.is_string()) return bad_json("Field log_dirs holds paths");
      directories.push_back(path.get<std::string>());
    }
  }
  if (directories.size() != replicas.size()) {
    return reassignment_failed(fmt::format(
        "Size of replicas list [{}] is different from size of log dirs list [{}] for partition {}",
        fmt::join(replicas, ", "), join(directories, ", "), java_name(at)));
  }
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    if (directories[i] != kAnyLogDir) plan.log_dirs[{replicas[i], at}] = directories[i];
  }
  plan.partitions.emplace_back(at, std::move(replicas));
  return {};
}

// The brokers in the order in which they are dealt out: one of each rack in turn.
ReplicaIds dealt_brokers(const std::vector<BrokerInfo>& brokers, bool by_rack) {
  std::map<std::string, ReplicaIds> racks;
  for (const BrokerInfo& broker : brokers) {
    racks[by_rack ? broker.rack.value_or("") : ""].push_back(broker.id);
  }
  ReplicaIds order;
  for (std::size_t turn = 0; order.size() < brokers.size(); ++turn) {
    for (const auto& [rack, ids] : racks) {
      if (turn < ids.size()) order.push_back(ids[turn]);
    }
  }
  return order;
}

template <class T>
std::vector<T> repeated(const std::vector<T>& items) {
  std::set<T> seen;
  std::set<T> twice;
  for (const T& item : items) {
    if (!seen.insert(item).second) twice.insert(item);
  }
  return {twice.begin(), twice.end()};
}

}  // namespace

tl::unexpected<JavaError> reassignment_failed(std::string message, ErrorKind reason) {
  return thrown("org.apache.kafka.tools.AdminCommandFailedException", std::move(message), reason);
}

std::string java_name(const ReplicaAt& replica) {
  return fmt::format("{}-{}", java_name(replica.at), replica.broker);
}

std::string joined_ids(const ReplicaIds& ids) {
  return fmt::format("{}", fmt::join(ids, ","));
}

Outcome<ReassignmentPlan> read_reassignment_plan(const std::string& path) {
  TRY_ASSIGN(const json document, read_document(path));
  ReassignmentPlan plan;
  const auto list = document.find("partitions");
  if (list == document.end()) return plan;
  for (const json& item : *list) TRY(add_partition(item, plan));
  return plan;
}

Outcome<void> check_reassignment_plan(const ReassignmentPlan& plan) {
  if (plan.partitions.empty()) {
    return reassignment_failed("Partition reassignment list cannot be empty");
  }
  std::vector<TopicPartition> names;
  std::vector<std::string> mistakes;
  for (const auto& [at, replicas] : plan.partitions) {
    if (replicas.empty()) return reassignment_failed("Partition replica list cannot be empty");
    names.push_back(at);
    const ReplicaIds twice = repeated(replicas);
    if (twice.empty()) continue;
    mistakes.push_back(
        fmt::format("{} contains multiple entries for {}", java_name(at), joined_ids(twice)));
  }
  std::vector<std::string> twice;
  for (const TopicPartition& at : repeated(names)) twice.push_back(java_name(at));
  if (!twice.empty()) {
    return reassignment_failed(fmt::format(
        "Partition reassignment contains duplicate topic partitions: {}", join(twice, ",")));
  }
  if (mistakes.empty()) return {};
  return reassignment_failed(fmt::format(
      "Partition replica lists may not contain duplicate entries: {}", join(mistakes, ". ")));
}

Outcome<std::vector<std::string>> read_topics_to_move(const std::string& path) {
  TRY_ASSIGN(const json document, read_document(path));
  std::vector<std::string> topics;
  const auto list = document.find("topics");
  if (list != document.end()) {
    for (const json& item : *list) {
      TRY_ASSIGN(std::string topic, text_field(item, "topic"));
      topics.push_back(std::move(topic));
    }
  }
  const auto twice = repeated(topics);
  if (twice.empty()) return topics;
  return reassignment_failed(fmt::format(
      "List of topics to reassign contains duplicate entries: [{}]", join(twice, ", ")));
}

std::string reassignment_json(const std::map<TopicPartition, ReplicaIds>& partitions,
                              const LogDirs& log_dirs) {
  ordered_json list = ordered_json::array();
  for (const auto& [at, replicas] : partitions) {
    ordered_json directories = ordered_json::array();
    for (const std::int32_t id : replicas) {
      const auto known = log_dirs.find({id, at});
      directories.push_back(known == log_dirs.end() ? kAnyLogDir : known->second);
    }
    list.push_back({{"topic", at.topic},
                    {"partition", at.partition},
                    {"replicas", replicas},
                    {"log_dirs", directories}});
  }
  return ordered_json{{"version", 1}, {"partitions", list}}.dump();
}

Outcome<std::map<TopicPartition, ReplicaIds>> propose_placement(
    const std::vector<TopicInfo>& topics, const std::vector<BrokerInfo>& brokers, bool by_rack) {
  constexpr const char* kBadFactor =
      "org.apache.kafka.common.errors.InvalidReplicationFactorException";
  std::random_device random;
  const ReplicaIds order = dealt_brokers(brokers, by_rack);
  std::map<TopicPartition, ReplicaIds> placement;
  for (const TopicInfo& topic : topics) {
    if (topic.partitions.empty()) continue;
    const std::size_t factor = topic.partitions.front().replicas.size();
    if (order.empty()) {
      return thrown(kBadFactor,
                    "All brokers are currently fenced, or have all their log "
                    "directories cordoned.");
    }
    if (factor > order.size()) {
      return thrown(kBadFactor,
                    fmt::format("The target replication factor of {} cannot be reached because "
                                "only {} broker(s) are registered or some brokers have all their "
                                "log directories cordoned.",
                                factor, order.size()));
    }
    const std::size_t start = random() % order.size();
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      ReplicaIds& replicas = placement[{topic.name, static_cast<std::int32_t>(i)}];
      for (std::size_t r = 0; r < factor; ++r) {
        replicas.push_back(order[(start + i + r) % order.size()]);
      }
    }
  }
  return placement;
}

}  // namespace kreel::kafka_tools
