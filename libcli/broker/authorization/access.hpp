#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "broker/authorization/access_rules.hpp"
#include "broker/authorization/recent_decisions.hpp"
#include "broker/connection.hpp"
#include "security/authorizer.hpp"

namespace kreel::broker {

/// What the sender of one request may do, by the ACLs of the moment at which it came in.
class Access {
 public:
  /// Everything: there is no authorizer.
  Access() = default;
  /// All outlive it; `recent` are the sender's.
  Access(const security::Authorizer& authorizer, RecentDecisions& recent,
         const ConnectionInfo& sender)
      : authorizer_(&authorizer),
        acls_(recent.acls()),
        principal_(sender.principal),
        host_(sender.peer_host),
        recent_(&recent) {}

  bool is_unlimited() const { return authorizer_ == nullptr; }

  /// A denial that the sender notices is told in the log.
  bool may(const AccessRule& rule, std::string_view name) const {
    return is_unlimited() || is_allowed(rule, name);
  }
  /// For rules about the cluster.
  bool may(const AccessRule& rule) const { return may(rule, kAclCluster); }
  /// For rules that any resource fulfils.
  bool may_with_any(const AccessRule& rule) const;

  /// Bit n stands for the operation of Kafka's number n.
  std::int32_t operations(AclResource resource, std::string_view name = kAclCluster) const;

  /// One that does not need the connection.
  Access kept() const;

 private:
  bool is_allowed(const AccessRule& rule, std::string_view name) const;
  bool judge(const AclQuestion& question) const;
  void tell(const AccessRule& rule, std::string_view name) const;

  const security::Authorizer* authorizer_ = nullptr;
  std::shared_ptr<const security::AclSet> acls_;
  std::string_view principal_;
  std::string_view host_;
  RecentDecisions* recent_ = nullptr;
  /// Where principal and host are, once it is kept.
  std::shared_ptr<const std::pair<std::string, std::string>> sender_;
};

}  // namespace kreel::broker
