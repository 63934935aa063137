#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/passwords.hpp"

namespace kreel::commands {
namespace {

constexpr std::string_view kDefaultMechanism = "SCRAM-SHA-512";

struct UsersAddArgs {
  std::string user;
  std::vector<std::string> mechanisms;
  std::optional<std::string> password;
  std::int64_t iterations = NewPassword().iterations;
  bool replace = false;
};

Result<void> check_absent(const std::vector<UserInfo>& users, const std::string& user,
                          const std::vector<std::string>& mechanisms) {
  const auto found = std::ranges::find(users, user, &UserInfo::name);
  if (found == users.end()) return {};
  for (const UserCredential& credential : found->credentials) {
    if (std::ranges::find(mechanisms, credential.mechanism) == mechanisms.end()) continue;
    return fail(ErrorKind::kRefused,
                fmt::format("user \"{}\" has a password for {} already", escape_control(user),
                            credential.mechanism),
                "--replace gives a new one");
  }
  return {};
}

// What the listeners offer, as far as the settings of the brokers may be seen; else empty.
std::set<std::string> offered_mechanisms(AdminClient& admin) {
  constexpr std::string_view kSetting = "sasl.enabled.mechanisms";
  std::set<std::string> offered;
  const auto cluster = admin.describe_cluster();
  if (!cluster) return {};
  std::vector<ConfigResource> brokers;
  for (const BrokerInfo& broker : cluster->brokers) {
    brokers.push_back({ConfigResourceType::kBroker, std::to_string(broker.id)});
  }
  const auto described = admin.describe_configs(brokers, {.keys = {}, .synonyms = false});
  if (!described) return {};
  for (const ResourceConfigs& broker : *described) {
    if (broker.error) return {};
    for (const ConfigEntry& entry : broker.entries) {
      // Beside the broker's own there are those of single listeners.
      if (!entry.name.ends_with(kSetting) || !entry.value) continue;
      for (const std::string_view name : split(*entry.value, ',')) offered.emplace(trim(name));
    }
  }
  return offered;
}

void warn_of_idle(CommandContext& context, const std::vector<std::string>& mechanisms,
                  const std::set<std::string>& offered) {
  if (offered.empty()) return;
  for (const std::string& mechanism : mechanisms) {
    if (offered.contains(mechanism)) continue;
    context.warn(
        fmt::format("no listener offers {}: nobody can log in by it", mechanism),
        fmt::format("sasl.enabled.mechanisms of the brokers: {}", fmt::join(offered, ",")));
  }
}

Result<ExitCode> run(const UsersAddArgs& args, CommandContext& context) {
  if (args.user.find(',') != std::string::npos) {
    context.warn(fmt::format("\"{}\" is one user", escape_control(args.user)));
  } else if (args.user.starts_with("User:")) {
    context.warn(fmt::format("ACLs know this user as User:{}", escape_control(args.user)),
                 "users log in by their names alone, without User:");
  }
  std::vector<std::string> mechanisms = args.mechanisms;
  if (mechanisms.empty()) mechanisms.emplace_back(kDefaultMechanism);
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto users, looked_up_for(AclOperation::kAlter, *admin, admin->list_users()));
  if (!args.replace) TRY(check_absent(users, args.user, mechanisms));
  TRY_ASSIGN(const std::string password,
             read_new_password(context, args.password, "--password", args.user));
  std::vector<NewPassword> wanted;
  for (const std::string& mechanism : mechanisms) {
    wanted.push_back({args.user, mechanism, password, static_cast<std::int32_t>(args.iterations)});
  }
  if (context.dry_run()) {
    context.note(
        fmt::format("would give {} a password for {}", args.user, fmt::join(mechanisms, ", ")));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("users.add", {{"user"}, {"mechanism"}, {"iterations"}}));
  TRY_ASSIGN(const auto results, admin->set_passwords(wanted));
  ItemErrors errors(output);
  for (const NamedResult& result : results) {
    if (result.error) {
      errors.add(result.error->error);
      continue;
    }
    errors.succeeded();
    for (const std::string& mechanism : mechanisms) {
      output.row({result.name, mechanism, args.iterations});
    }
  }
  output.end();
  const ExitCode code = errors.exit();
  if (code == ExitCode::kDone) warn_of_idle(context, mechanisms, offered_mechanisms(*admin));
  return code;
}

}  // namespace

Command users_add() {
  return command<UsersAddArgs>({
      .name = "users add",
      .summary = "Give a user a password, for logging in by SCRAM",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kUnasked,
      .options =
          {argument("USER", &UsersAddArgs::user),
           option("--password", &UsersAddArgs::password)
               .value("SOURCE")
               .help("Where the password is: env:VAR, file:PATH or cmd:COMMAND; without it, it is "
                     "asked for"),
           option("--mechanism", &UsersAddArgs::mechanisms)
               .choices({"SCRAM-SHA-256", "SCRAM-SHA-512"})
               .help("For this mechanism, SCRAM-SHA-512 without it; may be repeated"),
           option("--iterations", &UsersAddArgs::iterations)
               .range(4096, 16'384)
               .fallback("8192")
               .help("How often it is hashed: what a guess costs"),
           option("--replace", &UsersAddArgs::replace)
               .help("Also where the user has a password already")},
      .details =
          "The password is salted here: the broker is sent, and keeps, what checks it. A user "
          "of PLAIN is known by the broker's settings alone (serve --sasl).",
      .examples = {{"kreel users add app", "Asks for the password"},
                   {"kreel users add app --password env:APP_PASSWORD", "In a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kRefused},
      .see_also = {"users list", "users delete", "serve"},
  });
}

}  // namespace kreel::commands
