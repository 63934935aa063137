#include <algorithm>

#include <kreel/client_config.hpp>

#include "cli/files.hpp"
#include "kafka/cluster_tools.hpp"
#include "kafka/metadata_voters.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kNoDirectory = "AAAAAAAAAAAAAAAAAAAAAA";

tl::unexpected<JavaError> terse(std::string message, ErrorKind reason = ErrorKind::kUsage) {
  return tl::unexpected(JavaError{JavaError::Kind::kBare, "", std::move(message), reason});
}

Outcome<QuorumReplica> leader_of(const QuorumInfo& quorum) {
  const auto at = std::ranges::find(quorum.voters, quorum.leader_id, &QuorumReplica::id);
  if (at != quorum.voters.end()) return *at;
  return thrown("java.util.NoSuchElementException", "No value present");
}

std::string endpoint_text(const QuorumListener& listener) {
  return fmt::format(
      "{}://{}", listener.name,
      Endpoint{listener.host, static_cast<std::uint16_t>(listener.port)}.to_string());
}

std::string replicas_text(const QuorumInfo& quorum, const std::vector<QuorumReplica>& replicas) {
  std::vector<std::string> texts;
  for (const QuorumReplica& replica : replicas) {
    std::string text = fmt::format("{{\"id\": {}", replica.id);
    if (replica.directory_id)
      text += fmt::format(", \"directoryId\": \"{}\"", *replica.directory_id);
    std::vector<std::string> endpoints;
    for (const auto& [id, listeners] : quorum.nodes) {
      if (id != replica.id) continue;
      for (const QuorumListener& listener : listeners) {
        endpoints.push_back(fmt::format("\"{}\"", endpoint_text(listener)));
      }
    }
    if (!endpoints.empty()) text += fmt::format(", \"endpoints\": [{}]", join(endpoints, ", "));
    texts.push_back(text + "}");
  }
  return fmt::format("[{}]", join(texts, ", "));
}

Outcome<Ending> describe_status(ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(AdminClient * admin, tool.admin("listNodes"));
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin->describe_cluster(), "listNodes"));
  TRY_ASSIGN(ClusterAdmin * controller, tool.cluster("describeMetadataQuorum"));
  TRY_ASSIGN(const QuorumInfo quorum, in_java_api(controller->describe_quorum(),
                                                  "describeMetadataQuorum", "DESCRIBE_QUORUM"));
  TRY_ASSIGN(const QuorumReplica leader, leader_of(quorum));
  const QuorumReplica& last =
      *std::ranges::min_element(quorum.voters, {}, &QuorumReplica::log_end_offset);
  std::int64_t lag_ms = -1;
  if (last.id == leader.id) {
    lag_ms = 0;
  } else if (leader.last_caught_up_ms && last.last_caught_up_ms) {
    lag_ms = *leader.last_caught_up_ms - *last.last_caught_up_ms;
  }
  context.out_line(
      fmt::format("ClusterId:              {}\n"
                  "LeaderId:               {}\n"
                  "LeaderEpoch:            {}\n"
                  "HighWatermark:          {}\n"
                  "MaxFollowerLag:         {}\n"
                  "MaxFollowerLagTimeMs:   {}\n"
                  "CurrentVoters:          {}\n"
                  "CurrentObservers:       {}",
                  cluster.cluster_id.value_or("null"), quorum.leader_id, quorum.leader_epoch,
                  quorum.high_watermark, leader.log_end_offset - last.log_end_offset, lag_ms,
                  replicas_text(quorum, quorum.voters), replicas_text(quorum, quorum.observers)));
  return Ending{};
}

std::string time_text(std::optional<std::int64_t> ms, bool is_readable, std::int64_t now_ms) {
  if (!ms) return "-1";
  return is_readable ? fmt::format("{} ms ago", std::max<std::int64_t>(now_ms - *ms, 0))
                     : std::to_string(*ms);
}

Outcome<Ending> describe_replication(ToolCluster& tool, bool is_readable, ToolContext& context) {
  TRY_ASSIGN(ClusterAdmin * controller, tool.cluster("describeMetadataQuorum"));
  TRY_ASSIGN(const QuorumInfo quorum, in_java_api(controller->describe_quorum(),
                                                  "describeMetadataQuorum", "DESCRIBE_QUORUM"));
  TRY_ASSIGN(const QuorumReplica leader, leader_of(quorum));
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const QuorumReplica& replica, std::string status) {
    rows.push_back(
        {std::to_string(replica.id), replica.directory_id.value_or(std::string(kNoDirectory)),
         std::to_string(replica.log_end_offset),
         std::to_string(leader.log_end_offset - replica.log_end_offset),
         time_text(replica.last_fetch_ms, is_readable, context.now_ms()),
         time_text(replica.last_caught_up_ms, is_readable, context.now_ms()), std::move(status)});
  };
  add(leader, "Leader");
  for (const QuorumReplica& voter : quorum.voters) {
    if (voter.id != leader.id) add(voter, "Follower");
  }
  for (const QuorumReplica& observer : quorum.observers) add(observer, "Observer");
  print_padded_table({"NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp",
                      "LastCaughtUpTimestamp", "Status"},
                     rows, context);
  return Ending{};
}

