#pragma once

#include <string>
#include <vector>

#include <kreel/result.hpp>

namespace kreel::cli {

struct NewFile {
  std::string name;
  std::string content;
  bool is_secret = false;  // mode 0600 from before its first byte; others 0644
};

// Makes all of the files in `directory`, durably, or none. The directory is made, for its owner
// alone, when it is not there. kRefused "refusing to overwrite F" when one of them is there; with
// `force` it is kept by back_up() (new_file.hpp). kIo otherwise.
Result<void> write_file_set(const std::string& directory, const std::vector<NewFile>& files,
                            bool force);

bool is_for_owner_alone(const std::string& directory);

}  // namespace kreel::cli
