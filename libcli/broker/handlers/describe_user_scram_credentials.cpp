// DescribeUserScramCredentials, version 0: which users have a password, and with how many
// iterations (KIP-554).

#include <map>

#include <fmt/format.h>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::DescribeUserScramCredentialsResponse;
using protocol::ErrorCode;
using Described = DescribeUserScramCredentialsResponse::DescribeUserScramCredentialsResult;

Described described(const std::string& user, const catalog::ScramCredentials& credentials) {
  Described result;
  result.user = user;
  result.error_message.reset();
  for (const auto& [mechanism, credential] : credentials) {
    result.credential_infos.push_back(
        {.mechanism = static_cast<std::int8_t>(mechanism), .iterations = credential.iterations});
  }
  return result;
}

Described refused(const std::string& user, ErrorCode error, std::string_view why) {
  Described result;
  result.user = user;
  result.error_code = error;
  result.error_message = reply_message(fmt::format("{}: {}", why, user));
  return result;
}

}  // namespace

void handle(Call<protocol::DescribeUserScramCredentials> call, RequestContext& context) {
  DescribeUserScramCredentialsResponse response;
  response.error_message.reset();
  const auto snapshot = context.broker.catalog().snapshot();
  const catalog::Users& users = snapshot->users();
  if (!call.request.users || call.request.users->empty()) {
    for (const auto& [user, credentials] : users) {
      response.results.push_back(described(user, credentials));
    }
    return call.reply(response);
  }
  std::map<std::string, int> asked;
  for (const auto& user : *call.request.users) ++asked[user.name];
  for (const auto& [user, times] : asked) {
    const auto found = users.find(user);
    if (times > 1) {
      response.results.push_back(
          refused(user, ErrorCode::DUPLICATE_RESOURCE,
                  "Cannot describe SCRAM credentials for the same user twice in a single request"));
    } else if (found == users.end()) {
      response.results.push_back(
          refused(user, ErrorCode::RESOURCE_NOT_FOUND,
                  "Attempt to describe a user credential that does not exist"));
    } else {
      response.results.push_back(described(user, found->second));
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
