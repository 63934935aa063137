#include "security/certificate_file.hpp"

#include <openssl/pem.h>

#include <fmt/format.h>

#include "security/certificate_text.hpp"
#include "security/pem.hpp"

namespace kreel::security {
namespace {

Result<CertificateFile> read_pem(std::string_view text, const Secret& password) {
  CertificateFile file;
  if (text.find("-----BEGIN CERTIFICATE") != std::string_view::npos ||
      text.find("-----BEGIN NEW CERTIFICATE") != std::string_view::npos) {
    const BioPtr bio = reading_bio(text);
    while (X509_REQ* request = ::PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr)) {
      file.requests.emplace_back(request);
      if (file.requests.size() > kCertificatesMax) break;
    }
    ::ERR_clear_error();
    auto certificates = read_certificates(text);
    if (certificates) {
      file.certificates = std::move(*certificates);
    } else if (text.find("REQUEST-----") == std::string_view::npos) {
      return fail(std::move(certificates).error());
    }
  }
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) {
    TRY_ASSIGN(file.key, read_private_key(text, password));
  }
  return file;
}

Result<CertificateFile> read_der(std::string_view bytes, const Secret& password) {
  CertificateFile file;
  const BioPtr bio = reading_bio(bytes);
  CertificatePtr certificate(::d2i_X509_bio(bio.get(), nullptr));
  ::ERR_clear_error();
  if (certificate) {
    file.certificates.push_back(std::move(certificate));
    return file;
  }
  TRY_ASSIGN(Pkcs12Contents store, read_pkcs12(bytes, password));
  file.certificates = std::move(store.certificates);
  file.aliases = std::move(store.aliases);
  file.key = std::move(store.key);
  file.java_trusts = store.java_trusts;
  file.is_store = true;
  return file;
}

}  // namespace

Result<CertificateFile> read_certificate_file(std::string_view bytes, const Secret& password) {
  if (bytes.size() > kCertificateFileBytesMax) {
    return fail(ErrorKind::kBadInput, fmt::format("over {} bytes", kCertificateFileBytesMax));
  }
  const bool is_jks = bytes.starts_with("\xfe\xed\xfe\xed");
  if (is_jks || bytes.starts_with("\xce\xce\xce\xce")) {
    return fail(ErrorKind::kBadInput, fmt::format("a Java keystore ({})", is_jks ? "JKS" : "JCEKS"),
                fmt::format("keytool -importkeystore -srckeystore F -srcstoretype {} -destkeystore "
                            "F.p12 -deststoretype PKCS12",
                            is_jks ? "JKS" : "JCEKS"));
  }
  if (looks_like_der(bytes)) return read_der(bytes, password);
  if (bytes.find("-----BEGIN ") == std::string_view::npos) {
    return fail(ErrorKind::kBadInput, "neither PEM nor DER nor a PKCS12 store");
  }
  return read_pem(bytes, password);
}

}  // namespace kreel::security

namespace kreel::certs {

std::string_view to_string(Entry::Kind kind) {
  if (kind == Entry::Kind::kRequest) return "request";
  return kind == Entry::Kind::kCertificate ? "certificate" : "private key";
}

Result<std::vector<Entry>> read_entries(std::string_view file, const std::string& password) {
  TRY_ASSIGN(const auto contents,
             security::read_certificate_file(file, security::Secret(password)));
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < contents.certificates.size(); ++i) {
    entries.push_back(security::describe(contents.certificates[i].get()));
    if (i < contents.aliases.size()) entries.back().alias = contents.aliases[i];
  }
  for (const auto& request : contents.requests) {
    entries.push_back(security::describe(request.get()));
  }
  if (contents.key) entries.push_back(security::describe(contents.key.get()));
  if (entries.empty()) return fail(ErrorKind::kBadInput, "holds no certificate and no key");
  return entries;
}

}  // namespace kreel::certs
