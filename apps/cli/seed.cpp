#include "cli/seed.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <kreel/admin.hpp>

#include "cli/client_log.hpp"
#include "cli/fault_control.hpp"
#include "cli/produce_job.hpp"

namespace kreel::cli {
namespace {

// As large as any topic may allow; what the topic does allow is checked when it is written.
constexpr std::size_t kRecordBytesMax = 62'500'000;
// Records of old times are what a test wants to keep.
const std::pair<std::string, std::string> kKeepForEver{"retention.ms", "-1"};

Result<std::unique_ptr<RecordSource>> open_source(const std::string& file) {
  TRY_ASSIGN(ByteSource input, ByteSource::open(file));
  if (!input.size()) {
    return fail(ErrorKind::kUsage,
                fmt::format("--seed {}: not a file that can be read twice", file));
  }
  RecordSourceOptions options;
  options.form = RecordForm::kJsonl;
  options.record_bytes_max = kRecordBytesMax;
  return RecordSource::make(std::move(input), options);
}

}  // namespace

Result<Seed> Seed::check(const std::vector<std::string>& files) {
  Seed seed;
  seed.files_ = files;
  for (const std::string& file : files) {
    TRY_ASSIGN(const auto source, open_source(file));
    while (true) {
      TRY_ASSIGN(const auto record, source->next());
      if (!record) break;
      if (record->topic.empty()) {
        return fail(ErrorKind::kBadInput, source->where() + ":1: no topic");
      }
      auto& highest = seed.topics_[std::string(record->topic)];
      if (record->partition) highest = std::max(highest.value_or(0), *record->partition);
    }
  }
  return seed;
}

Result<ExitCode> Seed::load(CommandContext& context, const std::string& address) const {
  TRY_ASSIGN(ClientConfig config, ClientConfig::from_properties({{"bootstrap.servers", address},
                                                                 {"client.id", kControlClientId}}));
  config.timeout_ms = context.timeout().count();
  TRY_ASSIGN(const auto admin, AdminClient::connect(config));
  TRY_ASSIGN(const auto present, admin->list_topics());
  std::set<std::string> names;
  for (const TopicInfo& topic : present) names.insert(topic.name);
  std::vector<NewTopic> missing;
  for (const auto& [name, highest] : topics_) {
    if (names.contains(name)) continue;
    NewTopic topic;
    topic.name = name;
    if (highest) topic.partitions = *highest + 1;
    topic.configs.push_back(kKeepForEver);
    missing.push_back(std::move(topic));
  }
  TRY_ASSIGN(const auto created, admin->create_topics(missing, {}));
  for (const CreatedTopic& topic : created) {
    if (topic.error) return fail(topic.error->error);
  }
  TopicLookup topics(*admin);
  ProduceJob job(context, {}, topics);
  TRY(job.open(config));
  const StopRequests stop;
  Progress progress(context.streams(), context.globals().quiet, steady_ms, {.in_bytes = true});
  std::optional<Error> failed;
  for (const std::string& file : files_) {
    TRY_ASSIGN(const auto source, open_source(file));
    const auto done = job.run(*source, stop, progress);
    if (done) continue;
    failed = done.error();
    break;
  }
  progress.clear();
  const ExitCode code = job.finish(stop);
  if (failed) return fail(std::move(*failed));
  return code;
}

}  // namespace kreel::cli
