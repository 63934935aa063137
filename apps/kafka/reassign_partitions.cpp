#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <kreel/text.hpp>

#include "kafka/cluster_tools.hpp"
#include "kafka/reassign_places.hpp"
#include "kafka/reassign_throttles.hpp"

namespace kreel::kafka_tools {
namespace {

using Assignment = std::map<TopicPartition, ReplicaIds>;

constexpr std::int64_t kMoveTimeoutMs = 10'000;
constexpr std::int64_t kMovePauseMs = 100;

tl::unexpected<JavaError> terse_failure(std::string message, ErrorKind reason) {
  return thrown("org.apache.kafka.server.util.TerseException", std::move(message), reason);
}

// What a future has failed with.
tl::unexpected<JavaError> in_future(const JavaError& error) {
  return thrown("java.util.concurrent.ExecutionException", error.text(), error.reason);
}
tl::unexpected<JavaError> unknown_partition(std::string message) {
  return in_future({JavaError::Kind::kThrown,
                    "org.apache.kafka.common.errors.UnknownTopicOrPartitionException",
                    std::move(message), ErrorKind::kNotFound});
}

Outcome<Assignment> current_assignment(const std::set<std::string>& topics, AdminClient& admin) {
  constexpr std::int16_t kUnknownTopic = 3;
  const std::vector<std::string> names(topics.begin(), topics.end());
  TRY_ASSIGN(const auto described, in_java(admin.describe_topics(names), "describeTopics"));
  Assignment assignment;
  for (const TopicInfo& topic : described) {
    if (topic.error && topic.error->code == kUnknownTopic) {
      return unknown_partition(fmt::format("Topic {} not found.", topic.name));
    }
    if (topic.error) return in_future(java_error(*topic.error));
    for (const PartitionInfo& partition : topic.partitions) {
      assignment[{topic.name, partition.partition}] = partition.replicas;
    }
  }
  return assignment;
}

Outcome<LogDirs> log_dirs_of(const Assignment& assignment, AdminClient& admin) {
  TRY_ASSIGN(const auto places, replica_places(admin));
  LogDirs dirs;
  for (const auto& [replica, place] : places) {
    if (place.current && assignment.contains(replica.at)) dirs[replica] = *place.current;
  }
  return dirs;
}

Outcome<Ending> generate(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const std::string path, options.value_or("topics-to-move-json-file", ""));
  TRY_ASSIGN(const std::string list, options.value_or("broker-list", ""));
  TRY_ASSIGN(AdminClient * admin, tool.admin("describeTopics"));
  ReplicaIds wanted;
  for (const std::string_view text : split(list, ',')) {
    const auto id = parse_int32(text);
    if (!id) {
      return thrown("java.lang.NumberFormatException",
                    fmt::format("For input string: \"{}\"", text), ErrorKind::kUsage);
    }
    if (std::ranges::count(wanted, *id) != 0) {
      return reassignment_failed(fmt::format("Broker list contains duplicate entries: [{}]", *id));
    }
    wanted.push_back(*id);
  }
  TRY_ASSIGN(const auto topics, read_topics_to_move(path));
  TRY_ASSIGN(const Assignment current, current_assignment({topics.begin(), topics.end()}, *admin));
  TRY_ASSIGN(const LogDirs dirs, log_dirs_of(current, *admin));
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin->describe_cluster(), "listNodes"));
  std::vector<BrokerInfo> brokers;
  for (const BrokerInfo& broker : cluster.brokers) {
    if (!broker.fenced && std::ranges::count(wanted, broker.id) != 0) brokers.push_back(broker);
  }
  const bool by_rack = !options.has("disable-rack-aware");
  const auto rackless = std::ranges::count_if(brokers, [](const auto& b) { return !b.rack; });
  if (by_rack && rackless != 0 && static_cast<std::size_t>(rackless) != brokers.size()) {
    return thrown("org.apache.kafka.server.common.AdminOperationException",
                  "Not all brokers have rack information. Add --disable-rack-aware in command line "
                  "to make replica assignment without rack information.");
  }
  TRY_ASSIGN(const auto described, in_java(admin->describe_topics(topics), "describeTopics"));
  TRY_ASSIGN(const Assignment proposed, propose_placement(described, brokers, by_rack));
  context.out_line(
      fmt::format("Current partition replica assignment\n{}\n", reassignment_json(current, dirs)));
  context.out_line(fmt::format("Proposed partition reassignment configuration\n{}",
                               reassignment_json(proposed, {})));
  return Ending{};
}

