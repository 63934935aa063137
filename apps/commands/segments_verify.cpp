#include <algorithm>

#include <fmt/format.h>
#include <kreel/segments.hpp>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/context.hpp"
#include "cli/counted.hpp"

namespace kreel::commands {
namespace {

struct SegmentsVerifyArgs {
  std::string directory;
};

std::string_view severity_text(segments::Severity severity) {
  switch (severity) {
    case segments::Severity::kMissing:
      return "missing";
    case segments::Severity::kDerived:
      return "derived";
    case segments::Severity::kTorn:
      return "torn";
    case segments::Severity::kDamage:
      break;
  }
  return "damage";
}

bool is_fault(const segments::Finding& finding) {
  return finding.severity != segments::Severity::kMissing;
}

std::string verdict(const segments::VerifyReport& report) {
  if (report.findings.empty()) return "no damage";
  const auto faults = std::ranges::count_if(report.findings, is_fault);
  const auto missing = static_cast<std::int64_t>(report.findings.size()) - faults;
  if (faults == 0) {
    return fmt::format("no damage; {}, which a broker makes anew",
                       counted(missing, "missing file"));
  }
  const bool derived = std::ranges::none_of(report.findings, [](const segments::Finding& finding) {
    return finding.severity > segments::Severity::kDerived;
  });
  const std::string count = counted(faults, "finding");
  return derived ? count + ", which a broker puts right by itself" : count;
}

std::string totals(const segments::VerifyReport& report) {
  const std::string batches =
      with_thousands(report.batches) + (report.batches == 1 ? " batch" : " batches");
  return fmt::format("{}, {}, {}, {}, {}: {}", counted(report.partitions, "partition"),
                     counted(report.segments, "segment"), batches,
                     counted(report.records, "record"),
                     format_size(static_cast<std::int64_t>(report.size_bytes)), verdict(report));
}

Result<ExitCode> run(const SegmentsVerifyArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto report, segments::verify(args.directory));
  Output& output = context.output();
  TRY(output.begin("segments.verify",
                   {{"severity"}, {"file"}, {"position"}, {"offset"}, {"what"}}));
  for (const segments::Finding& finding : report.findings) {
    output.row({severity_text(finding.severity), finding.file,
                static_cast<std::int64_t>(finding.position),
                finding.offset < 0 ? Value() : Value(finding.offset), finding.what});
  }
  output.end();
  context.note(totals(report));
  return std::ranges::any_of(report.findings, is_fault) ? ExitCode::kBadInput : ExitCode::kDone;
}

}  // namespace

Command segments_verify() {
  return command<SegmentsVerifyArgs>({
      .name = "segments verify",
      .summary = "Check every batch of a data directory, without a broker",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .options = {argument("DIR", &SegmentsVerifyArgs::directory).kind(ValueKind::kDirectory)},
      .details =
          "DIR is a data directory or the directory of one partition; kreel's or Apache Kafka's. "
          "Reads all of it, compares CRCs, offsets and indexes, and changes nothing; a broker may "
          "run on it meanwhile. SEVERITY is missing (an index that a broker makes anew, as beside "
          "one that runs), derived (one that does not fit), torn (an end that a crash may leave) "
          "or damage (records that were safe cannot be read). Exit code 8 with any of these but "
          "missing.",
      .examples = {{"kreel segments verify /srv/kreel", "All partitions"},
                   {"kreel segments verify /srv/kreel/orders-0 -o json", "One, for a script"}},
      .exits = {ExitCode::kNotFound, ExitCode::kBadInput, ExitCode::kIo},
      .see_also = {"segments repair", "segments dump"},
  });
}

}  // namespace kreel::commands
