#pragma once

#include <string>
#include <string_view>

#include "kreel/export.hpp"

namespace kreel {

/// What sort of thing went wrong. The numbers are the exit codes of the command line, so that a
/// failure deep in the library reaches the shell unchanged.
enum class ErrorKind : int {
  kFailed = 1,          ///< the operation failed, or failed in part
  kUsage = 2,           ///< wrong usage or configuration
  kUnreachable = 3,     ///< unreachable or timed out; worth a retry
  kAuthentication = 4,  ///< TLS or SASL failed
  kNotAuthorized = 5,   ///< an ACL says no
  kNotFound = 6,        ///< no such topic, group, partition or offset
  kRefused = 7,         ///< a safety check said no
  kBadInput = 8,        ///< input data is malformed
  kIo = 9,              ///< the local file system failed
  kConditionFalse = 10  ///< a condition that was asked for does not hold
};

/// A failure for outside reasons: one line that says what and why, and a hint where there is one.
/// What the program itself has done wrong is no Error but ends it (base/assert.hpp).
/// A value type without thread affinity.
class KREEL_API Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  Error(ErrorKind kind, std::string message, std::string hint)
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  /// What to do about it; empty when nothing useful can be said.
  const std::string& hint() const { return hint_; }

  /// The same error told from further out: "opening orders-0: <message>".
  Error with_context(std::string_view context) &&;
  Error with_hint(std::string hint) &&;

 private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
};

}  // namespace kreel