Outcome<void> check_brokers(const Assignment& proposed, AdminClient& admin) {
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin.describe_cluster(), "listNodes"));
  std::set<std::int32_t> known;
  for (const BrokerInfo& broker : cluster.brokers) {
    if (!broker.fenced) known.insert(broker.id);
  }
  for (const auto& [at, replicas] : proposed) {
    for (const std::int32_t id : replicas) {
      if (!known.contains(id)) {
        return reassignment_failed(fmt::format("Unknown broker id {}", id), ErrorKind::kNotFound);
      }
    }
  }
  return {};
}

// The current places of all that is proposed.
Outcome<Assignment> current_of(const Assignment& proposed, AdminClient& admin) {
  std::set<std::string> topics;
  for (const auto& [at, replicas] : proposed) topics.insert(at.topic);
  TRY_ASSIGN(const Assignment all, current_assignment(topics, admin));
  Assignment current;
  std::vector<std::string> missing;
  for (const auto& [at, replicas] : proposed) {
    const auto known = all.find(at);
    if (known == all.end()) {
      missing.push_back(java_name(at));
    } else {
      current[at] = known->second;
    }
  }
  if (missing.empty()) return current;
  return unknown_partition("Unable to find partition: " + join(missing, ", "));
}

// "t-0: MESSAGE" for each that failed.
std::string failures_of(const std::vector<ReplicaResult>& results) {
  std::map<TopicPartition, std::string> lines;
  for (const ReplicaResult& result : results) {
    if (!result.error) continue;
    lines[result.at] = fmt::format("{}: {}", java_name(result.at),
                                   java_error(*result.error, result.broker_text).message);
  }
  std::vector<std::string> texts;
  for (auto& [at, text] : lines) texts.push_back(std::move(text));
  return join(texts, "\n");
}

// Tried until the replicas have come to their brokers.
Outcome<void> start_moves(LogDirs pending, std::int64_t timeout_ms, ClusterAdmin& cluster,
                          ToolContext& context) {
  constexpr std::int16_t kNotYetThere = 80;  // REPLICA_NOT_AVAILABLE
  const std::int64_t until_ms = context.now_ms() + timeout_ms;
  while (true) {
    std::vector<LogDirMove> moves;
    for (const auto& [replica, path] : pending) moves.push_back({replica.at, replica.broker, path});
    TRY_ASSIGN(const auto results, in_java(cluster.move_log_dirs(moves), "alterReplicaLogDirs"));
    for (const LogDirMoveResult& result : results) {
      const ReplicaAt replica{result.move.broker_id, result.move.at};
      if (result.error && result.error->code == kNotYetThere) continue;
      if (result.error) {
        return reassignment_failed(fmt::format("Failed to alter dir for {}", java_name(replica)),
                                   result.error->error.kind());
      }
      context.out_line(
          fmt::format("Successfully started moving log directory to {} for replica {} with broker "
                      "{} ",
                      result.move.path, java_name(replica.at), replica.broker));
      pending.erase(replica);
    }
    if (pending.empty()) return {};
    if (context.now_ms() >= until_ms) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(kMovePauseMs));
  }
  std::vector<std::string> names;
  for (const auto& [replica, path] : pending) names.push_back(java_name(replica));
  return terse_failure(fmt::format("Timed out before log directory move{} could be started for: {}",
                                   pending.size() == 1 ? "" : "s", join(names, ",")),
                       ErrorKind::kFailed);
}

Outcome<void> set_throttles(const Options& options, const ReassignmentPlan& plan,
                            const MoveMap& moves, AdminClient& admin, ToolContext& context) {
  TRY_ASSIGN(const std::int64_t rate, options.number_or("throttle", -1));
  TRY_ASSIGN(const std::int64_t dir_rate, options.number_or("replica-alter-log-dirs-throttle", -1));
  if (rate < 0 && dir_rate < 0) return {};
  context.out_line(
      "Warning: You must run --verify periodically, until the reassignment completes, "
      "to ensure the throttle is removed.");
  if (rate >= 0) TRY(throttle_moves(moves, rate, admin, context));
  if (dir_rate < 0) return {};
  std::set<std::int32_t> brokers;
  for (const auto& [replica, path] : plan.log_dirs) brokers.insert(replica.broker);
  return throttle_log_dirs(brokers, dir_rate, admin, context);
}

