#include "security/tls_server.hpp"

#include "base/log.hpp"
#include "security/principal_name.hpp"

namespace kreel::security {

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
