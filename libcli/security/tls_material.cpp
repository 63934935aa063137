#include "security/tls_material.hpp"

#include <fmt/format.h>

#include "security/certificate_file.hpp"
#include "security/certificate_text.hpp"
#include "security/pem.hpp"

namespace kreel::security {
namespace {

tl::unexpected<Error> unusable(const std::string& what, const Error& why) {
  return fail(Error(ErrorKind::kUsage, fmt::format("{}: {}", what, why.message()), why.hint()));
}

/// Of a file, or of the text itself where there is no file.
Result<Secret> text_of(fs::FileSystem& fs, const std::string& file, const std::string& text) {
  if (file.empty()) return Secret(text);
  auto bytes = fs::read_whole_file(fs, file, kCertificateFileBytesMax);
  if (!bytes) {
    return fail(ErrorKind::kUsage, std::move(bytes).error().message());
  }
  return Secret(std::string(as_text(*bytes)));
}

std::string label(const std::string& file, std::string_view inline_name) {
  return file.empty() ? std::string(inline_name) : file;
}

Result<Identity> load_keystore(fs::FileSystem& fs, const TlsSources& sources) {
  const std::string& file = sources.keystore_file;
  TRY_ASSIGN(const Secret bytes, text_of(fs, file, ""));
  auto contents = read_certificate_file(bytes.reveal(), sources.keystore_password);
  if (!contents) return unusable(file, contents.error());
  if (!contents->key || contents->certificates.empty()) {
    return fail(ErrorKind::kUsage, file + ": holds no private key with its certificate");
  }
  return Identity{std::move(contents->key), std::move(contents->certificates)};
}

Result<Identity> load_pem_identity(fs::FileSystem& fs, const TlsSources& sources) {
  const bool has_key = !sources.key_file.empty() || !sources.key_pem.empty();
  const bool has_certificate =
      !sources.certificate_file.empty() || !sources.certificate_pem.empty();
  if (!has_certificate) {
    return fail(ErrorKind::kUsage,
                label(sources.key_file, "the private key") + ": there is no certificate for it");
  }
  TRY_ASSIGN(const Secret chain_text,
             text_of(fs, sources.certificate_file, sources.certificate_pem));
  const std::string chain_label = label(sources.certificate_file, "the certificate");
  auto chain = read_certificates(chain_text.reveal());
  if (!chain) return unusable(chain_label, chain.error());
  Secret key_text = chain_text;
  if (has_key) {
    TRY_ASSIGN(key_text, text_of(fs, sources.key_file, sources.key_pem.reveal()));
  }
  auto key = read_private_key(key_text.reveal(), sources.key_password);
  if (!key) {
    return unusable(has_key ? label(sources.key_file, "the private key") : chain_label,
                    key.error());
  }
  return Identity{std::move(*key), std::move(*chain)};
}

}  // namespace

Result<TlsMaterial> load_tls_material(fs::FileSystem& fs, const TlsSources& sources) {
  TlsMaterial material;
  if (!sources.keystore_file.empty()) {
    TRY_ASSIGN(material.identity, load_keystore(fs, sources));
  } else if (!sources.key_file.empty() || !sources.key_pem.empty() ||
             !sources.certificate_file.empty() || !sources.certificate_pem.empty()) {
    TRY_ASSIGN(material.identity, load_pem_identity(fs, sources));
  }
  if (material.identity) {
    X509* certificate = material.identity->chain.front().get();
    if (::X509_check_private_key(certificate, material.identity->key.get()) != 1) {
      ::ERR_clear_error();
      return fail(ErrorKind::kUsage,
                  fmt::format("the private key is not that of the certificate {}",
                              subject_text(certificate)));
    }
  }
  if (!sources.trust_file.empty() && fs.is_directory(sources.trust_file)) {
    material.trusted_directory = sources.trust_file;
  } else if (!sources.trust_file.empty() || !sources.trust_pem.empty()) {
    const std::string what = label(sources.trust_file, "the trusted certificates");
    TRY_ASSIGN(const Secret text, text_of(fs, sources.trust_file, sources.trust_pem));
    auto contents = read_certificate_file(text.reveal(), sources.truststore_password);
    if (!contents) return unusable(what, contents.error());
    if (contents->certificates.empty()) {
      return fail(ErrorKind::kUsage, what + ": holds no certificate");
    }
    material.trusted = std::move(contents->certificates);
  }
  return material;
}

}  // namespace kreel::security