Outcome<Ending> execute(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const std::string path, options.value_or("reassignment-json-file", ""));
  TRY_ASSIGN(const std::int64_t timeout_ms, options.number_or("timeout", kMoveTimeoutMs));
  TRY(options.number("throttle"));
  TRY(options.number("replica-alter-log-dirs-throttle"));
  TRY_ASSIGN(const ReassignmentPlan plan, read_reassignment_plan(path));
  TRY(check_reassignment_plan(plan));
  TRY_ASSIGN(AdminClient * admin, tool.admin("listPartitionReassignments"));
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("listPartitionReassignments"));
  TRY_ASSIGN(const auto ongoing,
             in_java(cluster->reassignments(std::nullopt), "listPartitionReassignments"));
  if (!ongoing.empty() && !options.has("additional")) {
    return terse_failure(
        "Cannot execute because there is an existing partition assignment.  Use "
        "--additional to override this and create a new partition assignment in "
        "addition to the existing one. The --additional flag can also be used to "
        "change the throttle by resubmitting the current reassignment.",
        ErrorKind::kRefused);
  }
  const Assignment proposed(plan.partitions.begin(), plan.partitions.end());
  TRY(check_brokers(proposed, *admin));
  TRY_ASSIGN(const Assignment current, current_of(proposed, *admin));
  TRY_ASSIGN(const LogDirs dirs, log_dirs_of(current, *admin));
  context.out_line(
      fmt::format("Current partition replica assignment\n\n{}\n\nSave this to use as "
                  "the --reassignment-json-file option during rollback",
                  reassignment_json(current, dirs)));
  TRY(set_throttles(options, plan, proposed_moves(ongoing, proposed, current), *admin, context));
  std::vector<Reassignment> wanted;
  std::vector<std::string> names;
  for (const auto& [at, replicas] : proposed) {
    wanted.push_back({at, replicas});
    names.push_back(java_name(at));
  }
  TRY_ASSIGN(const auto results,
             in_java(cluster->reassign(wanted, options.has("disallow-replication-factor-change")),
                     "alterPartitionReassignments"));
  if (const std::string failures = failures_of(results); !failures.empty()) {
    return terse_failure("Error reassigning partition(s):\n" + failures, ErrorKind::kFailed);
  }
  context.out_line(fmt::format("Successfully started partition reassignment{} for {}",
                               names.size() == 1 ? "" : "s", join(names, ",")));
  if (!plan.log_dirs.empty()) TRY(start_moves(plan.log_dirs, timeout_ms, *cluster, context));
  return Ending{};
}

// Whether something is still on its way.
Outcome<bool> verify_partitions(const ReassignmentPlan& plan, ToolCluster& tool,
                                ToolContext& context) {
  TRY_ASSIGN(AdminClient * admin, tool.admin("listPartitionReassignments"));
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("listPartitionReassignments"));
  TRY_ASSIGN(const auto ongoing,
             in_java(cluster->reassignments(std::nullopt), "listPartitionReassignments"));
  std::map<TopicPartition, ReplicaIds> targets(plan.partitions.begin(), plan.partitions.end());
  std::vector<std::string> names;
  for (const auto& [at, replicas] : targets) {
    if (names.empty() || names.back() != at.topic) names.push_back(at.topic);
  }
  TRY_ASSIGN(const auto topics, in_java(admin->describe_topics(names), "describeTopics"));
  Assignment current;
  for (const TopicInfo& topic : topics) {
    for (const PartitionInfo& partition : topic.partitions) {
      current[{topic.name, partition.partition}] = partition.replicas;
    }
  }
  context.out_line("Status of partition reassignment:");
  for (const auto& [at, replicas] : targets) {
    const bool is_moving = std::ranges::count(ongoing, at, &OngoingReassignment::at) != 0;
    if (is_moving) {
      context.out_line(
          fmt::format("Reassignment of partition {} is still in progress.", java_name(at)));
    } else if (current[at] == replicas) {
      context.out_line(fmt::format("Reassignment of partition {} is completed.", java_name(at)));
    } else {
      context.out_line(
          fmt::format("There is no active reassignment of partition {}, but replica "
                      "set is {} rather than {}.",
                      java_name(at), joined_ids(current[at]), joined_ids(replicas)));
    }
  }
  return !ongoing.empty();
}

Outcome<Ending> verify(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const std::string path, options.value_or("reassignment-json-file", ""));
  TRY_ASSIGN(const ReassignmentPlan plan, read_reassignment_plan(path));
  TRY_ASSIGN(AdminClient * admin, tool.admin("listPartitionReassignments"));
  TRY_ASSIGN(bool is_ongoing, verify_partitions(plan, tool, context));
  std::vector<std::string> lines;
  if (!plan.log_dirs.empty()) {
    TRY_ASSIGN(auto places, replica_places(*admin));
    for (const auto& [replica, target] : plan.log_dirs) {
      lines.push_back(move_text(replica, places[replica], target));
      is_ongoing = is_ongoing || is_under_way(places[replica]);
    }
  }
  context.out_line(join(lines, "\n"));
  if (!is_ongoing && !options.has("preserve-throttles")) {
    TRY(clear_throttles(plan, *admin, context));
  }
  return Ending{};
}

