#include "catalog/config_docs.hpp"

#include <algorithm>
#include <array>

namespace kreel::catalog {
namespace {

struct Documentation {
  std::string_view name;
  std::string_view text;
};

constexpr std::string_view kWithoutMeaning =
    "A setting of Apache Kafka that is kept and told, and changes nothing on one node.";

// Of topics, and so of the broker settings that are their defaults, and of the broker alone.
constexpr std::array kDocumentation = std::to_array<Documentation>({
    {"advertised.listeners",
     "The addresses that clients are told to connect to, where they are not those of listeners."},
    {"allow.everyone.if.no.acl.found",
     "Whether everybody may use what no ACL speaks of; without it only super users may."},
    {"authorizer.class.name",
     "Makes the broker ask its ACLs; it is Apache Kafka's name of the standard authorizer."},
    {"auto.create.topics.enable",
     "Whether a topic is made when a client that allows it asks for one that is not there."},
    {"broker.id", "The number of this broker, as node.id."},
    {"broker.rack", "The rack that clients are told this broker is in."},
    {"cleanup.policy",
     "What becomes of old segments: delete removes them by age and size, compact keeps the newest "
     "record of each key, and both may be given."},
    {"compression.gzip.level", "The level of gzip where compression.type is gzip."},
    {"compression.lz4.level", "The level of lz4 where compression.type is lz4."},
    {"compression.type",
     "The codec in which records are kept; producer keeps what the producer has chosen."},
    {"compression.zstd.level", "The level of zstd where compression.type is zstd."},
    {"connection.failed.authentication.delay.ms",
     "How long the answer to a failed authentication is held back."},
    {"connections.max.idle.ms", "A connection that is idle for so long is closed."},
    {"connections.max.reauth.ms",
     "After so long a client of SASL has to authenticate again; 0 is never."},
    {"controller.listener.names", "Names of listeners that are a controller's, and not opened."},
    {"controller.quota.window.num", "How many samples the rate of changes of topics is made of."},
    {"controller.quota.window.size.seconds", "How long such a sample is."},
    {"delete.retention.ms",
     "How long compaction keeps the record that tells of a deleted key, and transaction markers."},
    {"delete.topic.enable", "Whether topics may be deleted."},
    {"fetch.max.bytes", "The most that one answer to a fetch holds, unless one batch is larger."},
    {"file.delete.delay.ms", "How long a removed segment stays on the disk."},
    {"flush.messages", "After how many records a log is synced, where serve --flush leaves it."},
    {"flush.ms", "After how long a log is synced, where serve --flush leaves it."},
    {"group.initial.rebalance.delay.ms",
     "How long the first members of an empty group wait for others; 0 is a few milliseconds."},
    {"group.max.session.timeout.ms", "The longest session timeout that a member may ask for."},
    {"group.max.size", "The most members that a group may have."},
    {"group.min.session.timeout.ms", "The shortest session timeout that a member may ask for."},
    {"index.interval.bytes", "How many bytes of a log lie between two entries of its index."},
    {"kreel.validate.records", "Whether each record within a batch is checked before it is kept."},
    {"listener.security.protocol.map",
     "The protocol of each named listener: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."},
    {"listeners", "The addresses that the broker listens on."},
    {"log.cleaner.backoff.ms", "How long the cleaner waits when there is nothing to compact."},
    {"log.cleaner.dedupe.buffer.size", "The memory for the keys of a compaction."},
    {"log.cleaner.enable", "Whether logs are compacted."},
    {"log.cleaner.io.max.bytes.per.second", "The most that compaction reads and writes together."},
    {"log.dir", "The data directory, where log.dirs is not set."},
    {"log.dirs", "The data directory."},
    {"log.flush.offset.checkpoint.interval.ms", "How often Kafka's checkpoint files are written."},
    {"log.retention.check.interval.ms", "How often old segments are looked for."},
    {"max.compaction.lag.ms", "A record is compacted after so long at the latest."},
    {"max.connections", "The most connections at a time."},
    {"max.incremental.fetch.session.cache.slots", "The most fetch sessions that are remembered."},
    {"max.message.bytes", "The largest batch of records that is taken, compressed as it is."},
    {"max.request.partition.size.limit",
     "The most partitions that one DescribeTopicPartitions tells."},
    {"message.timestamp.after.max.ms",
     "How far a record's timestamp may lie ahead of the broker's clock."},
    {"message.timestamp.before.max.ms",
     "How far a record's timestamp may lie behind the broker's clock."},
    {"message.timestamp.type",
     "Whether a record keeps its producer's timestamp, or has that of its arrival."},
    {"min.cleanable.dirty.ratio", "Compacted when so large a part of the log is not compacted."},
    {"min.compaction.lag.ms", "A record is not compacted away before it is so old."},
    {"min.insync.replicas", "How many replicas have to have a record with acks=all; here it is 1."},
    {"node.id", "The number of this broker."},
    {"num.partitions", "How many partitions a topic has when nobody says."},
    {"offset.metadata.max.bytes", "The most text that goes with a committed offset."},
    {"offsets.commit.timeout.ms", "How long a commit of offsets may take."},
    {"offsets.retention.check.interval.ms", "How often expired offsets are looked for."},
    {"offsets.retention.minutes",
     "How long the offsets of a group without members are kept after its last commit."},
    {"offsets.topic.num.partitions", "How many partitions __consumer_offsets is made with."},
    {"offsets.topic.segment.bytes", "The size of a segment of __consumer_offsets."},
    {"producer.id.expiration.ms",
     "How long a partition remembers a producer that has written nothing."},
    {"quota.window.num", "How many samples the rates of quotas are made of."},
    {"quota.window.size.seconds", "How long such a sample is."},
    {"retention.bytes",
     "The oldest segments go when a partition is larger than this; -1 is never."},
    {"retention.ms", "Segments go when their newest record is older than this; -1 is never."},
    {"sasl.enabled.mechanisms", "The mechanisms of SASL that clients may choose."},
    {"sasl.jaas.config", "Users and passwords of PLAIN, and users made for SCRAM."},
    {"sasl.oauthbearer.clock.skew.seconds", "How far the clock of who signs tokens may be off."},
    {"sasl.oauthbearer.expected.audience", "Tokens have to be made for one of these."},
    {"sasl.oauthbearer.expected.issuer", "Tokens have to be made by this one."},
    {"sasl.oauthbearer.jwks.endpoint.url", "The file of the keys that tokens are signed with."},
    {"sasl.oauthbearer.sub.claim.name", "The claim of a token that is the user's name."},
    {"sasl.server.max.receive.size", "The largest message of a SASL exchange."},
    {"segment.bytes", "A log goes on in a new segment when this one would be larger."},
    {"segment.index.bytes", "The largest index of a segment."},
    {"segment.ms", "A log goes on in a new segment when this one is so old."},
    {"socket.request.max.bytes", "The largest request that is read."},
    {"ssl.cipher.suites", "The cipher suites of TLS that are offered; empty is OpenSSL's choice."},
    {"ssl.client.auth", "Whether clients need a certificate: required, requested or none."},
    {"ssl.enabled.protocols", "The versions of TLS that are spoken."},
    {"ssl.key.password", "The password of the private key."},
    {"ssl.keystore.certificate.chain", "The broker's certificate and those above it, as PEM."},
    {"ssl.keystore.key", "The broker's private key, as PEM."},
    {"ssl.keystore.location", "The file of the broker's certificate and key."},
    {"ssl.keystore.password", "The password of that file."},
    {"ssl.keystore.type", "The form of that file: PEM or PKCS12."},
    {"ssl.principal.mapping.rules", "How the name of a certificate becomes that of a user."},
    {"ssl.truststore.certificates", "The authorities that clients' certificates are from, as PEM."},
    {"ssl.truststore.location", "The file of these authorities."},
    {"ssl.truststore.password", "The password of that file."},
    {"ssl.truststore.type", "The form of that file: PEM or PKCS12."},
    {"super.users", "Users who may do everything."},
    {"transaction.abort.timed.out.transaction.cleanup.interval.ms",
     "How often transactions that last too long are looked for."},
    {"transaction.max.timeout.ms", "The longest timeout that a transaction may ask for."},
    {"transaction.remove.expired.transaction.cleanup.interval.ms",
     "How often transactional ids that nobody uses are looked for."},
    {"transaction.state.log.num.partitions",
     "How many partitions __transaction_state is made with."},
    {"transaction.state.log.segment.bytes", "The size of a segment of __transaction_state."},
    {"transactional.id.expiration.ms", "How long a transactional id that nobody uses is kept."},
});
static_assert(std::ranges::is_sorted(kDocumentation, {}, &Documentation::name));

/// Empty when there is none.
std::string_view find_documentation(std::string_view name) {
  const auto* const found =
      std::ranges::lower_bound(kDocumentation, name, {}, &Documentation::name);
  return found == kDocumentation.end() || found->name != name ? std::string_view() : found->text;
}

}  // namespace

std::string_view documentation_of(const TopicConfig& config) {
  const std::string_view text = find_documentation(config.definition.name);
  return text.empty() ? kWithoutMeaning : text;
}

std::string_view documentation_of(const BrokerConfigEntry& config) {
  if (config.use == BrokerConfigUse::kGuard) {
    return "Keeps somebody out in Apache Kafka; since that cannot be done here, no start has it.";
  }
  if (config.use == BrokerConfigUse::kNoMeaning) return kWithoutMeaning;
  const std::string_view own = find_documentation(config.definition.name);
  if (!own.empty()) return own;
  for (const TopicConfig& topic : topic_configs()) {
    const auto synonyms = topic.broker_synonyms();
    if (std::ranges::find(synonyms, config.definition.name, &BrokerSynonym::name) !=
        synonyms.end()) {
      return documentation_of(topic);
    }
  }
  return kWithoutMeaning;
}

std::string_view documentation_of_group_config() {
  return "A setting of groups of the consumer, share and streams protocols, which are not served.";
}

}  // namespace kreel::catalog
