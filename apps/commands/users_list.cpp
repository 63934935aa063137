#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct UsersListArgs {};

Result<ExitCode> run(const UsersListArgs&, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto users, admin->list_users());
  Output& output = context.output();
  TRY(output.begin("users.list", {{"user"}, {"mechanism"}, {"iterations"}}));
  for (const UserInfo& user : users) {
    for (const UserCredential& credential : user.credentials) {
      output.row({user.name, credential.mechanism, std::int64_t{credential.iterations}});
    }
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command users_list() {
  return command<UsersListArgs>({
      .name = "users list",
      .summary = "List users who have a password for SCRAM",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .examples = {{"kreel users list", "On 127.0.0.1:9092"},
                   {"kreel users list -P prod --columns user --no-headers",
                    "Names alone, of a profile"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kAuthentication, ExitCode::kNotAuthorized},
      .see_also = {"users add", "users delete"},
  });
}

}  // namespace kreel::commands
