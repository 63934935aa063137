#include "client/offset_scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.hpp"
#include "client/error_text.hpp"

namespace kreel::client {
namespace {

bool has_topic(const Commits& commits, const std::string& topic) {
  const auto first = commits.lower_bound({topic, 0});
  return first != commits.end() && first->first.topic == topic;
}

class ScopeFinder {
 public:
  ScopeFinder(AdminClient& admin, const OffsetChangeRequest& request,
              const std::map<std::string, Commits>& commits)
      : admin_(admin), request_(request), commits_(commits) {
    if (const auto* other = std::get_if<SameAsGroup>(&request.to)) {
      other_ = &commits.at(other->group);
    }
  }

  Result<Scope> run() {
    const auto rows = rows_of_file();
    const bool from_file = std::holds_alternative<GivenOffsets>(request_.to) || is_undo();
    TRY(describe_topics(rows));
    if (from_file) {
      for (const ScopedPartition& row : rows) TRY(add_row(row));
    } else {
      for (const std::string& group : request_.groups) TRY(add_group(group));
    }
    if (scope_.partitions.empty() && first_error_) return fail(std::move(*first_error_));
    sort_partitions();
    return std::move(scope_);
  }

 private:
  bool is_undo() const { return std::holds_alternative<RestoredOffsets>(request_.to); }

  bool is_asked_for(const GroupOffset& offset) const {
    if (std::ranges::find(request_.groups, offset.group) == request_.groups.end()) return false;
    return in_scope(request_.scope, offset.at.topic, offset.at.partition);
  }

  std::vector<ScopedPartition> rows_of_file() const {
    std::vector<ScopedPartition> rows;
    if (const auto* given = std::get_if<GivenOffsets>(&request_.to)) {
      for (const GroupOffset& one : given->offsets) {
        if (is_asked_for(one)) rows.push_back({one.group, one.at, &one, nullptr});
      }
    }
    if (const auto* restored = std::get_if<RestoredOffsets>(&request_.to)) {
      for (const ReplacedOffset& one : restored->offsets) {
        if (!is_asked_for(one.before)) continue;
        rows.push_back({one.before.group, one.before.at, &one.before, &one});
      }
    }
    return rows;
  }

  /// Without a scope: the topics that `group` has committed.
  std::set<std::string> committed_topics(const std::string& group) const {
    std::set<std::string> topics;
    for (const auto& [at, commit] : commits_.at(group)) topics.insert(at.topic);
    if (other_ != nullptr && request_.allow_new_topics) {
      for (const auto& [at, commit] : *other_) topics.insert(at.topic);
    }
    return topics;
  }

  Result<void> describe_topics(const std::vector<ScopedPartition>& rows) {
    std::set<std::string> names;
    for (const TopicPartitions& topic : request_.scope) names.insert(topic.topic);
    for (const ScopedPartition& row : rows) names.insert(row.at.topic);
    if (request_.scope.empty() && rows.empty()) {
      for (const std::string& group : request_.groups) names.merge(committed_topics(group));
    }
    if (names.empty()) return {};
    const std::vector<std::string> asked(names.begin(), names.end());
    TRY_ASSIGN(auto described, admin_.describe_topics(asked));
    for (TopicInfo& topic : described) topics_.emplace(topic.name, std::move(topic));
    return {};
  }

  static bool has_partition(const TopicInfo& topic, std::int32_t partition) {
    return std::ranges::find(topic.partitions, partition, &PartitionInfo::partition) !=
           topic.partitions.end();
  }

  Result<void> add_group(const std::string& group) {
    for (const TopicPartitions& topic : request_.scope) TRY(add_named_topic(group, topic));
    if (!request_.scope.empty()) return {};
    for (const std::string& name : committed_topics(group)) {
      const TopicInfo& topic = topics_.at(name);
      if (topic.error && topic.error->error.kind() == ErrorKind::kNotFound) {
        leave_out(fmt::format("topic \"{}\" of group \"{}\" does not exist any more",
                              escape_control(name), escape_control(group)));
      } else {
        TRY(add_all_partitions(group, topic));
      }
    }
    if (other_ == nullptr || request_.allow_new_topics) return {};
    return leave_out_new_topics(group);
  }

  /// Who may not even look at a topic is told the right to change offsets of it, which has that in
  /// it.
  Error denied_change(const TopicInfo& topic) const {
    const Error& error = topic.error->error;
    if (error.kind() != ErrorKind::kNotAuthorized) return error;
    return not_authorized(AclOperation::kRead, AclResource::kTopic, topic.name, admin_.user());
  }

