#include "server/data_directory.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"
#include "catalog/catalog.hpp"
#include "storage/names.hpp"

namespace kreel::server {

Result<void> prepare_data_directory(fs::FileSystem& fs, const std::string& directory) {
  if (auto made = fs::make_directories(fs, directory); !made) {
    // Whatever is missing, it is this machine's disk that has no place for the data.
    return fail(ErrorKind::kIo, made.error().message(), "--data-dir DIR names another place");
  }
  if (fs.exists(fs::join(directory, std::string(catalog::kCatalogFile)))) return {};
  TRY_ASSIGN(const auto names, fs.list(directory));
  const auto partition = std::ranges::find_if(names, [&](const std::string& name) {
    return storage::parse_partition_directory(name) && fs.is_directory(fs::join(directory, name));
  });
  if (partition == names.end()) return {};
  return fail(ErrorKind::kRefused,
              fmt::format("{} has partitions ({}) and no {}: kreel did not write them, or has lost "
                          "its list of topics",
                          directory, escape_control(*partition), catalog::kCatalogFile),
              "--data-dir DIR names another directory; `kreel segments dump` reads this one");
}

}  // namespace kreel::server
