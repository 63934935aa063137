#include "security/tls_server.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/log.hpp"
#include "kreel/units.hpp"
#include "security/certificate_text.hpp"
#include "security/principal_name.hpp"
#include "security/verification.hpp"

namespace kreel::security {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr milliseconds kWarnBefore = days(30);
constexpr milliseconds kWarnEvery = days(1);

/// Where people find the broker's certificate.
std::string place_of(const TlsSources& sources) {
  if (!sources.keystore_file.empty()) return sources.keystore_file;
  if (!sources.certificate_file.empty()) return sources.certificate_file;
  return "ssl.keystore.certificate.chain";
}

}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::open(fs::FileSystem& fs, Options options) {
  std::shared_ptr<TlsServer> server(new TlsServer(fs, std::move(options)));
  server->loaded_ = server->stamps();
  TRY(server->load());
  return server;
}

TlsServer::Stamps TlsServer::stamps() const {
  const TlsSources& sources = options_.sources;
  Stamps found;
  for (const std::string* file : {&sources.certificate_file, &sources.key_file,
                                  &sources.keystore_file, &sources.trust_file}) {
    if (!file->empty()) found[*file] = fs_.modified_ms(*file).value_or(-1);
  }
  return found;
}

void TlsServer::warn_of_open_keys() const {
  const TlsSources& sources = options_.sources;
  const bool has_key_file = !sources.key_file.empty();
  for (const std::string* file :
       {has_key_file ? &sources.key_file : &sources.certificate_file, &sources.keystore_file}) {
    if (file->empty() || !fs_.is_open_to_all(*file)) continue;
    log::warning(*file + ": everybody on this machine can read this private key (chmod 600)");
  }
}

Result<void> TlsServer::load() {
  warn_of_open_keys();
  TRY_ASSIGN(const TlsMaterial material, load_tls_material(fs_, options_.sources));
  TRY_ASSIGN(TlsContextPtr context, make_server_context(material, options_.settings));
  not_after_ms_ = time_ms(::X509_get0_notAfter(material.identity->chain.front().get()));
  warned_ms_.reset();
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return {};
}

Result<bool> TlsServer::reload_if_changed() {
  Stamps now = stamps();
  if (now == loaded_) return false;
  // What cannot be loaded now is tried again when it changes again: a key often follows.
  loaded_ = std::move(now);
  TRY(load());
  return true;
}

std::optional<std::string> TlsServer::take_expiry_warning(std::int64_t now_ms) {
  const milliseconds left(not_after_ms_ - now_ms);
  if (left > kWarnBefore) return std::nullopt;
  const bool has_ended = left < milliseconds(0);
  if (warned_ms_) {
    const milliseconds since(now_ms - *warned_ms_);
    const bool ended_since = has_ended && *warned_ms_ <= not_after_ms_;
    const bool is_recent = since >= milliseconds(0) && since < kWarnEvery;
    if (is_recent && !ended_since) return std::nullopt;
  }
  warned_ms_ = now_ms;
  const std::string place = place_of(options_.sources);
  const std::string day = time_text(not_after_ms_).substr(0, 10);
  if (has_ended) return fmt::format("{} expired on {}: no client accepts it", place, day);
  const milliseconds told = left > days(1) ? floor<days>(left) : floor<std::chrono::minutes>(left);
  return fmt::format("{} expires on {}, in {}: a new one is taken without a restart", place, day,
                     format_duration(told));
}

TlsPtr TlsServer::new_session() const {
  const std::lock_guard lock(mutex_);
  TlsPtr session(::SSL_new(context_.get()));
  if (session) ::SSL_set_accept_state(session.get());
  return session;
}

Result<std::string> TlsServer::principal_of(const SSL* session) const {
  const CertificatePtr certificate(::SSL_get1_peer_certificate(session));
  if (!certificate) return "User:ANONYMOUS";
  TRY_ASSIGN(
      const std::string name,
      options_.principal_rules.name_of(principal_name(::X509_get_subject_name(certificate.get()))));
  return "User:" + name;
}

}  // namespace kreel::security
