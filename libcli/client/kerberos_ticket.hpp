#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "client/deadline.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

/// What librdkafka is told where the user names no sasl.kerberos.kinit.cmd: its own one with a
/// keytab, without the complaint of a ticket that cannot be renewed; none without, since the ticket
/// is there.
std::pair<std::string_view, std::string> kinit_setting(const ClientConfig& config);

/// The command that gets a ticket, with its %{properties} filled in as librdkafka fills them in;
/// nullopt where none is to run.
Result<std::optional<std::string>> kinit_command(const ClientConfig& config);

/// Runs that command, unless it has run within sasl.kerberos.min.time.before.relogin.
/// kAuthentication with what it printed last; kUnreachable when it is not done by the deadline, and
/// is killed then.
Result<void> get_ticket(const ClientConfig& config, const Deadline& deadline);

}  // namespace kreel::client
