#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/groups.hpp"
#include "cli/new_file.hpp"

#include <kreel/offset_files.hpp>

namespace kreel::commands {
namespace {

struct OffsetsExportArgs {
  std::vector<std::string> groups;
  std::vector<TopicPartitions> scope;
  std::optional<std::string> out;
  bool force = false;
};

Result<void> check(const OffsetsExportArgs& args) {
  if (!args.force || args.out) return {};
  return fail(ErrorKind::kUsage, "--force is for --out alone");
}

// All or nothing: an export with a hole in it would be taken for the whole later.
Result<std::vector<GroupOffset>> read_offsets(AdminClient& admin,
                                              const std::vector<std::string>& groups,
                                              const std::vector<TopicPartitions>& scope) {
  std::vector<GroupOffsetsQuery> queries;
  for (const std::string& group : groups) queries.push_back({group, std::nullopt});
  TRY_ASSIGN(const auto fetched, admin.fetch_offsets(queries));
  std::vector<GroupOffset> offsets;
  for (const GroupOffsets& group : fetched) {
    if (group.error) return fail(group.error->error);
    for (const CommittedOffset& one : group.offsets) {
      if (one.error) return fail(one.error->error);
      if (!one.offset || !in_scope(scope, one.at.topic, one.at.partition)) continue;
      offsets.push_back({group.group, one.at, one.offset, one.leader_epoch, one.metadata});
    }
  }
  return offsets;
}

std::string json_text(const std::vector<GroupOffset>& offsets) {
  std::string text;
  OutStream memory(text);
  Streams streams(memory, memory);
  Output output(streams, {.format = Format::kJson});
  // Without --columns there is nothing that could be wrong.
  static_cast<void>(output.begin(
      "offsets.export",
      {{"group"}, {"topic"}, {"partition"}, {"committed"}, {"leader_epoch"}, {"metadata"}}));
  for (const GroupOffset& one : offsets) {
    output.row({one.group, one.at.topic, std::int64_t{one.at.partition}, one.offset,
                one.leader_epoch < 0 ? Value() : Value(std::int64_t{one.leader_epoch}),
                one.metadata});
  }
  output.end();
  return text;
}

Result<ExitCode> run(const OffsetsExportArgs& args, CommandContext& context) {
  if (context.globals().columns || context.globals().no_headers) {
    return fail(ErrorKind::kUsage, "an export is whole: no --columns and no --no-headers",
                "kreel offsets show has both");
  }
  if (args.out) TRY(check_may_write(*args.out, args.force));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  std::vector<Error> unasked;
  TRY_ASSIGN(const auto groups, wanted_groups(*admin, args.groups, &unasked));
  if (!unasked.empty()) return fail(unasked.front());
  TRY_ASSIGN(const auto offsets, read_offsets(*admin, groups, args.scope));
  const bool csv = context.format() == "csv" ||
                   (context.format().empty() && args.out && args.out->ends_with(".csv"));
  const std::string text = csv ? offsets_to_csv(offsets) : json_text(offsets);
  if (args.out) {
    TRY(write_new_file(*args.out, text, args.force));
    const auto count = static_cast<std::int64_t>(offsets.size());
    context.note(fmt::format("{} in {}", counted(count, "offset"), *args.out));
  } else {
    context.streams().out.write(text);
  }
  return ExitCode::kDone;
}

}  // namespace

Command offsets_export() {
  return command<OffsetsExportArgs>({
      .name = "offsets export",
      .summary = "Write committed offsets in a form that offsets reset --from-file reads",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("GROUP...", &OffsetsExportArgs::groups).kind(ValueKind::kGroup).optional(),
           option("-t,--topic", &OffsetsExportArgs::scope)
               .help("Only these topics or partitions; again for more")
               .fallback("all topics that a group has committed"),
           option("--out", &OffsetsExportArgs::out)
               .value("FILE")
               .kind(ValueKind::kFile)
               .fallback("stdout")
               .help("Write to FILE; one that ends in .csv is CSV"),
           option("--force", &OffsetsExportArgs::force)
               .help("Overwrite the file of --out, and keep a .bak")},
      .details = "CSV is that of Apache's kafka-consumer-groups: topic,partition,offset of one "
                 "group, group,topic,partition,offset of several. JSON holds metadata as well.",
      .formats = {"json", "csv"},
      .check = check,
      .examples = {{"kreel offsets export payments --out payments.json", "One group, to a file"},
                   {"kreel offsets export 'payments-*' -o csv", "For Apache's tool"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kIo},
      .see_also = {"offsets reset", "offsets show"},
  });
}

}  // namespace kreel::commands
