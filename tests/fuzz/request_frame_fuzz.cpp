// A frame as it comes from a connection, without its size: header, then the body that it names.
#include "fuzz/message_check.hpp"
#include "protocol/all_messages.hpp"
#include "protocol/api.hpp"
#include "protocol/messages/request_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel::protocol;
  const kreel::ByteView frame = kreel::fuzz_input(data, size);
  if (frame.size() < 4) return 0;
  const auto key = kreel::load_big_endian<std::int16_t>(frame.data());
  const auto version = kreel::load_big_endian<std::int16_t>(frame.data() + 2);
  const auto index = api_table_index(key);
  if (!index || !api_table()[*index].serves(version)) return 0;
  WireReader in(frame);
  RequestHeader header;
  decode(header, request_header_version(static_cast<ApiKey>(key), version), in);
  if (in.failed()) return 0;
  FUZZ_CHECK(header.request_api_key == key && header.request_api_version == version);
  const kreel::ByteView body = frame.last(in.remaining());
#define KREEL_SERVED_API(Name, file) \
  if (key == Name::key) check_message<Name::Request>(body, version);
#include "protocol/apis.def"
#undef KREEL_SERVED_API
  return 0;
}
