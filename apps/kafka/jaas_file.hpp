#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kreel::kafka_tools {

// The logins of `context { Module required name="value"; … };` in a JAAS file, one text each as
// sasl.jaas.config has it; comments of both kinds are left out.
std::vector<std::string> jaas_logins(std::string_view text, std::string_view context);

// Of these the one for a mechanism, by the name of its module; else the first. Empty without any.
std::string login_for(const std::vector<std::string>& logins, std::string_view mechanism);

}  // namespace kreel::kafka_tools
