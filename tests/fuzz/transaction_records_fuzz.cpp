// Arbitrary records of __transaction_state: whatever is read as one is written and read as the
// same. Input: int16 key length, key, value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "coordinator/transaction/records.hpp"
#include "protocol/wire_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel;
  protocol::WireReader in(ByteView(reinterpret_cast<const std::byte*>(data), size));
  const auto key_length = static_cast<std::size_t>(in.read_int<std::uint16_t>());
  const ByteView key = in.read_view(std::min(key_length, in.remaining()));
  const ByteView value = in.read_view(in.remaining());
  const auto read = coordinator::read_transaction_record(key, value);
  if (!read || !read->value) return 0;
  const coordinator::Record record =
      coordinator::transaction_record(read->transactional_id, *read->value);
  const auto again =
      coordinator::read_transaction_record(ByteView(record.key), ByteView(*record.value));
  coordinator::Transaction expected = *read->value;
  // An empty transaction has no partitions, whatever its record says.
  if (expected.state == coordinator::TransactionState::kEmpty) expected.partitions.clear();
  if (!again || again->transactional_id != read->transactional_id || again->value != expected) {
    std::abort();
  }
  return 0;
}
