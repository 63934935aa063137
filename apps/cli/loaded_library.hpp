#pragma once

#include <string>

#include <kreel/result.hpp>

namespace kreel::cli {

/// A shared library that is loaded when it is first needed, since linked it would cost every
/// command a part of its start. Kept until the process ends.
class LoadedLibrary {
 public:
  /// kFailed where the system lacks `name`: "PURPOSE: … cannot open shared object file", with
  /// `package`, Debian's, in the hint.
  static Result<LoadedLibrary> open(const std::string& name, const std::string& purpose,
                                    const std::string& package);

  /// Null pointers stay null: ask complete() once all are looked up.
  template <class Pointer>
  void look_up(const char* symbol, Pointer& pointer) {
    pointer = reinterpret_cast<Pointer>(address_of(symbol));
  }
  /// kFailed when a symbol was not there.
  Result<void> complete() const;

 private:
  LoadedLibrary(void* handle, std::string purpose, std::string package)
      : handle_(handle), purpose_(std::move(purpose)), package_(std::move(package)) {}
  void* address_of(const char* symbol);

  void* handle_;
  std::string purpose_;
  std::string package_;
  std::string missing_;  ///< the loader's words for the first symbol that was not there
};

}  // namespace kreel::cli
