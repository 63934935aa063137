#pragma once

#include <tl/expected.hpp>

#include "kreel/error.hpp"

namespace kreel {

/// A value, or the reason why there is none. Named here once so that std::expected can take over.
template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error(kind, std::move(message)));
}

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string hint) {
  return tl::unexpected<Error>(Error(kind, std::move(message), std::move(hint)));
}

}  // namespace kreel

/// TRY(expression): returns the error of a Result<void> from the calling function.
#define KREEL_TRY_NAME_(line) kreel_try_##line
#define KREEL_TRY_NAME(line) KREEL_TRY_NAME_(line)
#define TRY(expression)                                             \
  do {                                                              \
    if (auto kreel_try_result = (expression); !kreel_try_result) {  \
      return ::tl::unexpected(std::move(kreel_try_result).error()); \
    }                                                               \
  } while (false)

/// TRY_ASSIGN(auto name, expression): declares `name` with the value, or returns the error.
#define TRY_ASSIGN(declaration, expression)                               \
  auto KREEL_TRY_NAME(__LINE__) = (expression);                           \
  if (!KREEL_TRY_NAME(__LINE__)) {                                        \
    return ::tl::unexpected(std::move(KREEL_TRY_NAME(__LINE__)).error()); \
  }                                                                       \
  declaration = std::move(*KREEL_TRY_NAME(__LINE__))
