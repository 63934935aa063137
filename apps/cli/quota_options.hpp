#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kreel/quotas.hpp>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace kreel::cli {

// Whom a command of quotas is about; a command's Args begin with it.
struct QuotaEntityArgs {
  std::optional<std::string> user;
  std::optional<std::string> client_id;
  std::optional<std::string> ip;
  bool default_user = false;
  bool default_client_id = false;
  bool default_ip = false;
};

template <class Args>
std::vector<OptionOf<Args>> quota_entity_options() {
  using A = QuotaEntityArgs;
  using OptionalText = std::optional<std::string> Args::*;
  using Flag = bool Args::*;
  return {option("--user", static_cast<OptionalText>(&A::user))
              .value("USER")
              .help("A user: the name of a principal, without User:"),
          option("--default-user", static_cast<Flag>(&A::default_user))
              .help("Each user who has no quota of his own"),
          option("--client-id", static_cast<OptionalText>(&A::client_id))
              .value("ID")
              .help("A client id; of one user, with --user"),
          option("--default-client-id", static_cast<Flag>(&A::default_client_id))
              .help("Each client id that has no quota of its own"),
          option("--ip", static_cast<OptionalText>(&A::ip))
              .value("ADDRESS")
              .help("An address that connections come from"),
          option("--default-ip", static_cast<Flag>(&A::default_ip))
              .help("Each address that has no quota of its own")};
}

// --user and --default-user, and such.
std::vector<std::vector<std::string>> exclusive_quota_options();

// kUsage for an address with a user or a client id; and, when somebody must be named, for nobody.
Result<void> check_quota_entity(const QuotaEntityArgs& args, bool required);

// By type, as the broker lists them.
QuotaEntity quota_entity(const QuotaEntityArgs& args);

// `user "app"`, `the default user, client-id "c"`
std::string describe(const QuotaEntity& entity);

// "<default>" stands for a default.
std::vector<Column> quota_columns();
std::vector<Value> quota_row(const QuotaEntity& entity, const std::string& key, double value);

// "producer_byte_rate=1MiB", "request_percentage=50%". kUsage for a key that is none, with the
// nearest, for one that those of `args` do not have, and for a value that is not above 0.
Result<std::pair<std::string, double>> parse_quota(const QuotaEntityArgs& args,
                                                   const std::string& key,
                                                   const std::string& value);

}  // namespace kreel::cli