Outcome<Ending> cancel(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const std::string path, options.value_or("reassignment-json-file", ""));
  TRY_ASSIGN(const std::int64_t timeout_ms, options.number_or("timeout", kMoveTimeoutMs));
  TRY_ASSIGN(const ReassignmentPlan plan, read_reassignment_plan(path));
  TRY_ASSIGN(AdminClient * admin, tool.admin("listPartitionReassignments"));
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("listPartitionReassignments"));
  std::vector<TopicPartition> asked;
  for (const auto& [at, replicas] : plan.partitions) asked.push_back(at);
  TRY_ASSIGN(const auto ongoing,
             in_java(cluster->reassignments(asked), "listPartitionReassignments"));
  std::vector<Reassignment> wanted;
  std::vector<std::string> names;
  for (const OngoingReassignment& one : ongoing) {
    if (one.adding.empty() && one.removing.empty()) continue;
    wanted.push_back({one.at, std::nullopt});
    names.push_back(java_name(one.at));
  }
  const std::string_view plural = names.size() == 1 ? "" : "s";
  if (wanted.empty()) {
    context.out_line("None of the specified partition reassignments are active.");
  } else {
    TRY_ASSIGN(const auto results,
               in_java(cluster->reassign(wanted), "alterPartitionReassignments"));
    if (const std::string failures = failures_of(results); !failures.empty()) {
      return terse_failure(
          fmt::format("Error cancelling partition reassignment{} for:\n{}", plural, failures),
          ErrorKind::kFailed);
    }
    context.out_line(fmt::format("Successfully cancelled partition reassignment{} for: {}", plural,
                                 join(names, ",")));
  }
  LogDirs back;
  if (!plan.log_dirs.empty()) {
    TRY_ASSIGN(auto places, replica_places(*admin));
    for (const auto& [replica, target] : plan.log_dirs) {
      if (is_under_way(places[replica])) back[replica] = *places[replica].current;
    }
  }
  if (back.empty()) {
    context.out("None of the specified partition moves are active.");
  } else {
    TRY(start_moves(std::move(back), timeout_ms, *cluster, context));
  }
  if (!options.has("preserve-throttles")) TRY(clear_throttles(plan, *admin, context));
  return Ending{};
}

Outcome<Ending> list_reassignments(ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("listPartitionReassignments"));
  TRY_ASSIGN(const auto ongoing,
             in_java(cluster->reassignments(std::nullopt), "listPartitionReassignments"));
  if (ongoing.empty()) {
    context.out_line("No partition reassignments found.");
    return Ending{};
  }
  context.out_line("Current partition reassignments:");
  const auto part = [](std::string_view title, const ReplicaIds& ids) {
    return ids.empty() ? "" : fmt::format(" {}: {}.", title, joined_ids(ids));
  };
  for (const OngoingReassignment& one : ongoing) {
    context.out_line(fmt::format("{}: replicas: {}.{}{}", java_name(one.at),
                                 joined_ids(one.replicas), part("adding", one.adding),
                                 part("removing", one.removing)));
  }
  return Ending{};
}

struct ReassignAction {
  std::string_view name;
  std::vector<std::string_view> required;
  std::vector<std::string_view> permitted;
};

const std::vector<ReassignAction>& reassign_actions() {
  static const std::vector<ReassignAction> kActions = {
      {"generate",
       {"topics-to-move-json-file", "broker-list"},
       {"bootstrap-server", "broker-list", "command-config", "disable-rack-aware"}},
      {"execute",
       {"reassignment-json-file"},
       {"additional", "bootstrap-server", "command-config", "throttle",
        "replica-alter-log-dirs-throttle", "timeout", "disallow-replication-factor-change"}},
      {"verify",
       {"reassignment-json-file"},
       {"bootstrap-server", "command-config", "preserve-throttles"}},
      {"cancel",
       {"reassignment-json-file"},
       {"bootstrap-server", "bootstrap-controller", "command-config", "preserve-throttles",
        "timeout"}},
      {"list", {}, {"bootstrap-server", "bootstrap-controller", "command-config"}},
  };
  return kActions;
}

