// A plan or an export of offsets as it may come from anywhere: read, and as CSV written and read
// again.
#include "fuzz/fuzz_input.hpp"
#include "kreel/offset_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  const auto offsets = parse_offsets(as_text(fuzz_input(data, size)), "f");
  if (!offsets) {
    FUZZ_CHECK(offsets.error().kind() == ErrorKind::kBadInput);
    return 0;
  }
  const std::string csv = offsets_to_csv(offsets->given.offsets);
  const auto again = parse_offsets(csv, "f");
  if (csv.empty()) return 0;  // deletions alone
  FUZZ_CHECK(again.has_value());
  std::size_t next = 0;
  for (const GroupOffset& one : offsets->given.offsets) {
    if (!one.offset) continue;
    const GroupOffset& read = again->given.offsets.at(next++);
    FUZZ_CHECK(read.at == one.at && read.offset == one.offset);
    FUZZ_CHECK(read.group.empty() || read.group == one.group);
  }
  FUZZ_CHECK(next == again->given.offsets.size());
  return 0;
}
