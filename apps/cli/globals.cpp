#include "cli/globals.hpp"

namespace kreel::cli {

namespace {

// Another way to write a property, which knows whether the profile has SASL.
OptionOf<GlobalArgs> tls_flag() {
  Option flag;
  flag.names = {"--tls"};
  flag.assign = [](void* args, const std::vector<std::string>&, const TimeContext&) {
    static_cast<GlobalArgs*>(args)->properties.emplace_back("--tls");
    return Result<void>();
  };
  return OptionOf<GlobalArgs>(std::move(flag)).help("Connect by TLS: security.protocol=SSL");
}

}  // namespace

std::vector<GlobalOption> global_options() {
  using G = GlobalArgs;
  const std::vector<std::pair<unsigned, OptionOf<G>>> table = {
      {kClient, option("-b,--brokers", &G::brokers)
                    .alias("--bootstrap-server")
                    .value("HOST:PORT,...")
                    .kind(ValueKind::kBroker)
                    .fallback("127.0.0.1:9092")
                    .help("Brokers to start from")},
      {kClient, option("-X,--property", &G::properties)
                    .value("PROP=VALUE")
                    .kind(ValueKind::kKeyValue)
                    .help("Set a client property, by librdkafka's name")},
      {kClient, option("-F,--properties-file", &G::properties_file)
                    .value("FILE")
                    .kind(ValueKind::kFile)
                    .help("Read client properties, by librdkafka's or Java's names")},
      {kClient, option("-P,--profile", &G::profile)
                    .value("NAME")
                    .kind(ValueKind::kProfile)
                    .help("Use this profile of the configuration file")},
      {kClient, tls_flag()},
      {kBroker, option("--timeout", &G::timeout)
                    .fallback("10s")
                    .help("Give up after this long without an answer")},
      {kVerbose, option("--debug", &G::debug)
                     .value("CONTEXT,...")
                     .help("Log these contexts, by librdkafka's names")},
      {kPrint, option("-o,--output", &G::output).value("FORMAT").help("Print as FORMAT")},
      {kPrint, option("--no-headers", &G::no_headers).help("Leave out the line of column names")},
      {kPrint, option("--columns", &G::columns)
                   .value("NAME,...")
                   .fallback("all")
                   .help("Print these columns, in this order")},
      {kChange | kUnasked | kWrites,
       option("-y,--yes", &G::yes).help("Do not ask before a change")},
      {kChange, option("--dry-run", &G::dry_run).help("Say what would change, and change nothing")},
      {kTimes, option("--tz", &G::zone)
                   .value("ZONE")
                   .help("Time zone of times that state none, and of times in tables")},
      {kNothing, option("-q,--quiet", &G::quiet).help("No notes and no progress bar")},
      {kVerbose | kBroker,
       counter("-v,--verbose", &G::verbose).help("Say more, and -vv still more")},
  };
  std::vector<GlobalOption> result;
  for (const auto& [uses, entry] : table) result.push_back({uses, entry.get()});
  return result;
}

std::vector<std::string> formats_of(const Command& command) {
  if (!command.formats.empty()) return command.formats;
  return {"table", "wide", "json", "jsonl", "csv"};
}

}  // namespace kreel::cli
