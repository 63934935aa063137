#include "cli/context.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "apps/support.hpp"

using namespace kreel;
using namespace kreel::cli;
using kreel::cli::testing::TestHost;

namespace {

struct Args {};

Command changing() {
  return command<Args>({
      .name = "topics delete",
      .summary = "Delete",
      .since = "0.1",
      .run = [](const Args&, CommandContext&) -> Result<ExitCode> { return ExitCode::kDone; },
      .uses = kClient | kChange,
  });
}

// A home with a configuration file: profile "prod" is protected, "dev" is not.
class Home {
 public:
  Home() {
    char path[] = "/tmp/kreel-home-XXXXXX";
    path_ = ::mkdtemp(path);
    std::filesystem::create_directories(path_ + "/.config/kreel");
    std::ofstream(path_ + "/.config/kreel/config")
        << "[profile prod]\nkreel.protected = true\nkreel.cluster.id = abc\n[profile "
           "dev]\nacks=1\n";
  }
  ~Home() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Outcome {
  std::string text;  // "yes", or the refusal
  std::string shown;
};

struct Situation {
  GlobalArgs globals = {};
  std::vector<std::string> answers = {};
  bool terminal = true;
  Change change{"delete topic \"x\"", false};
  Environment environment = {};
};

Outcome confirm(Situation situation) {
  static const Home home;
  static const Command command = changing();
  TestHost host;
  if (situation.terminal) host.on_terminal();
  host.answers = std::move(situation.answers);
  host.host.environment = std::move(situation.environment);
  host.host.environment["HOME"] = home.path();
  CommandContext context(command, situation.globals, host.host);
  const auto result = context.confirm(situation.change);
  if (!result) CHECK(result.error().kind() == ErrorKind::kRefused);
  return {result ? "yes" : result.error().message(), host.err};
}

GlobalArgs flags(bool yes, std::optional<std::string> profile = std::nullopt) {
  GlobalArgs globals;
  globals.yes = yes;
  globals.profile = std::move(profile);
  return globals;
}

constexpr const char* kAborted = "aborted: nothing was changed";

}  // namespace

TEST_CASE("confirm: on a terminal it asks, and only yes is yes") {
  const Outcome asked = confirm({.answers = {"y"}});
  CHECK(asked.text == "yes");
  CHECK(asked.shown == "delete topic \"x\"? [y/N] ");
  CHECK(confirm({.answers = {" YES "}}).text == "yes");
  CHECK(confirm({.answers = {"n"}}).text == kAborted);
  CHECK(confirm({.answers = {""}}).text == kAborted);
  CHECK(confirm({.answers = {"yep"}}).text == kAborted);
  CHECK(confirm({.answers = {}}).text == kAborted);
}

TEST_CASE("confirm: off a terminal a change needs --yes") {
  CHECK(confirm({.answers = {"y"}, .terminal = false}).text ==
        "topics delete: refused without --yes: delete topic \"x\"");
  CHECK(confirm({.globals = flags(true), .terminal = false}).text == "yes");
  CHECK(confirm({.globals = flags(true)}).shown.empty());
}

TEST_CASE("confirm: a skip of records needs --yes on a terminal as well") {
  CHECK(confirm({.answers = {"y"}, .change = {"skip 5 records", true}}).text ==
        "topics delete: refused without --yes: skip 5 records");
  CHECK(confirm({.globals = flags(true), .change = {"skip 5 records", true}}).text == "yes");
}

TEST_CASE("confirm: a protected profile wants --yes and its name") {
  CHECK(confirm({.globals = flags(false, "prod"), .answers = {"y"}}).text ==
        "topics delete: profile \"prod\" is protected: --yes is needed to delete topic \"x\"");
  const Outcome asked = confirm({.globals = flags(true, "prod"), .answers = {"prod"}});
  CHECK(asked.text == "yes");
  CHECK(asked.shown == "To delete topic \"x\", type the profile's name: ");
  CHECK(confirm({.globals = flags(true, "prod"), .answers = {"y"}}).text == kAborted);
  CHECK(confirm({.globals = flags(true, "prod"), .terminal = false}).text == "yes");
  CHECK(confirm(
            {.globals = flags(true), .terminal = false, .environment = {{"KREEL_PROFILE", "prod"}}})
            .text == "topics delete: profile \"prod\" is protected: its name must be typed");
  CHECK(confirm({.globals = flags(true, "dev"), .terminal = false}).text == "yes");
}

TEST_CASE("configuration: the profile's own keys are not client properties") {
  const Home home;
  GlobalArgs globals;
  globals.profile = "prod";
  const auto configuration = resolve_configuration(globals, {{"HOME", home.path()}});
  REQUIRE(configuration);
  CHECK(configuration->is_protected);
  CHECK(configuration->cluster_id == "abc");
  CHECK(configuration->properties.find("kreel.protected") == nullptr);
  CHECK(configuration->warnings.empty());
}

TEST_CASE("configuration: a protection can be lifted by the file alone") {
  const Home home;
  GlobalArgs globals;
  globals.profile = "prod";
  globals.properties = {"kreel.protected=false"};
  const Environment environment = {{"HOME", home.path()}, {"KREEL_X_KREEL_PROTECTED", "false"}};
  CHECK(resolve_configuration(globals, environment)->is_protected);
  globals.profile = "dev";
  CHECK(!resolve_configuration(globals, environment)->is_protected);
  globals.properties = {"kreel.protected=true"};
  CHECK(resolve_configuration(globals, environment)->is_protected);
  globals.properties = {"kreel.protected=maybe"};
  CHECK(!resolve_configuration(globals, environment).has_value());
}

TEST_CASE("configuration: idempotence gives way only where it was not chosen") {
  const auto idempotence = [](std::vector<std::string> properties) {
    GlobalArgs globals;
    globals.properties = std::move(properties);
    const auto configuration = resolve_configuration(globals, {});
    REQUIRE(configuration);
    return std::string(configuration->properties.value("enable.idempotence"));
  };
  CHECK(idempotence({}) == "true");
  CHECK(idempotence({"acks=-1"}) == "true");
  CHECK(idempotence({"acks=1"}) == "false");
  CHECK(idempotence({"retries=0"}) == "false");
  CHECK(idempotence({"max.in.flight=6"}) == "false");
  CHECK(idempotence({"max.in.flight=5"}) == "true");
  CHECK(idempotence({"acks=1", "enable.idempotence=true"}) == "true");
}

TEST_CASE("app: an error is a line, or an object with -o json") {
  TestHost host;
  CHECK(host.run({"no-such"}) == ExitCode::kUsage);
  CHECK(host.err == "kreel: unknown command \"no-such\"\nhint: kreel help lists the commands\n");
  CHECK(host.out.empty());
  TestHost json;
  CHECK(json.run({"no-such", "-o", "json"}) == ExitCode::kUsage);
  CHECK(json.err.starts_with(
      "{\"kreel\":1,\"kind\":\"error\",\"items\":[],\"errors\":[{\"code\":2,"));
}

TEST_CASE("app: -q leaves notes out") {
  TestHost host;
  CHECK(host.run({"config", "profiles"}) == ExitCode::kDone);
  CHECK(host.err == "no profiles in /nonexistent/.config/kreel/config\n");
  TestHost quiet;
  CHECK(quiet.run({"-q", "config", "profiles"}) == ExitCode::kDone);
  CHECK(quiet.err.empty());
}