  Result<void> add_named_topic(const std::string& group, const TopicPartitions& named) {
    const TopicInfo& topic = topics_.at(named.topic);
    if (topic.error) return fail(denied_change(topic));
    for (const std::int32_t partition : named.partitions) {
      if (has_partition(topic, partition)) continue;
      return fail(partition_out_of_range({named.topic, partition}, topic.partitions.size()));
    }
    if (auto error = not_committed(group, named.topic)) {
      // One of many groups may have nothing to do with the topic.
      if (request_.groups.size() == 1) return fail(std::move(*error));
      leave_out(error->message());
      if (!first_error_) first_error_ = std::move(error);
      return {};
    }
    if (named.partitions.empty()) return add_all_partitions(group, topic);
    for (const std::int32_t partition : named.partitions) {
      scope_.partitions.push_back({group, {named.topic, partition}});
    }
    return {};
  }

  Result<void> add_all_partitions(const std::string& group, const TopicInfo& topic) {
    if (topic.error) return fail(denied_change(topic));
    const Commits& commits = commits_.at(group);
    for (const PartitionInfo& info : topic.partitions) {
      const TopicPartition at{topic.name, info.partition};
      const bool only_commits = other_ != nullptr || std::holds_alternative<NoOffsets>(request_.to);
      const bool other_has = other_ != nullptr && other_->contains(at);
      if (only_commits && !commits.contains(at) && !other_has) continue;
      scope_.partitions.push_back({group, at});
    }
    return {};
  }

  Result<void> leave_out_new_topics(const std::string& group) {
    std::set<std::string> topics;
    for (const auto& [at, commit] : *other_) {
      if (!has_topic(commits_.at(group), at.topic)) topics.insert(at.topic);
    }
    for (const std::string& topic : topics) {
      auto error = not_committed(group, topic);
      leave_out(error->message());
      if (!first_error_) first_error_ = std::move(error);
    }
    return {};
  }

  Result<void> add_row(const ScopedPartition& row) {
    const TopicInfo& topic = topics_.at(row.at.topic);
    std::optional<Error> error;
    if (topic.error) {
      error = denied_change(topic);
    } else if (!has_partition(topic, row.at.partition)) {
      error = partition_out_of_range(row.at, topic.partitions.size());
    } else if (!is_undo()) {
      error = not_committed(row.group, row.at.topic);
    }
    if (!error) {
      scope_.partitions.push_back(row);
    } else if (is_undo() && error->kind() == ErrorKind::kNotFound) {
      // What can be restored is, all the same.
      leave_out(fmt::format("{} cannot be restored: {}", row.at.to_string(), error->message()));
    } else {
      return fail(std::move(*error));
    }
    return {};
  }

  std::optional<Error> not_committed(const std::string& group, const std::string& topic) const {
    if (request_.allow_new_topics || has_topic(commits_.at(group), topic)) return std::nullopt;
    return Error(ErrorKind::kNotFound,
                 fmt::format("group \"{}\" has committed nothing in topic \"{}\"",
                             escape_control(group), escape_control(topic)),
                 "--allow-new-topics commits there for the first time");
  }

  /// -t orders -t orders:0 names a partition twice.
  void sort_partitions() {
    const auto place = [](const ScopedPartition& one) { return std::tie(one.group, one.at); };
    std::ranges::sort(scope_.partitions, {}, place);
    const auto same = [&place](const ScopedPartition& one, const ScopedPartition& other) {
      return place(one) == place(other);
    };
    scope_.partitions.erase(std::unique(scope_.partitions.begin(), scope_.partitions.end(), same),
                            scope_.partitions.end());
  }

  void leave_out(std::string what) { scope_.left_out.push_back(std::move(what)); }

  AdminClient& admin_;
  const OffsetChangeRequest& request_;
  const std::map<std::string, Commits>& commits_;
  const Commits* other_ = nullptr;
  std::map<std::string, TopicInfo> topics_;
  Scope scope_;
  std::optional<Error> first_error_;
};

}  // namespace

Result<Scope> partitions_in_scope(AdminClient& admin, const OffsetChangeRequest& request,
                                  const std::map<std::string, Commits>& commits) {
  return ScopeFinder(admin, request, commits).run();
}

}  // namespace kreel::client
