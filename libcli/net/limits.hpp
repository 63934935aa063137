#pragma once

#include <cstddef>
#include <cstdint>

namespace kreel::net::limits {

/// Produce requests of one connection that are appended and wait for their sync.
inline constexpr std::size_t kUnansweredPerConnection = 64;
/// No further request is started while this much of earlier replies is not with the kernel yet.
inline constexpr std::size_t kQueuedReplyBytes = 1U << 20;
/// A peer that takes nothing of a waiting reply for this long is closed.
inline constexpr std::int64_t kStalledWriteMs = 60'000;
/// Who holds the overdraft of the request memory and sends nothing for this long is closed.
inline constexpr std::int64_t kStalledRequestMs = 10'000;
/// Who has not shown who he is after this long, by TLS and SASL together, is closed. Looked at once
/// a second, so nobody has more than ten seconds.
inline constexpr std::int64_t kAuthenticationMs = 9'000;
/// Connections of all listeners that have not shown it yet; over it the oldest goes.
inline constexpr std::size_t kHandshakesMax = 256;
/// Those of one address, once half of that is used; the loopback addresses have no such limit.
inline constexpr std::size_t kHandshakesPerAddress = 32;
/// Bytes of a file that are encrypted at once: one TLS record. Of more, the first have left the
/// fastest cache when their turn comes: 64 KiB cost an eighth more CPU per byte.
inline constexpr std::size_t kEncryptedFileBytes = std::size_t{16} << 10;
/// Bytes that one connection may write before the others of its thread have a turn.
inline constexpr std::size_t kWrittenPerTurnBytes = std::size_t{4} << 20;
/// Memory for request frames of all connections together; over it sockets are not read.
inline constexpr std::size_t kRequestMemoryBytes = std::size_t{256} << 20;
/// Connections above their address's quota that are left waiting before they are closed.
inline constexpr std::size_t kTurnedAway = 64;
/// Descriptors that connections leave to storage.
inline constexpr std::size_t kReservedDescriptors = 128;

}  // namespace kreel::net::limits
