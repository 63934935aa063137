#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <fmt/format.h>

#include "cli/context.hpp"
#include "cli/files.hpp"
#include "cli/usage.hpp"
#include "kafka/tool.hpp"

namespace kreel::commands {
namespace {

struct InstallLinksArgs {
  std::string directory;
  bool suffix_only = false;
  bool force = false;
};

// Where this program is; links lead there, so that they work from anywhere.
Result<std::filesystem::path> own_path() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorKind::kIo, "/proc/self/exe: " + system_text(error.value()));
  return path;
}

Result<void> refuse_foreign(const std::filesystem::path& link, const std::filesystem::path& self) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(link, error);
  if (!std::filesystem::exists(status)) return {};
  if (std::filesystem::is_symlink(status) && std::filesystem::read_symlink(link, error) == self) {
    return {};
  }
  return fail(ErrorKind::kRefused, fmt::format("refusing to overwrite {}", link.string()),
              "--force puts the link in its place");
}

Result<std::string> install(const std::filesystem::path& link, const std::filesystem::path& self) {
  std::error_code error;
  if (std::filesystem::is_symlink(link, error) &&
      std::filesystem::read_symlink(link, error) == self) {
    return std::string("exists");
  }
  if (::unlink(link.c_str()) != 0 && errno != ENOENT) {
    return fail(ErrorKind::kIo, fmt::format("{}: {}", link.string(), system_text(errno)));
  }
  std::filesystem::create_symlink(self, link, error);
  if (error) {
    return fail(ErrorKind::kIo, fmt::format("{}: {}", link.string(), system_text(error.value())));
  }
  return std::string("linked");
}

Result<ExitCode> run(const InstallLinksArgs& args, CommandContext& context) {
  const std::filesystem::path directory = args.directory;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!std::filesystem::is_directory(directory)) {
    return fail(ErrorKind::kNotFound, fmt::format("{} is not a directory", args.directory));
  }
  TRY_ASSIGN(const auto self, own_path());
  std::vector<std::filesystem::path> links;
  for (const std::string& name : kafka_tools::tool_names()) {
    if (!args.suffix_only) links.push_back(directory / name);
    links.push_back(directory / (name + ".sh"));
  }
  // All or nothing: what is in the way is seen before the first link is made.
  if (!args.force) {
    for (const auto& link : links) TRY(refuse_foreign(link, self));
  }
  Output& output = context.output();
  TRY(output.begin("install_links", {{"link"}, {"result"}}));
  for (const auto& link : links) {
    TRY_ASSIGN(const std::string result, install(link, self));
    output.row({link.string(), result});
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command install_links() {
  return command<InstallLinksArgs>({
      .name = "install-links",
      .summary = "Make links by which kreel answers to the names of Apache Kafka's tools",
      .since = "0.1",
      .run = run,
      .uses = kPrint,
      .options = {argument("DIR", &InstallLinksArgs::directory).kind(ValueKind::kDirectory),
                  option("--suffix-only", &InstallLinksArgs::suffix_only)
                      .help("Only the names that end in .sh, as in Apache's own distribution"),
                  option("--force", &InstallLinksArgs::force).help("Replace files of these names")},
      .details =
          "DIR is made where it is not there. Each tool gets two links, kafka-topics and "
          "kafka-topics.sh, say. Without links the "
          "name may stand behind kreel: kreel kafka-topics --list; kreel kafka-run-class knows "
          "the classes of the tools. They read no configuration of kreel's own, print and end as "
          "those of Apache Kafka 4.3 do, and also accept the options that older releases had. "
          "KREEL_STRICT_EXIT=1 in the environment gives kreel's exit codes.",
      .examples = {{"kreel install-links ~/bin", "For oneself"},
                   {"kreel install-links /opt/kafka/bin --suffix-only", "In an image"}},
      .exits = {ExitCode::kNotFound, ExitCode::kRefused, ExitCode::kIo},
      .see_also = {"version"},
  });
}

}  // namespace kreel::commands
