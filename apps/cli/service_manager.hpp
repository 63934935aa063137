#pragma once

#include <string_view>

namespace kreel::cli {

// Tells systemd how the service is doing (sd_notify(3)); nothing without $NOTIFY_SOCKET. The
// protocol is one datagram: libsystemd would cost every kreel command its loading time.
void tell_service_manager(std::string_view state);

}  // namespace kreel::cli
