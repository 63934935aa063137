#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kreel::security {

/// Who a client with a certificate is: Kafka's ssl.principal.mapping.rules. Immutable, so any
/// thread may use it.
class PrincipalRules {
 public:
  /// "DEFAULT" and "RULE:pattern/replacement/[LU]", separated by commas. kUsage names what is
  /// neither, a pattern that RE2 does not know (Java's look-around and back references), and a
  /// replacement that names a group which cannot be.
  static Result<PrincipalRules> parse(std::string_view text);

  PrincipalRules(PrincipalRules&&) noexcept;
  PrincipalRules& operator=(PrincipalRules&&) noexcept;
  ~PrincipalRules();

  /// The name that the first rule which fits makes of "CN=app,O=example". kAuthentication when none
  /// does, or when it leaves nothing.
  Result<std::string> name_of(const std::string& distinguished_name) const;

 private:
  struct Rule;
  PrincipalRules();

  std::vector<Rule> rules_;
};

}  // namespace kreel::security
