#include "broker/authorization/recent_decisions.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace kreel::broker {

void RecentDecisions::renew(std::uint64_t generation, std::shared_ptr<const security::AclSet> acls,
                            const ConnectionInfo& sender) {
  decisions_.clear();
  generation_ = generation;
  acls_ = std::move(acls);
  principal_ = sender.principal;
  host_ = sender.peer_host;
}

bool RecentDecisions::allows(const security::Authorizer& authorizer, const AclQuestion& question) {
  if (question.name.empty() || question.name.size() > kNameBytesMax) {
    return authorizer.allows(*acls_, question);
  }
  if (decisions_.empty()) decisions_.resize(kCount);
  const std::size_t hash = std::hash<std::string_view>()(question.name) +
                           static_cast<std::size_t>(question.operation) * 5 +
                           static_cast<std::size_t>(question.resource);
  Decision& known = decisions_[hash % kCount];
  if (known.operation != question.operation || known.resource != question.resource ||
      known.name != question.name) {
    known.allowed = authorizer.allows(*acls_, question);
    known.name = question.name;
    known.operation = question.operation;
    known.resource = question.resource;
  }
  return known.allowed;
}

}  // namespace kreel::broker
