// Compressed records: the codec in the first byte, then its bytes. What unpacks stays below the
// bound, and packs and unpacks to the same again.
#include "fuzz/fuzz_input.hpp"
#include "protocol/compression.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  using namespace kreel::protocol;
  if (size == 0) return 0;
  constexpr std::size_t kMaxBytes = 1 << 20;
  const auto codec = static_cast<Compression>(data[0] % 5);
  const Result<Bytes> unpacked = decompress(codec, fuzz_input(data + 1, size - 1), kMaxBytes);
  if (!unpacked) return 0;
  FUZZ_CHECK(unpacked->size() <= kMaxBytes);
  if (unpacked->size() > 16'384) return 0;  // packing is the slow direction
  const Result<Bytes> again = decompress(codec, compress(codec, *unpacked), unpacked->size());
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(*again == *unpacked);
  return 0;
}
