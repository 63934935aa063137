#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <kreel/certs.hpp>
#include <kreel/jaas.hpp>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/java_properties.hpp"

namespace kreel::cli {
namespace {

struct Renamed {
  std::string_view java;
  std::string_view ours;
};
constexpr auto kRenamed =
    std::to_array<Renamed>({{"fetch.max.wait.ms", "fetch.wait.max.ms"},
                            {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
                            {"send.buffer.bytes", "socket.send.buffer.bytes"},
                            {"ssl.truststore.certificates", "ssl.ca.pem"},
                            {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
                            {"ssl.keystore.key", "ssl.key.pem"}});

// They steer the Java client itself and have no meaning here.
constexpr auto kDropped =
    std::to_array<std::string_view>({"auto.include.jmx.reporter",
                                     "buffer.memory",
                                     "client.dns.lookup",
                                     "default.api.timeout.ms",
                                     "exclude.internal.topics",
                                     "interceptor.classes",
                                     "key.deserializer",
                                     "key.serializer",
                                     "max.block.ms",
                                     "max.poll.records",
                                     "metric.reporters",
                                     "metrics.num.samples",
                                     "metrics.recording.level",
                                     "metrics.sample.window.ms",
                                     "partitioner.class",
                                     "sasl.kerberos.ticket.renew.jitter",
                                     "sasl.kerberos.ticket.renew.window.factor",
                                     "sasl.login.class",
                                     "sasl.login.refresh.buffer.seconds",
                                     "sasl.login.refresh.min.period.seconds",
                                     "sasl.login.refresh.window.factor",
                                     "sasl.login.refresh.window.jitter",
                                     "security.providers",
                                     "socket.connection.setup.timeout.max.ms",
                                     "ssl.enabled.protocols",
                                     "ssl.keymanager.algorithm",
                                     "ssl.protocol",
                                     "ssl.provider",
                                     "ssl.secure.random.implementation",
                                     "ssl.trustmanager.algorithm",
                                     "value.deserializer",
                                     "value.serializer"});

constexpr auto kJavaOnly = std::to_array<std::string_view>(
    {"sasl.jaas.config", "ssl.truststore.location", "ssl.truststore.type",
     "ssl.truststore.password", "ssl.keystore.type"});

// Less is refused by librdkafka; of a fetch it wants room for the largest request.
constexpr std::int64_t kRequestBytesMin = 1'000;
constexpr std::int64_t kFetchBytesMin = 1'000'000;

std::string at_least(const std::string& text, std::int64_t least) {
  const auto number = parse_int64(trim(text));
  return number && *number < least ? std::to_string(least) : text;
}

template <class Range>
bool contains(const Range& range, std::string_view name) {
  return std::ranges::find(range, name) != std::ranges::end(range);
}

enum class StoreType { kPem, kPkcs12, kJks };

// A store's own first bytes tell more than its declared type: Java opens PKCS12 as "JKS", too.
Result<StoreType> store_type(const std::string& path) {
  TRY_ASSIGN(const std::string bytes, read_file(path, 16 << 20));
  if (bytes.starts_with("\xfe\xed\xfe\xed") || bytes.starts_with("\xce\xce\xce\xce")) {
    return StoreType::kJks;
  }
  if (bytes.find("-----BEGIN") != std::string::npos) return StoreType::kPem;
  return StoreType::kPkcs12;
}

class Translator {
 public:
  Translator(const std::vector<IniEntry>& entries, const std::string& path)
      : entries_(entries), path_(path) {}

  Result<std::vector<IniEntry>> run() {
    for (const IniEntry& entry : entries_) {
      auto done = translate(entry);
      if (!done) {
        return fail(Error(done.error())
                        .with_context(fmt::format("{}:{}: {}", path_, entry.line, entry.name)));
      }
    }
    return std::move(result_);
  }

 private:
  void put(const IniEntry& entry, std::string_view name, std::string_view value) {
    result_.push_back({std::string(name), std::string(value), entry.line});
  }
  Result<void> translate(const IniEntry& entry);
  void assignors(const IniEntry& entry);
  Result<void> jaas(const IniEntry& entry);
  Result<void> truststore(const IniEntry& entry);
  Result<void> keystore(const IniEntry& entry);

  const std::vector<IniEntry>& entries_;
  const std::string& path_;
  std::vector<IniEntry> result_;
};

Result<void> Translator::translate(const IniEntry& entry) {
  const std::string& name = entry.name;
  if (name == "sasl.jaas.config") return jaas(entry);
  if (name == "partition.assignment.strategy") {
    assignors(entry);
    return {};
  }
  if (name == "ssl.truststore.location") return truststore(entry);
  if (name == "ssl.keystore.location") return keystore(entry);
  if (name == "partitioner.class") {
    if (entry.value.ends_with("RoundRobinPartitioner")) put(entry, "partitioner", "round_robin");
    return {};
  }
  if (name == "max.request.size") {
    put(entry, "message.max.bytes", at_least(entry.value, kRequestBytesMin));
    return {};
  }
  if (name == "fetch.max.bytes") {
    const auto request = std::ranges::find(entries_, "max.request.size", &IniEntry::name);
    const std::int64_t least =
        request == entries_.end() ? 0 : parse_int64(trim(request->value)).value_or(0);
    put(entry, name, at_least(entry.value, std::max(least, kFetchBytesMin)));
    return {};
  }
  // Java has the path of kinit there, to renew tickets with; librdkafka a whole command.
  if (name == "sasl.kerberos.kinit.cmd" &&
      (entry.value == "kinit" || entry.value.ends_with("/kinit"))) {
    return {};
  }
  if (name == "ssl.endpoint.identification.algorithm" && entry.value.empty()) {
    put(entry, name, "none");
    return {};
  }
  if (name == "sasl.client.callback.handler.class" || name == "sasl.login.callback.handler.class") {
    return fail(ErrorKind::kUsage, "a Java class cannot be used here");
  }
  if (name == "ssl.truststore.type" || name == "ssl.truststore.password" ||
      name == "ssl.keystore.type" || contains(kDropped, name)) {
    return {};
  }
  const auto renamed = std::ranges::find(kRenamed, name, &Renamed::java);
  put(entry, renamed == kRenamed.end() ? std::string_view(name) : renamed->ours, entry.value);
  return {};
}

// Classes become librdkafka's names, which cannot be of both kinds.
void Translator::assignors(const IniEntry& entry) {
  std::string eager;
  bool is_cooperative = false;
  for (const std::string_view part : split(entry.value, ',')) {
    const std::string_view word = trim(part);
    const std::string_view last = word.substr(word.rfind('.') + 1);
    is_cooperative = is_cooperative || last == "CooperativeStickyAssignor";
    std::string_view name;
    if (last == "RangeAssignor") name = "range";
    if (last == "RoundRobinAssignor") name = "roundrobin";
    if (!last.ends_with("Assignor")) name = word;
    if (!name.empty()) eager += fmt::format("{}{}", eager.empty() ? "" : ",", name);
  }
  // Where none is known, who does not consume needs none; librdkafka refuses it to who does.
  const std::string_view otherwise =
      is_cooperative ? "cooperative-sticky" : std::string_view(entry.value);
  put(entry, entry.name, eager.empty() ? otherwise : std::string_view(eager));
}

Result<void> Translator::jaas(const IniEntry& entry) {
  TRY_ASSIGN(const JaasLogin login, parse_jaas(entry.value));
  const std::string_view module =
      std::string_view(login.module).substr(login.module.rfind('.') + 1);
  const auto option = [&](std::string_view name) -> std::string_view {
    const auto at = std::ranges::find(login.options, name, &JaasOption::name);
    return at == login.options.end() ? std::string_view() : std::string_view(at->value);
  };
  std::vector<Renamed> wanted;
  if (module == "PlainLoginModule" || module == "ScramLoginModule") {
    wanted = {{"username", "sasl.username"}, {"password", "sasl.password"}};
  } else if (module == "OAuthBearerLoginModule") {
    put(entry, "sasl.oauthbearer.method", "oidc");
    wanted = {{"clientId", "sasl.oauthbearer.client.id"},
              {"clientSecret", "sasl.oauthbearer.client.secret"},
              {"scope", "sasl.oauthbearer.scope"}};
  } else if (module == "Krb5LoginModule") {
    wanted = {{"principal", "sasl.kerberos.principal"},
              {"keyTab", "sasl.kerberos.keytab"},
              {"serviceName", "sasl.kerberos.service.name"}};
  } else {
    return fail(ErrorKind::kUsage, fmt::format("login module \"{}\" is not supported", module));
  }
  for (const Renamed& rename : wanted) {
    if (!option(rename.java).empty()) put(entry, rename.ours, option(rename.java));
  }
  return {};
}

Result<void> Translator::truststore(const IniEntry& entry) {
  TRY_ASSIGN(const StoreType type, store_type(entry.value));
  if (type == StoreType::kPem) {
    put(entry, "ssl.ca.location", entry.value);
    return {};
  }
  if (type == StoreType::kPkcs12) {
    const auto password = std::ranges::find(entries_, "ssl.truststore.password", &IniEntry::name);
    TRY_ASSIGN(const std::string bytes, read_file(entry.value));
    auto pem = certs::certificates_as_pem(
        bytes, password == entries_.end() ? std::string() : password->value);
    if (!pem) {
      const Error& error = pem.error();
      return fail(ErrorKind::kUsage, fmt::format("{}: {}", entry.value, error.message()));
    }
    put(entry, "ssl.ca.pem", *pem);
    return {};
  }
  return fail(ErrorKind::kUsage, fmt::format("{} is a Java keystore (JKS)", entry.value),
              fmt::format("keytool -list -rfc -keystore {} > ca.pem; then "
                          "ssl.truststore.location=ca.pem",
                          entry.value));
}

Result<void> Translator::keystore(const IniEntry& entry) {
  TRY_ASSIGN(const StoreType type, store_type(entry.value));
  if (type == StoreType::kPem) {
    put(entry, "ssl.certificate.location", entry.value);
    put(entry, "ssl.key.location", entry.value);
  } else if (type == StoreType::kPkcs12) {
    put(entry, "ssl.keystore.location", entry.value);
  } else {
    return fail(ErrorKind::kUsage, fmt::format("{} is a Java keystore (JKS)", entry.value),
                fmt::format("keytool -importkeystore -srckeystore {0} -destkeystore {0}.p12 "
                            "-deststoretype PKCS12; then ssl.keystore.location={0}.p12",
                            entry.value));
  }
  return {};
}

}  // namespace

bool has_java_names(const std::vector<IniEntry>& entries) {
  return std::ranges::any_of(entries, [](const IniEntry& entry) {
    return contains(kJavaOnly, entry.name) || contains(kDropped, entry.name);
  });
}

Result<std::vector<IniEntry>> translate_java(const std::vector<IniEntry>& entries,
                                             const std::string& path) {
  return Translator(entries, path).run();
}

}  // namespace kreel::cli
