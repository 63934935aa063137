#include "cli/loaded_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace kreel::cli {
namespace {

tl::unexpected<Error> not_loadable(const std::string& purpose, const std::string& why,
                                   const std::string& package) {
  return fail(ErrorKind::kFailed, fmt::format("{}: {}", purpose, why),
              fmt::format("it needs {0}: apt install {0}", package));
}

}  // namespace

Result<LoadedLibrary> LoadedLibrary::open(const std::string& name, const std::string& purpose,
                                          const std::string& package) {
  void* handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return not_loadable(purpose, ::dlerror(), package);
  return LoadedLibrary(handle, purpose, package);
}

void* LoadedLibrary::address_of(const char* symbol) {
  void* address = ::dlsym(handle_, symbol);
  if (address == nullptr && missing_.empty()) missing_ = ::dlerror();
  return address;
}

Result<void> LoadedLibrary::complete() const {
  if (missing_.empty()) return {};
  return not_loadable(purpose_, missing_, package_);
}

}  // namespace kreel::cli
