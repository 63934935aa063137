#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/connection.hpp"
#include "security/authorizer.hpp"

namespace kreel::broker {

/// What the ACLs have said lately to one connection, whose requests are mostly about the same
/// resources: they are asked once for each, until they change. On the connection's io thread.
class RecentDecisions {
 public:
  /// `generation` is of the ACLs there are, and 0 is none of them.
  bool are_of(std::uint64_t generation, const ConnectionInfo& sender) const {
    return generation == generation_ && sender.principal == principal_ && sender.peer_host == host_;
  }
  /// Forgets all that was decided.
  void renew(std::uint64_t generation, std::shared_ptr<const security::AclSet> acls,
             const ConnectionInfo& sender);

  const std::shared_ptr<const security::AclSet>& acls() const { return acls_; }

  /// As Authorizer::allows(), for who was given to renew().
  bool allows(const security::Authorizer& authorizer, const AclQuestion& question);

 private:
  struct Decision {
    std::string name;  ///< empty: there is none
    AclOperation operation = AclOperation::kAny;
    AclResource resource = AclResource::kAny;
    bool allowed = false;
  };
  static constexpr std::size_t kCount = 16;
  /// Longer names are asked for each time: only strangers have such.
  static constexpr std::size_t kNameBytesMax = 255;

  std::uint64_t generation_ = 0;
  std::shared_ptr<const security::AclSet> acls_;
  std::string principal_;
  std::string host_;
  /// By a hash of the question, the newest one wins. Empty until the first one.
  std::vector<Decision> decisions_;
};

}  // namespace kreel::broker
