#include "server/scram_users.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/log.hpp"

namespace kreel::server {
namespace {

using security::ScramCredential;
using security::ScramDisguise;
using security::ScramMechanism;
using security::Secret;

constexpr std::size_t kSecretBytes = 32;

bool is_text(std::string_view salt) {
  return std::ranges::all_of(
      salt, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); });
}

}  // namespace

Result<Secret> scram_secret(fs::FileSystem& fs, const std::string& directory, Random& random) {
  const std::string path = fs::join(directory, std::string(kScramSecretFile));
  if (fs.exists(path)) {
    TRY_ASSIGN(const Bytes bytes, fs::read_whole_file(fs, path, 4096));
    if (bytes.size() == kSecretBytes) return Secret(std::string(as_text(bytes)));
    log::warning(path + " is damaged, so a new one is made");
  }
  std::array<std::byte, kSecretBytes> bytes{};
  random.fill(bytes);
  TRY(fs::replace_file(fs, path, bytes));
  return Secret(std::string(as_text(bytes)));
}

ScramDisguise common_disguise(const catalog::Users& users, ScramMechanism mechanism,
                              const Secret& secret) {
  ScramDisguise disguise{.secret = secret};
  std::map<std::tuple<std::int32_t, std::size_t, bool>, std::size_t> counts;
  std::size_t most = 0;
  for (const auto& [name, credentials] : users) {
    const auto found = credentials.find(mechanism);
    if (found == credentials.end()) continue;
    const ScramCredential& credential = found->second;
    const bool text = is_text(credential.salt);
    const std::size_t count = ++counts[{credential.iterations, credential.salt.size(), text}];
    if (count <= most) continue;
    most = count;
    disguise.iterations = credential.iterations;
    disguise.salt_bytes = credential.salt.size();
    disguise.salt_is_text = text;
  }
  return disguise;
}

std::optional<ScramCredential> ScramUsers::find(ScramMechanism mechanism,
                                                const std::string& user) const {
  const auto snapshot = catalog_.snapshot();
  const auto found = snapshot->users().find(user);
  if (found == snapshot->users().end()) return std::nullopt;
  const auto credential = found->second.find(mechanism);
  if (credential == found->second.end()) return std::nullopt;
  return credential->second;
}

ScramDisguise ScramUsers::disguise(ScramMechanism mechanism) const {
  const auto snapshot = catalog_.snapshot();
  const std::lock_guard lock(mutex_);
  if (!seen_ || &seen_->users() != &snapshot->users()) {
    disguises_.clear();
    seen_ = snapshot;
  }
  auto known = disguises_.find(mechanism);
  if (known == disguises_.end()) {
    known =
        disguises_.emplace(mechanism, common_disguise(snapshot->users(), mechanism, secret_)).first;
  }
  return known->second;
}

}  // namespace kreel::server
