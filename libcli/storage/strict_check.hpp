#pragma once

#include <string>

#include "base/result.hpp"
#include "fs/file_system.hpp"

namespace kreel::storage {

/// Reads every batch of every segment below `data_directory` and compares its CRC, on all cores.
/// Changes nothing. ErrorKind::kBadInput names the first damage as "orders[0]@41: …". The end of a
/// last segment may be torn unless the last stop `was_clean`: recovery judges that.
Result<void> check_strictly(fs::FileSystem& fs, const std::string& data_directory, bool was_clean);

}  // namespace kreel::storage
