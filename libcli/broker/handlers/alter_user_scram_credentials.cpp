// AlterUserScramCredentials, version 0: sets and removes passwords, which come salted (KIP-554).

#include <algorithm>
#include <map>
#include <set>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::AlterUserScramCredentialsRequest;
using protocol::AlterUserScramCredentialsResponse;
using protocol::ErrorCode;
using security::ScramMechanism;

constexpr std::size_t kSaltBytesMax = 1024;
constexpr std::size_t kSaltedPasswordBytesMax = 1024;
constexpr std::size_t kUserBytesMax = 1024;

/// What is asked for one user, and the first thing that is wrong with it.
struct WantedUser {
  catalog::UserChange change;
  std::set<std::int8_t> mechanisms;
  catalog::ChangeResult problem;

  void refuse(ErrorCode error, std::string why) {
    if (problem.ok()) problem = {error, std::move(why)};
  }
  /// nullopt when it is refused.
  std::optional<ScramMechanism> mechanism(std::int8_t number) {
    const auto mechanism = security::scram_mechanism(number);
    if (change.user.empty()) {
      refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL, "Username must not be empty");
    } else if (change.user.size() > kUserBytesMax) {
      refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL, "Username is too long");
    } else if (!mechanism) {
      refuse(ErrorCode::UNSUPPORTED_SASL_MECHANISM, "Unknown SCRAM mechanism");
    } else if (!mechanisms.insert(number).second) {
      refuse(ErrorCode::DUPLICATE_RESOURCE,
             "A user credential cannot be altered twice in the same request");
    }
    return problem.ok() ? mechanism : std::nullopt;
  }
};

void set_credential(WantedUser& wanted, ScramMechanism mechanism,
                    const AlterUserScramCredentialsRequest::ScramCredentialUpsertion& asked) {
  if (asked.iterations < security::kScramIterationsMin) {
    return wanted.refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL, "Too few iterations");
  }
  if (asked.iterations > security::kScramIterationsMax) {
    return wanted.refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL, "Too many iterations");
  }
  if (asked.salt.empty() || asked.salt.size() > kSaltBytesMax) {
    return wanted.refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL, "The salt has no proper length");
  }
  // Of any length, as Kafka's controller takes it: it is only a key, and a client that salts
  // properly sends a digest.
  if (asked.salted_password.empty() || asked.salted_password.size() > kSaltedPasswordBytesMax) {
    return wanted.refuse(ErrorCode::UNACCEPTABLE_CREDENTIAL,
                         "The salted password has no proper length");
  }
  const security::Secret salted{std::string(as_text(asked.salted_password))};
  wanted.change.set.emplace_back(
      mechanism, security::make_credential(mechanism, salted, std::string(as_text(asked.salt)),
                                           asked.iterations));
}

void change_users(Broker& broker, const AlterUserScramCredentialsRequest& request,
                  AlterUserScramCredentialsResponse& response) {
  std::map<std::string, WantedUser> by_user;
  const auto of = [&](const std::string& user) -> WantedUser& {
    WantedUser& wanted = by_user[user];
    wanted.change.user = user;
    return wanted;
  };
  for (const auto& asked : request.deletions) {
    WantedUser& wanted = of(asked.name);
    if (const auto mechanism = wanted.mechanism(asked.mechanism)) {
      wanted.change.removed.push_back(*mechanism);
    }
  }
  for (const auto& asked : request.upsertions) {
    WantedUser& wanted = of(asked.name);
    if (const auto mechanism = wanted.mechanism(asked.mechanism)) {
      set_credential(wanted, *mechanism, asked);
    }
  }
  std::vector<catalog::UserChange> changes;
  for (const auto& [user, wanted] : by_user) {
    if (wanted.problem.ok()) changes.push_back(wanted.change);
  }
  auto changed = broker.catalog().change_users(changes);
  auto next = changed.begin();
  for (const auto& [user, wanted] : by_user) {
    const catalog::ChangeResult result = wanted.problem.ok() ? *next++ : wanted.problem;
    response.results.push_back(
        {.user = user, .error_code = result.error, .error_message = reply_message(result.message)});
  }
}

}  // namespace

void handle(Call<protocol::AlterUserScramCredentials> call, RequestContext& context) {
  answer_after(std::move(call), context, change_users);
}

}  // namespace kreel::broker
