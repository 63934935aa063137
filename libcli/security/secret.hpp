#pragma once

#include <openssl/crypto.h>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace kreel::security {

/// A password or a private key as text: printed it is ***, and its memory is wiped. A value type.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    Secret copy(other);
    text_.swap(copy.text_);
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  /// For the one who needs it: never for a log, an error or an answer.
  const std::string& reveal() const { return text_; }
  /// Takes the same time wherever they differ.
  bool equals(std::string_view other) const {
    return text_.size() == other.size() &&
           ::CRYPTO_memcmp(text_.data(), other.data(), text_.size()) == 0;
  }

 private:
  void wipe() { ::OPENSSL_cleanse(text_.data(), text_.size()); }

  std::string text_;
};

}  // namespace kreel::security

template <>
struct fmt::formatter<kreel::security::Secret> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const kreel::security::Secret&, Context& context) const {
    return fmt::formatter<std::string_view>::format("***", context);
  }
};