Outcome<const ReassignAction*> asked_action(const Options& options) {
  const ReassignAction* action = nullptr;
  int count = 0;
  for (const ReassignAction& each : reassign_actions()) {
    if (!options.has(each.name)) continue;
    action = &each;
    ++count;
  }
  if (count != 1) {
    return usage_exit(
        "Command must include exactly one action: --generate, --execute, --verify, "
        "--cancel, --list");
  }
  if (options.has("bootstrap-server") && options.has("bootstrap-controller")) {
    return usage_exit("Please don't specify both --bootstrap-server and --bootstrap-controller");
  }
  if (!options.has("bootstrap-server") && !options.has("bootstrap-controller")) {
    return usage_exit("Please specify either --bootstrap-server or --bootstrap-controller");
  }
  TRY(require(options, action->required));
  for (const std::string& name : options.names()) {
    if (name == action->name || std::ranges::count(action->required, name) != 0 ||
        std::ranges::count(action->permitted, name) != 0) {
      continue;
    }
    return usage_exit(
        fmt::format("Option \"[{}]\" can't be used with action \"[{}]\"", name, action->name));
  }
  return action;
}

Outcome<Ending> run_reassign_partitions(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const ReassignAction* action, asked_action(options));
  TRY_ASSIGN(ToolCluster tool, ToolCluster::make(options, context));
  if (action->name == "generate") return generate(options, tool, context);
  if (action->name == "execute") return execute(options, tool, context);
  if (action->name == "verify") return verify(options, tool, context);
  if (action->name == "cancel") return cancel(options, tool, context);
  return list_reassignments(tool, context);
}

Ending show_reassign_error(const JavaError& error, ToolContext& context) {
  const bool is_parser = error.type.starts_with("joptsimple.");
  if (is_parser && error.kind == JavaError::Kind::kParse) return show_uncaught(error, context);
  if (error.type.ends_with(".TerseException")) {
    context.out_line(error.message);
    return failed(1, error);
  }
  // The placement is made here, and no future has failed.
  const bool is_from_broker = error.type.starts_with("org.apache.kafka.common.errors.") &&
                              !error.type.ends_with(".InvalidReplicationFactorException");
  context.out_line(fmt::format("Error: {}", is_from_broker ? error.text() : error.message));
  context.out_line(is_from_broker ? "java.util.concurrent.ExecutionException: " + error.text()
                                  : error.text());
  context.out_line("");
  return failed(1, error);
}

}  // namespace

Tool reassign_partitions_tool() {
  return {
      .about = "This tool helps to move topic partitions between replicas.",
      .flags =
          {{"bootstrap-server", Takes::kMaybeValue, "String: Server(s) to use for bootstrapping",
            "The servers to use for bootstrapping."},
           {"bootstrap-controller", Takes::kMaybeValue,
            "String: bootstrap controller to connect to", "Not spoken by kreel: name a broker."},
           {"command-config", Takes::kValue, "String: Admin client property file",
            "Property file with the settings of the admin client."},
           {"generate", Takes::kNothing, "", "Propose a reassignment; nothing is changed."},
           {"execute", Takes::kNothing, "", "Start the reassignment of --reassignment-json-file."},
           {"verify", Takes::kNothing, "",
            "Tell how far it is; when it is over, its throttles are removed."},
           {"cancel", Takes::kNothing, "", "End a reassignment that is under way."},
           {"list", Takes::kNothing, "", "List the reassignments that are under way."},
           {"reassignment-json-file", Takes::kValue, "String: manual assignment json file path",
            "{\"partitions\":[{\"topic\":\"t\",\"partition\":0,\"replicas\":[1]}],\"version\":1}; "
            "\"log_dirs\" may name a directory, or \"any\", for each replica."},
           {"topics-to-move-json-file", Takes::kValue, "String: topics to reassign json file path",
            "{\"topics\":[{\"topic\":\"t\"}],\"version\":1}"},
           {"broker-list", Takes::kValue, "String: brokerlist", "Broker ids: 0,1,2."},
           {"disable-rack-aware", Takes::kNothing, "", "Place replicas without regard to racks."},
           {"throttle", Takes::kValue, "Long: throttle", "Bytes per second between brokers.", "-1"},
           {"replica-alter-log-dirs-throttle", Takes::kValue, "Long: replicaAlterLogDirsThrottle",
            "Bytes per second between directories of one broker.", "-1"},
           {"timeout", Takes::kValue, "Long: timeout",
            "How many ms to wait for moves between directories to begin.", "10000"},
           {"additional", Takes::kNothing, "", "Beside others that are under way."},
           {"preserve-throttles", Takes::kNothing, "", "Leave throttles as they are."},
           {"disallow-replication-factor-change", Takes::kNothing, "",
            "As many replicas as before."},
           {"help", Takes::kNothing, "", "Print usage information."},
           {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_reassign_partitions,
      .on_error = show_reassign_error,
  };
}

}  // namespace kreel::kafka_tools
