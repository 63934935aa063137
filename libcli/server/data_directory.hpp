#pragma once

#include <string>

#include "base/result.hpp"
#include "fs/file_system.hpp"

namespace kreel::server {

/// Makes the directory where it is missing. kRefused for one that has partitions and no catalog,
/// such as Apache Kafka's: nobody could say what topics they are of, and topics of their names
/// would push them aside. What is refused is not changed.
Result<void> prepare_data_directory(fs::FileSystem& fs, const std::string& directory);

}  // namespace kreel::server
