#include "cli/open_transactions.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::cli {

Result<std::vector<OpenTransaction>> open_transactions(AdminClient& admin,
                                                       std::span<const TopicPartition> partitions,
                                                       std::vector<Error>& errors) {
  TRY_ASSIGN(const auto described, admin.describe_producers(partitions));
  std::vector<OpenTransaction> open;
  for (const PartitionProducers& partition : described) {
    if (partition.error) errors.push_back(partition.error->error);
    for (const ProducerInfo& producer : partition.producers) {
      if (producer.open_from) open.push_back({partition.at, producer, std::nullopt});
    }
  }
  return open;
}

Result<void> find_owners(AdminClient& admin, std::vector<OpenTransaction>& open) {
  std::set<std::int64_t> producers;
  for (const OpenTransaction& one : open) producers.insert(one.producer.producer_id);
  if (producers.empty()) return {};
  TRY_ASSIGN(const auto listed,
             admin.list_transactions({.producer_ids = {producers.begin(), producers.end()}}));
  if (!listed.errors.empty()) {
    return fail(Error(listed.errors.front()).with_context("not all coordinators have answered"));
  }
  std::vector<std::string> ids;
  for (const TransactionListing& one : listed.transactions) ids.push_back(one.transactional_id);
  if (ids.empty()) return {};
  TRY_ASSIGN(const auto described, admin.describe_transactions(ids));
  for (const TransactionDescription& transaction : described) {
    // Its id may have expired since it was listed.
    if (transaction.error && transaction.error->error.kind() == ErrorKind::kNotFound) continue;
    if (transaction.error) return fail(transaction.error->error);
    for (OpenTransaction& one : open) {
      if (one.producer.producer_id == transaction.producer_id &&
          std::ranges::binary_search(transaction.partitions, one.at)) {
        one.owner = transaction.transactional_id;
      }
    }
  }
  return {};
}

Result<std::vector<std::string>> wanted_transactional_ids(AdminClient& admin,
                                                          std::span<const std::string> names,
                                                          AclOperation purpose) {
  TRY_ASSIGN(const auto listed, admin.list_transactions({}));
  std::vector<std::string> existing;
  for (const TransactionListing& one : listed.transactions) {
    existing.push_back(one.transactional_id);
  }
  if (names.empty()) return existing;
  const std::vector<std::string> wanted = expand_patterns(names, existing);
  if (wanted.empty()) {
    return fail(ErrorKind::kNotFound,
                fmt::format("no transactional id matches \"{}\"", escape_control(names.front())));
  }
  for (const std::string& name : wanted) {
    // A broker that could not be asked may know it.
    if (!listed.errors.empty() || std::ranges::find(existing, name) != existing.end()) continue;
    // A list leaves out what its reader may not see.
    TRY_ASSIGN(const auto described, admin.describe_transactions(std::span(&name, 1)));
    if (!described.empty() && described.front().error &&
        described.front().error->error.kind() == ErrorKind::kNotAuthorized) {
      return fail(denied_for(purpose, AclResource::kTransactionalId, name, admin,
                             described.front().error->error));
    }
    const auto near = nearest(name, existing);
    return fail(ErrorKind::kNotFound,
                fmt::format("transactional id \"{}\" not found", escape_control(name)),
                near ? fmt::format("did you mean \"{}\"?", *near) : std::string());
  }
  return wanted;
}

}  // namespace kreel::cli
