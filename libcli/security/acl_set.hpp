#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kreel/acls.hpp"

namespace kreel::security {

/// An IP address in the one form that all of its spellings have; another text as it is.
std::string canonical_host(std::string_view host);

/// ACLs, indexed so that a decision costs about the same with ten as with ten thousand of them.
/// Immutable, so any thread may ask.
class AclSet {
 public:
  AclSet() = default;
  explicit AclSet(std::set<Acl> acls);
  AclSet(const AclSet&) = delete;
  AclSet& operator=(const AclSet&) = delete;

  const std::set<Acl>& all() const { return acls_; }

  struct Verdict {
    const Acl* denied = nullptr;
    const Acl* allowed = nullptr;
  };
  /// What the rules say, without super users and defaults. question.host is a canonical one.
  Verdict judge(const AclQuestion& question) const;

  /// Whether any rule, of whomever, is for the resource.
  bool applies_to(AclResource resource, std::string_view name) const;

  /// Whether there may be a resource of the kind with which `principal` may do the operation: one
  /// that no denial takes away whole. The name is not looked at, nor are implied operations.
  Verdict judge_any(const AclQuestion& question) const;

 private:
  struct Rule {
    const Acl* acl = nullptr;
    std::string_view host;  ///< canonical
  };
  using Rules = std::vector<Rule>;
  struct Prefix {
    std::string_view text;
    Rules rules;
    /// The next shorter prefix of which this one is a continuation; -1 for none.
    std::ptrdiff_t shorter = -1;
  };
  /// The rules of one principal, or of all, for one kind of resource.
  struct Section {
    std::unordered_map<std::string_view, Rules> literal;
    Rules wildcard;
    std::vector<Prefix> prefixed;  ///< sorted by text

    void add(const Rule& rule);
    void link_prefixes();
    /// Until `visit` returns false.
    template <class Visit>
    void for_each_of(std::string_view name, Visit visit) const;
    /// The same.
    template <class Visit>
    void for_each(Visit visit) const;
  };
  struct SectionKey {
    std::string_view principal;
    AclResource resource = AclResource::kAny;
    bool operator==(const SectionKey&) const = default;
  };
  struct HashKey {
    std::size_t operator()(const SectionKey& key) const {
      return std::hash<std::string_view>()(key.principal) * 31 +
             static_cast<std::size_t>(key.resource);
    }
  };

  const Section* section(std::string_view principal, AclResource resource) const;
  bool is_taken_away(const Acl& allowed, const AclQuestion& question) const;

  std::set<Acl> acls_;
  std::deque<std::string> hosts_;  ///< canonical forms that are not in an ACL
  std::unordered_map<SectionKey, Section, HashKey> sections_;
  /// Of all principals together, by resource: what applies_to() asks.
  std::unordered_map<AclResource, Section> by_resource_;
};

}  // namespace kreel::security
