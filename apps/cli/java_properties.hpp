#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

#include "cli/ini.hpp"

namespace kreel::cli {

// A Java .properties text: "=", ":" or a blank between name and value, # and ! comments, lines
// continued by a backslash, \t \n \uXXXX escapes. Never fails: every text is such a file.
std::vector<IniEntry> parse_java_properties(std::string_view text);

// Whether the entries use names that only Java clients have (sasl.jaas.config, ssl.truststore.*).
bool has_java_names(const std::vector<IniEntry>& entries);

// Java's client properties as librdkafka's: the JAAS line becomes sasl.username and sasl.password,
// PEM stores become locations, names that differ are renamed, those that steer the Java client
// alone are dropped. What neither knows is passed on, for the caller to warn of. kUsage, with the
// command that converts it, for a store that cannot be used (JKS).
Result<std::vector<IniEntry>> translate_java(const std::vector<IniEntry>& entries,
                                             const std::string& path);

}  // namespace kreel::cli
