#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "client/admin_impl.hpp"
#include "security/scram.hpp"

// Users with SCRAM passwords (KIP-554).

namespace kreel::client {

using protocol::ErrorCode;
using security::ScramMechanism;

namespace {

using AlterRequest = protocol::AlterUserScramCredentialsRequest;

Result<ScramMechanism> mechanism_of(const std::string& name) {
  if (const auto mechanism = security::scram_mechanism(name)) return *mechanism;
  return fail(ErrorKind::kUsage, fmt::format("\"{}\" is neither SCRAM-SHA-256 nor SCRAM-SHA-512",
                                             escape_control(name)));
}

std::string mechanism_name(std::int8_t number) {
  const auto mechanism = security::scram_mechanism(number);
  return mechanism ? std::string(security::to_string(*mechanism))
                   : fmt::format("mechanism {}", number);
}

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Result<AlterRequest::ScramCredentialUpsertion> upsertion_of(const NewPassword& wanted) {
  TRY_ASSIGN(const ScramMechanism mechanism, mechanism_of(wanted.mechanism));
  SystemRandom random;
  std::array<std::byte, security::kScramSaltBytes> salt{};
  random.fill(salt);
  const auto salted = security::salt_password(mechanism, security::Secret(wanted.password),
                                              as_text(salt), wanted.iterations);
  AlterRequest::ScramCredentialUpsertion upsertion;
  upsertion.name = wanted.user;
  upsertion.mechanism = static_cast<std::int8_t>(mechanism);
  upsertion.iterations = wanted.iterations;
  upsertion.salt = {salt.begin(), salt.end()};
  upsertion.salted_password = bytes_of(salted.reveal());
  return upsertion;
}

Error user_error(ErrorCode code, const Subject& subject, const std::optional<std::string>& text) {
  if (code == ErrorCode::RESOURCE_NOT_FOUND) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("user \"{}\" has no such password", escape_control(subject.name)),
                 "kreel users list shows who has which");
  }
  return describe_error(code, subject, text);
}

/// The results by user.
Result<std::vector<NamedResult>> alter(Cluster& cluster, const AlterRequest& request,
                                       const std::vector<std::string>& users) {
  const Deadline deadline = cluster.new_deadline();
  ControllerRouter router(cluster);
  using Call = Scatter<protocol::AlterUserScramCredentials>;
  Call call(
      cluster, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        return std::vector<Call::Batch>{{request, items}};
      },
      [&](const protocol::AlterUserScramCredentialsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for (const std::size_t item : items) {
          for (const auto& result : response.results) {
            if (result.user != users[item]) continue;
            const Subject subject{"user", users[item], "ALTER", std::nullopt, cluster.user()};
            if (result.error_code == ErrorCode::NONE) {
              outcome.done(item);
            } else if (result.error_code == ErrorCode::NOT_CONTROLLER) {
              outcome.failed(item, result.error_code, subject);
            } else {
              outcome.failed(item,
                             {user_error(result.error_code, subject, result.error_message),
                              static_cast<std::int16_t>(result.error_code)},
                             false);
            }
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(users.size(), deadline));
  std::vector<NamedResult> results;
  for (std::size_t i = 0; i < users.size(); ++i) {
    results.push_back({users[i], outcome.take_error(i)});
  }
  return results;
}

/// Kafka takes each user once per request: his second change goes with the second request.
class AlterRequests {
 public:
  AlterRequest& next_for(const std::string& user) {
    const std::size_t nth = changes_[user]++;
    if (nth == requests_.size()) requests_.emplace_back();
    Round& round = requests_[nth];
    round.users.push_back(user);
    return round.request;
  }

  /// The results by user: his first failure.
  Result<std::vector<NamedResult>> send(Cluster& cluster) const {
    std::map<std::string, NamedResult> by_user;
    for (const Round& round : requests_) {
      TRY_ASSIGN(auto results, alter(cluster, round.request, round.users));
      for (NamedResult& result : results) {
        NamedResult& kept =
            by_user.try_emplace(result.name, NamedResult{result.name, {}}).first->second;
        if (!kept.error) kept.error = std::move(result.error);
      }
    }
    std::vector<NamedResult> all;
    for (auto& [user, result] : by_user) all.push_back(std::move(result));
    return all;
  }

 private:
  struct Round {
    AlterRequest request;
    std::vector<std::string> users;
  };
  std::map<std::string, std::size_t> changes_;
  std::vector<Round> requests_;
};

}  // namespace

Result<std::vector<UserInfo>> ProtocolAdmin::list_users() {
  const Deadline deadline = cluster_.new_deadline();
  using Users = std::vector<UserInfo>;
  const auto ask = [this](Connection& connection, const Deadline& limit) -> Result<Users> {
    protocol::DescribeUserScramCredentialsRequest request;
    request.users.reset();
    TRY_ASSIGN(const auto reply,
               connection.call<protocol::DescribeUserScramCredentials>(request, limit));
    if (reply->error_code != ErrorCode::NONE) {
      return fail(describe_error(reply->error_code,
                                 Subject::cluster("DESCRIBE").by(cluster_.user()),
                                 reply->error_message));
    }
    Users users;
    for (const auto& result : reply->results) {
      UserInfo& user = users.emplace_back();
      user.name = result.user;
      for (const auto& info : result.credential_infos) {
        user.credentials.push_back({mechanism_name(info.mechanism), info.iterations});
      }
      std::ranges::sort(user.credentials, {}, &UserCredential::mechanism);
    }
    std::ranges::sort(users, {}, &UserInfo::name);
    return users;
  };
  return cluster_.with_any(deadline, ask);
}

Result<std::vector<NamedResult>> ProtocolAdmin::set_passwords(
    std::span<const NewPassword> passwords) {
  AlterRequests requests;
  for (const NewPassword& wanted : passwords) {
    TRY_ASSIGN(auto upsertion, upsertion_of(wanted));
    requests.next_for(wanted.user).upsertions.push_back(std::move(upsertion));
  }
  return requests.send(cluster_);
}

Result<std::vector<NamedResult>> ProtocolAdmin::remove_passwords(
    std::span<const RemovedPassword> passwords) {
  AlterRequests requests;
  for (const RemovedPassword& removed : passwords) {
    TRY_ASSIGN(const ScramMechanism mechanism, mechanism_of(removed.mechanism));
    requests.next_for(removed.user)
        .deletions.push_back(
            {.name = removed.user, .mechanism = static_cast<std::int8_t>(mechanism)});
  }
  return requests.send(cluster_);
}

}  // namespace kreel::client
