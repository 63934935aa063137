#include <algorithm>
#include <map>
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

// What the listeners of the brokers ask of clients, as far as their settings may be seen.
struct Logins {
  bool asks = true;                  // some listener may ask for SASL
  std::set<std::string> mechanisms;  // empty: not known
};

std::string value_of(const ResourceConfigs& broker, std::string_view name) {
  const auto found = std::ranges::find(broker.entries, name, &ConfigEntry::name);
  return found == broker.entries.end() ? "" : found->value.value_or("");
}

// Whether a listener of `listeners` may ask for SASL, by listener.security.protocol.map: what
// stands in neither may.
bool may_ask(const ResourceConfigs& broker) {
  std::map<std::string_view, std::string_view> protocols{{"PLAINTEXT", "PLAINTEXT"},
                                                         {"SSL", "SSL"}};
  const std::string mapped = value_of(broker, "listener.security.protocol.map");
  for (const std::string_view each : split(mapped, ',')) {
    const auto colon = each.find(':');
    if (colon == std::string_view::npos) continue;
    protocols[trim(each.substr(0, colon))] = trim(each.substr(colon + 1));
  }
  const std::string listeners = value_of(broker, "listeners");
  return std::ranges::any_of(split(listeners, ','), [&](std::string_view listener) {
    const auto protocol = protocols.find(trim(listener.substr(0, listener.find("://"))));
    return protocol == protocols.end() || protocol->second.starts_with("SASL_");
  });
}

Logins logins_of(AdminClient& admin) {
  constexpr std::string_view kSetting = "sasl.enabled.mechanisms";
  const auto cluster = admin.describe_cluster();
  if (!cluster) return {};
  std::vector<ConfigResource> brokers;
  for (const BrokerInfo& broker : cluster->brokers) {
    brokers.push_back({ConfigResourceType::kBroker, std::to_string(broker.id)});
  }
  const auto described = admin.describe_configs(brokers, {.keys = {}, .synonyms = false});
  if (!described) return {};
  Logins logins{.asks = false, .mechanisms = {}};
  for (const ResourceConfigs& broker : *described) {
    if (broker.error) return {};
    logins.asks = logins.asks || may_ask(broker);
    for (const ConfigEntry& entry : broker.entries) {
      // Beside the broker's own there are those of single listeners.
      if (!entry.name.ends_with(kSetting) || !entry.value) continue;
      for (const std::string_view name : split(*entry.value, ',')) {
        logins.mechanisms.emplace(trim(name));
      }
    }
  }
  return logins;
}

void warn_of_idle(CommandContext& context, const std::vector<std::string>& mechanisms,
                  const Logins& logins) {
  if (!logins.asks) {
    return context.warn(
        "no listener of the broker asks for SASL: the password is kept, and nobody "
        "can log in with it",
        "kreel serve --sasl, or SASL_SSL in the broker's listeners");
  }
  if (logins.mechanisms.empty()) return;
  for (const std::string& mechanism : mechanisms) {
    if (logins.mechanisms.contains(mechanism)) continue;
    context.warn(fmt::format("no listener offers {}: nobody can log in by it", mechanism),
                 fmt::format("sasl.enabled.mechanisms of the brokers: {}",
                             escape_control(fmt::format("{}", fmt::join(logins.mechanisms, ",")))));
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
  if (code == ExitCode::kDone) warn_of_idle(context, mechanisms, logins_of(*admin));
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
