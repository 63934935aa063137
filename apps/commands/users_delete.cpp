#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct UsersDeleteArgs {
  std::vector<std::string> users;
  std::vector<std::string> mechanisms;
};

// What is to go; a user who has none of it is an error.
Result<std::vector<RemovedPassword>> doomed_of(const UsersDeleteArgs& args,
                                               const std::vector<UserInfo>& users) {
  std::vector<RemovedPassword> doomed;
  std::vector<std::string> names;
  for (const UserInfo& user : users) names.push_back(user.name);
  for (const std::string& name : args.users) {
    const auto found = std::ranges::find(users, name, &UserInfo::name);
    if (found == users.end()) {
      const auto near = nearest(name, names);
      return fail(ErrorKind::kNotFound, fmt::format("user \"{}\" not found", escape_control(name)),
                  near ? fmt::format("did you mean \"{}\"?", escape_control(*near)) : "");
    }
    const std::size_t before = doomed.size();
    for (const UserCredential& credential : found->credentials) {
      const bool wanted =
          args.mechanisms.empty() ||
          std::ranges::find(args.mechanisms, credential.mechanism) != args.mechanisms.end();
      if (wanted) doomed.push_back({name, credential.mechanism});
    }
    if (doomed.size() > before) continue;
    return fail(ErrorKind::kNotFound,
                fmt::format("user \"{}\" has no password for {}", escape_control(name),
                            fmt::join(args.mechanisms, ", ")));
  }
  return doomed;
}

Result<ExitCode> run(const UsersDeleteArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto users, looked_up_for(AclOperation::kAlter, *admin, admin->list_users()));
  TRY_ASSIGN(const auto doomed, doomed_of(args, users));
  std::vector<std::string> texts;
  for (const RemovedPassword& one : doomed) {
    texts.push_back(fmt::format("{} ({})", one.user, one.mechanism));
  }
  if (context.dry_run()) {
    context.note(fmt::format("would delete: {}", fmt::join(texts, ", ")));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("users.delete", {{"user"}, {"result"}}));
  TRY(context.confirm({.what = fmt::format("delete the passwords of {}", fmt::join(texts, ", "))}));
  TRY_ASSIGN(const auto results, admin->remove_passwords(doomed));
  return print_deleted(output, results);
}

}  // namespace

Command users_delete() {
  return command<UsersDeleteArgs>({
      .name = "users delete",
      .summary = "Take users their passwords",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = {argument("USER...", &UsersDeleteArgs::users),
                  option("--mechanism", &UsersDeleteArgs::mechanisms)
                      .choices({"SCRAM-SHA-256", "SCRAM-SHA-512"})
                      .help("Only for this mechanism; may be repeated")},
      .details = "Connections that are open stay so, until they have to show again who they are "
                 "(connections.max.reauth.ms).",
      .examples = {{"kreel users delete app", "Asks first"},
                   {"kreel users delete app --mechanism SCRAM-SHA-256 --yes",
                    "Leaves the other password"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized,
                ExitCode::kNotFound, ExitCode::kRefused},
      .see_also = {"users add", "users list"},
  });
}

}  // namespace kreel::commands
