#include "security/pem.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace kreel::security {
namespace {

// OpenSSL asks for the password of an encrypted key; without this it would ask the terminal.
int give_password(char* into, int size, int, void* secret) {
  const std::string& password = static_cast<const Secret*>(secret)->reveal();
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(into, password.data(), password.size());
  return static_cast<int>(password.size());
}

Result<void> check_size(std::string_view bytes) {
  if (bytes.size() <= kCertificateFileBytesMax) return {};
  return fail(ErrorKind::kBadInput, fmt::format("over {} bytes", kCertificateFileBytesMax));
}

}  // namespace

std::string to_pem(X509* certificate) {
  const BioPtr bio(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_X509(bio.get(), certificate);
  return take_text(bio.get());
}

std::string to_pem(X509_REQ* request) {
  const BioPtr bio(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_X509_REQ(bio.get(), request);
  return take_text(bio.get());
}

Result<Secret> to_pem(EVP_PKEY* key) {
  const BioPtr bio(::BIO_new(::BIO_s_secmem()));
  if (::PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_failure("write a private key");
  }
  return Secret(take_text(bio.get()));
}

std::string to_pem(const Certificates& certificates) {
  std::string text;
  for (const CertificatePtr& certificate : certificates) text += to_pem(certificate.get());
  return text;
}

Result<Certificates> read_certificates(std::string_view pem) {
  TRY(check_size(pem));
  const BioPtr bio = reading_bio(pem);
  Certificates found;
  while (X509* certificate = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    found.emplace_back(certificate);
    if (found.size() > kCertificatesMax) {
      return fail(ErrorKind::kBadInput, fmt::format("over {} certificates", kCertificatesMax));
    }
  }
  const bool at_end = ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = take_openssl_reason();
  if (!at_end) {
    return fail(ErrorKind::kBadInput,
                fmt::format("certificate {} cannot be read: {}", found.size() + 1, reason));
  }
  if (found.empty()) return fail(ErrorKind::kBadInput, "no certificate in PEM form");
  return found;
}

Result<KeyPtr> read_private_key(std::string_view pem, const Secret& password) {
  TRY(check_size(pem));
  const BioPtr bio = reading_bio(pem);
  Secret given = password;
  KeyPtr key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &given));
  if (key) {
    ::ERR_clear_error();
    return key;
  }
  const std::string reason = take_openssl_reason();
  const bool encrypted = pem.find("ENCRYPTED") != std::string_view::npos;
  if (encrypted && password.empty()) {
    return fail(ErrorKind::kAuthentication,
                "the private key is encrypted, and there is no password");
  }
  if (encrypted) {
    return fail(ErrorKind::kAuthentication, "the password does not open the private key");
  }
  if (pem.find("PRIVATE KEY-----") == std::string_view::npos) {
    return fail(ErrorKind::kBadInput, "no private key in PEM form");
  }
  return fail(ErrorKind::kBadInput, fmt::format("the private key cannot be read: {}", reason));
}

}  // namespace kreel::security
