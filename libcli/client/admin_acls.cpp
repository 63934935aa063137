#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/admin_impl.hpp"
#include "client/error_text.hpp"

// Access control lists (KIP-140, KIP-290).

namespace kreel::client {

using protocol::ErrorCode;

namespace {

/// Kafka's controller makes no change of more than 10,000 records.
constexpr std::size_t kAclsPerRequest = 1'000;

std::string resources_of(const Acl& acl) {
  if (acl.resource == AclResource::kCluster) return "the cluster";
  const std::string_view word = kind_words(acl.resource);
  if (acl.pattern == AclPattern::kPrefixed) {
    return fmt::format("{}s that begin with \"{}\"", word, escape_control(acl.name));
  }
  if (acl.name == kAclWildcard) return fmt::format("all {}s", word);
  return fmt::format("{} \"{}\"", word, escape_control(acl.name));
}

template <class Kind>
std::int8_t number_of(Kind kind) {
  return static_cast<std::int8_t>(kind);
}

ItemError acl_error(ErrorCode code, const std::string& what, const Subject& denied,
                    const std::optional<std::string>& text) {
  const auto number = static_cast<std::int16_t>(code);
  if (code == ErrorCode::SECURITY_DISABLED) {
    return {Error(ErrorKind::kFailed, "the broker has no authorizer, so there are no ACLs",
                  "kreel serve --acl; a broker of Apache Kafka needs authorizer.class.name"),
            number};
  }
  if (what.empty() || kind_of(code) == ErrorKind::kNotAuthorized) {
    return item_error(code, denied, text);
  }
  const std::string name(protocol::to_string(code));
  if (!text || text->empty()) return {Error(kind_of(code), what + ": " + name), number};
  return {Error(kind_of(code), fmt::format("{}: {} ({})", what, escape_control(*text), name)),
          number};
}

/// `entry` has the rule, and a part of the reply that lists by resource the resource.
template <class Entry>
Acl acl_of(std::int8_t resource, const std::string& name, std::int8_t pattern, const Entry& entry) {
  Acl acl;
  acl.resource = static_cast<AclResource>(resource);
  acl.name = name;
  acl.pattern = static_cast<AclPattern>(pattern);
  acl.principal = entry.principal;
  acl.host = entry.host;
  acl.operation = static_cast<AclOperation>(entry.operation);
  acl.permission = static_cast<AclPermission>(entry.permission_type);
  return acl;
}

template <class Asked>
Asked filter_of(const AclFilter& filter) {
  Asked asked;
  asked.resource_type_filter = number_of(filter.resource);
  asked.resource_name_filter = filter.name;
  asked.pattern_type_filter = number_of(filter.pattern);
  asked.principal_filter = filter.principal;
  asked.host_filter = filter.host;
  asked.operation = number_of(filter.operation);
  asked.permission_type = number_of(filter.permission);
  return asked;
}

protocol::CreateAclsRequest::AclCreation creation_of(const Acl& acl) {
  return {.resource_type = number_of(acl.resource),
          .resource_name = acl.name,
          .resource_pattern_type = number_of(acl.pattern),
          .principal = acl.principal,
          .host = acl.host,
          .operation = number_of(acl.operation),
          .permission_type = number_of(acl.permission)};
}

/// A request for every thousand of the items, which `add` puts into it one by one.
template <class Api, class Add>
std::vector<typename Scatter<Api>::Batch> portions(const std::vector<std::size_t>& items, Add add) {
  std::vector<typename Scatter<Api>::Batch> batches;
  for (const std::size_t item : items) {
    if (batches.empty() || batches.back().items.size() == kAclsPerRequest) batches.emplace_back();
    add(batches.back().request, item);
    batches.back().items.push_back(item);
  }
  return batches;
}

}  // namespace

Result<FoundAcls> ProtocolAdmin::list_acls(const AclFilter& filter) {
  const Deadline deadline = cluster_.new_deadline();
  const auto ask = [this, &filter](Connection& connection,
                                   const Deadline& limit) -> Result<FoundAcls> {
    TRY_ASSIGN(const auto reply, connection.call<protocol::DescribeAcls>(
                                     filter_of<protocol::DescribeAclsRequest>(filter), limit));
    FoundAcls found;
    if (reply->error_code != ErrorCode::NONE) {
      found.error =
          acl_error(reply->error_code, "", Subject::cluster("DESCRIBE").by(cluster_.user()),
                    reply->error_message);
      return found;
    }
    for (const auto& resource : reply->resources) {
      for (const auto& entry : resource.acls) {
        found.acls.push_back(
            acl_of(resource.resource_type, resource.resource_name, resource.pattern_type, entry));
      }
    }
    std::ranges::sort(found.acls);
    return found;
  };
  return cluster_.with_any(deadline, ask);
}

Result<std::vector<AclResult>> ProtocolAdmin::create_acls(std::span<const Acl> acls) {
  const Deadline deadline = cluster_.new_deadline();
  ControllerRouter router(cluster_);
  const Subject denied = Subject::cluster("ALTER").by(cluster_.user());
  using Call = Scatter<protocol::CreateAcls>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        return portions<protocol::CreateAcls>(items, [&](auto& request, std::size_t item) {
          request.creations.push_back(creation_of(acls[item]));
        });
      },
      [&](const protocol::CreateAclsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for (std::size_t i = 0; i < std::min(items.size(), response.results.size()); ++i) {
          const auto& result = response.results[i];
          if (result.error_code == ErrorCode::NONE) {
            outcome.done(items[i]);
          } else {
            outcome.failed(items[i],
                           acl_error(result.error_code, to_string(acls[items[i]]), denied,
                                     result.error_message),
                           moved_or_loading(result.error_code));
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(acls.size(), deadline));
  std::vector<AclResult> results;
  for (std::size_t i = 0; i < acls.size(); ++i) {
    results.push_back({acls[i], outcome.take_error(i)});
  }
  return results;
}

Result<std::vector<DeletedAcls>> ProtocolAdmin::delete_acls(std::span<const AclFilter> filters) {
  const Deadline deadline = cluster_.new_deadline();
  ControllerRouter router(cluster_);
  const Subject denied = Subject::cluster("ALTER").by(cluster_.user());
  using Call = Scatter<protocol::DeleteAcls>;
  using Filter = protocol::DeleteAclsRequest::DeleteAclsFilter;
  std::vector<DeletedAcls> deleted(filters.size());
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        return portions<protocol::DeleteAcls>(items, [&](auto& request, std::size_t item) {
          request.filters.push_back(filter_of<Filter>(filters[item]));
        });
      },
      [&](const protocol::DeleteAclsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for (std::size_t i = 0; i < std::min(items.size(), response.filter_results.size()); ++i) {
          const auto& result = response.filter_results[i];
          if (result.error_code != ErrorCode::NONE) {
            outcome.failed(items[i], acl_error(result.error_code, "", denied, result.error_message),
                           moved_or_loading(result.error_code));
            continue;
          }
          outcome.done(items[i]);
          for (const auto& match : result.matching_acls) {
            AclResult& gone = deleted[items[i]].acls.emplace_back();
            gone.acl = acl_of(match.resource_type, match.resource_name, match.pattern_type, match);
            if (match.error_code == ErrorCode::NONE) continue;
            gone.error =
                acl_error(match.error_code, to_string(gone.acl), denied, match.error_message);
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(filters.size(), deadline));
  for (std::size_t i = 0; i < filters.size(); ++i) deleted[i].error = outcome.take_error(i);
  return deleted;
}

}  // namespace kreel::client

namespace kreel {

std::string to_string(const Acl& acl) {
  return fmt::format("{} {} {} on {}{}", to_string(acl.permission), escape_control(acl.principal),
                     to_string(acl.operation), client::resources_of(acl),
                     acl.host == kAclWildcard ? "" : " from " + escape_control(acl.host));
}

}  // namespace kreel