Outcome<Ending> describe_metadata(const Options& options, ToolCluster& tool, ToolContext& context) {
  const bool status = options.has("status");
  const bool replication = options.has("replication");
  if (status && replication) {
    return terse(
        "Only one of --status or --replication should be specified with describe "
        "sub-command");
  }
  if (replication) return describe_replication(tool, options.has("human-readable"), context);
  if (!status) {
    return terse("One of --status or --replication must be specified with describe sub-command");
  }
  if (options.has("human-readable")) {
    return terse("The option --human-readable is only supported along with --replication");
  }
  return describe_status(tool, context);
}

Outcome<Ending> add_controller(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const auto file, options.value("command-config"));
  if (!file) {
    return terse(
        "You must supply the configuration file of the controller you are adding when "
        "using add-controller.");
  }
  TRY_ASSIGN(const NewVoter voter, voter_of_file(*file));
  if (!options.has("dry-run")) {
    TRY_ASSIGN(ClusterAdmin * controller, tool.cluster("addRaftVoter"));
    TRY_ASSIGN(const auto refusal,
               in_java_api(controller->add_voter(voter), "addRaftVoter", "ADD_RAFT_VOTER"));
    if (refusal) return tl::unexpected(java_error(*refusal));
  }
  std::vector<std::string> endpoints;
  for (const QuorumListener& listener : voter.listeners) {
    endpoints.push_back(endpoint_text(listener));
  }
  context.out_line(fmt::format("{} controller {} with directory id {} and endpoints: {}",
                               options.has("dry-run") ? "DRY RUN of adding" : "Added", voter.id,
                               voter.directory_id, join(endpoints, ", ")));
  return Ending{};
}

Outcome<Ending> remove_controller(const Options& options, ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(const std::int32_t id, options.integer_or("controller-id", -1));
  TRY_ASSIGN(const std::string directory, options.value_or("controller-directory-id", ""));
  if (id < 0) return terse(fmt::format("Invalid negative --controller-id: {}", id));
  TRY(check_directory_id(directory));
  if (!options.has("dry-run")) {
    TRY_ASSIGN(ClusterAdmin * controller, tool.cluster("removeRaftVoter"));
    TRY_ASSIGN(const auto refusal, in_java_api(controller->remove_voter(id, directory),
                                               "removeRaftVoter", "REMOVE_RAFT_VOTER"));
    if (refusal) return tl::unexpected(java_error(*refusal));
  }
  context.out_line(fmt::format("{} KRaft controller {} with directory id {}",
                               options.has("dry-run") ? "DRY RUN of removing " : "Removed ", id,
                               directory));
  return Ending{};
}

Outcome<Ending> run_metadata_quorum(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const std::string command, options.value_or("command", ""));
  TRY_ASSIGN(const auto file, options.value("command-config"));
  if (file && !cli::read_file(*file)) {
    return terse(fmt::format("Properties file {} does not exists!", *file), ErrorKind::kIo);
  }
  TRY_ASSIGN(ToolCluster tool, ToolCluster::make(options, context));
  if (command == "describe") return describe_metadata(options, tool, context);
  if (command == "add-controller") return add_controller(options, tool, context);
  return remove_controller(options, tool, context);
}

Argument switch_argument(std::string name, std::string help,
                         std::optional<std::size_t> group = {}) {
  return {.name = std::move(name),
          .takes = Argument::Takes::kNothing,
          .help = std::move(help),
          .group = group};
}

std::vector<ArgumentParser> quorum_commands() {
  const auto dry_run = [] {
    return switch_argument("--dry-run",
                           "True if we should print what would be done, but not do it.");
  };
  return {
      {.program = "describe",
       .help = "Describe the metadata quorum info",
       .arguments = {switch_argument("--status",
                                     "A short summary of the quorum status and the other provides "
                                     "detailed information about the status of replication."),
                     switch_argument("--replication",
                                     "Detailed information about the status of replication"),
                     switch_argument("--human-readable", "Human-readable output")}},
      {.program = "add-controller",
       .help = "Add a controller to the KRaft controller cluster",
       .arguments = {dry_run()}},
      {.program = "remove-controller",
       .help = "Remove a controller from the KRaft controller cluster",
       .arguments = {{.name = "--controller-id",
                      .alias = "-i",
                      .help = "The id of the controller to remove.",
                      .type = JavaType::kInteger,
                      .required = true},
                     {.name = "--controller-directory-id",
                      .alias = "-d",
                      .help = "The directory ID of the controller to remove.",
                      .required = true},
                     dry_run()}},
  };
}

}  // namespace

Tool metadata_quorum_tool() {
  ArgumentParser parser{.program = "kafka-metadata-quorum",
                        .description = "This tool describes kraft metadata quorum status."};
  parser.groups = {{.required = true}};
  parser.arguments = cluster_arguments(
      "Kafka controllers",
      "Property file containing configs to be passed to Admin Client. For add-controller, the file "
      "is used to specify the controller properties as well.");
  parser.commands = quorum_commands();
  return {
      .run = run_metadata_quorum, .on_error = show_execution_error, .arguments = std::move(parser)};
}

}  // namespace kreel::kafka_tools
