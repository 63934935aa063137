#include "security/set_texts.hpp"

#include <fmt/format.h>

#include "base/host_and_port.hpp"
#include "security/openssl.hpp"

namespace kreel::security {
namespace {

// A backslash begins an escape in Java's files, and their bytes are Latin-1: what is beyond ASCII
// stands there as its UTF-16 numbers.
std::string java_path(const SetPlaces& places, const std::string& name) {
  const std::string path = places.directory + "/" + name;
  unsigned char* units = nullptr;
  int size = 0;
  ::OPENSSL_utf82uni(path.data(), static_cast<int>(path.size()), &units, &size);
  std::string escaped;
  // With a zero at its end.
  for (int i = 0; i + 3 < size; i += 2) {
    const unsigned unit = unsigned{units[i]} << 8 | units[i + 1];
    if (unit == '\\') escaped += '\\';
    escaped +=
        unit < 0x80 ? std::string(1, static_cast<char>(unit)) : fmt::format("\\u{:04x}", unit);
  }
  OPENSSL_free(units);
  return escaped;
}

std::string first_address(const SetPlaces& places) {
  return host_and_port(places.hosts.front(), kTlsPort);
}

// Where nobody has said where the brokers are, a line to fill in.
std::string bootstrap_line(const SetPlaces& places) {
  if (!places.bootstrap.empty()) return fmt::format("bootstrap.servers={}\n", places.bootstrap);
  if (places.hosts.empty()) return fmt::format("#bootstrap.servers=HOST:{}\n", kTlsPort);
  return fmt::format("bootstrap.servers={}\n", first_address(places));
}

std::string truststore_lines(const SetPlaces& places) {
  return fmt::format(
      "ssl.truststore.type=PKCS12\n"
      "ssl.truststore.location={}\n"
      "ssl.truststore.password={}\n",
      java_path(places, "truststore.p12"), places.trust_password.reveal());
}

std::string keystore_lines(const SetPlaces& places, const std::string& name,
                           const Secret& password) {
  return fmt::format(
      "ssl.keystore.type=PKCS12\n"
      "ssl.keystore.location={}\n"
      "ssl.keystore.password={}\n"
      "ssl.key.password={}\n",
      java_path(places, name + ".keystore.p12"), password.reveal(), password.reveal());
}

}  // namespace

Secret java_client_properties(const SetPlaces& places, const std::string& client,
                              const Secret& key_password) {
  return Secret(
      fmt::format("# Settings of a Kafka client in Java; kreel reads them with -F.\n"
                  "{}"
                  "security.protocol=SSL\n{}{}",
                  bootstrap_line(places), truststore_lines(places),
                  keystore_lines(places, client, key_password)));
}

Secret librdkafka_properties(const SetPlaces& places, const std::string& client) {
  return Secret(
      fmt::format("# Settings of librdkafka: kreel -F FILE, kcat -F FILE, or below [profile NAME]\n"
                  "# in ~/.config/kreel/config.\n"
                  "{}"
                  "security.protocol=SSL\n"
                  "ssl.ca.location={}/ca.crt\n"
                  "ssl.certificate.location={}/{}.crt\n"
                  "ssl.key.location={}/{}.key\n",
                  bootstrap_line(places), places.directory, places.directory, client,
                  places.directory, client));
}

Secret broker_properties(const SetPlaces& places) {
  return Secret(fmt::format(
      "# Lines for a broker's server.properties; add the listener to those there.\n"
      "#listeners=SSL://:{}\n"
      "#advertised.listeners=SSL://{}\n{}{}"
      "ssl.client.auth={}\n"
      "ssl.enabled.protocols=TLSv1.2,TLSv1.3\n",
      kTlsPort, first_address(places), keystore_lines(places, "broker", places.broker_password),
      truststore_lines(places), places.broker_asks_for_certificates ? "required" : "none"));
}

}  // namespace kreel::security
