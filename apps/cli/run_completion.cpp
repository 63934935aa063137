#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/completion.hpp"
#include "cli/shell_words.hpp"

namespace kreel::cli {
namespace {

// Of the tenth of a second that a person waits; starting the program and the shell take the rest.
constexpr int kDeadlineMs = 70;
constexpr std::int64_t kBrokerMs = 60;

void end_now(int) {
  ::_exit(0);
}

// Looking up a name cannot be given a deadline otherwise.
void end_in_time() {
  std::signal(SIGALRM, end_now);
  itimerval deadline{};
  deadline.it_value.tv_usec = kDeadlineMs * 1000;
  ::setitimer(ITIMER_REAL, &deadline, nullptr);
}

// Groups may be called anything. What no shell can show, or would take for an option, is left out.
bool can_be_offered(const std::string& name) {
  return !name.empty() && name[0] != '-' && is_utf8(name) && escape_control(name) == name;
}

Result<std::vector<std::string>> live_names(const Completion& wanted,
                                            const Environment& environment) {
  TRY_ASSIGN(const auto found, resolve_configuration(wanted.globals, environment));
  std::map<std::string, std::string> by_name;
  for (const Property& property : found.properties.all()) {
    // No program is run, and nobody is asked for a password, because of a Tab.
    if (property.is_secret() && property.value.starts_with("cmd:")) return {};
  }
  TRY_ASSIGN(const auto properties, client_properties(found.properties, PropertyScope::kGlobal));
  for (const ClientProperty& property : properties) by_name[property.name] = property.value;
  TRY_ASSIGN(ClientConfig config, ClientConfig::from_properties(by_name));
  config.timeout_ms = kBrokerMs;
  TRY_ASSIGN(const auto admin, AdminClient::connect(config));
  std::vector<std::string> names;
  if (wanted.live == ValueKind::kTopic) {
    TRY_ASSIGN(const auto topics, admin->list_topics());
    for (const TopicInfo& topic : topics) {
      if (!topic.internal) names.push_back(topic.name);
    }
  } else {
    TRY_ASSIGN(const auto listed, admin->list_groups({}));
    for (const GroupListing& group : listed.groups) names.push_back(group.group);
  }
  std::erase_if(names, [](const std::string& name) { return !can_be_offered(name); });
  return names;
}

// A link has the name of one of Apache's tools.
bool is_link(std::string_view program) {
  return program.substr(program.rfind('/') + 1).starts_with("kafka-");
}

std::string_view kind_text(Completion::Kind kind) {
  if (kind == Completion::Kind::kFiles) return "files";
  return kind == Completion::Kind::kDirectories ? "directories" : "words";
}

// One candidate as the shell's script reads it.
class CandidateWriter {
 public:
  CandidateWriter(OutStream& out, const Completion& completion, std::string current)
      : out_(out), fixed_(completion.fixed), current_(std::move(current)) {
    out_.write(fmt::format("{} {}{}\n", kind_text(completion.kind), completion.fixed,
                           completion.goes_on ? " nospace" : ""));
  }
  CandidateWriter(OutStream& out, const Completion& completion, const ShellLine& line)
      : CandidateWriter(out, completion, line.current) {
    bash_ = &line;
  }

  void write(const Candidate& candidate) {
    const std::string word = current_.substr(0, fixed_) + candidate.text;
    if (!word.starts_with(current_)) return;
    if (bash_ != nullptr) {
      if (const auto text = bash_insertion(*bash_, word)) out_.write(*text + "\n");
    } else if (candidate.about.empty()) {
      out_.write(candidate.text + "\n");
    } else {
      out_.write(candidate.text + "\t" + candidate.about + "\n");
    }
  }

 private:
  OutStream& out_;
  std::size_t fixed_;
  std::string current_;
  const ShellLine* bash_ = nullptr;
};

void print(const Completion& completion, CandidateWriter writer, const Host& host) {
  for (const Candidate& candidate : completion.candidates) writer.write(candidate);
  if (completion.live == ValueKind::kText) return;
  host.streams.out.flush_now();
  end_in_time();
  const auto names = live_names(completion, host.environment);
  if (!names) return;
  for (const std::string& name : *names) writer.write({name, {}});
}

}  // namespace

ExitCode run_completion(const std::vector<std::string>& words, CompleteWords complete_words,
                        const Host& host) {
  OutStream& out = host.streams.out;
  if (words.size() >= 3 && words[1] == "bash") {
    ShellLine line = read_bash_line(words[2], words.size() > 3 ? words[3] : "");
    if (line.is_redirection) {
      out.write("files 0\n");
      return ExitCode::kDone;
    }
    if (line.words.empty()) return ExitCode::kDone;
    if (!is_link(line.words.front())) line.words.erase(line.words.begin());
    const Completion found = complete_words(line.words, line.current, host.environment);
    print(found, CandidateWriter(out, found, line), host);
  } else if (words.size() >= 3) {
    const std::vector<std::string> before(words.begin() + 2, words.end() - 1);
    const Completion found = complete_words(before, words.back(), host.environment);
    print(found, CandidateWriter(out, found, words.back()), host);
  }
  return ExitCode::kDone;
}

}  // namespace kreel::cli
