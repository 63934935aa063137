// Any message: which one in the first byte, its version in the second, then its body.
#include "fuzz/message_check.hpp"
#include "unit/protocol/message_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kreel::protocol;
  if (size < 2) return 0;
  const int wanted = data[0];
  const auto version = static_cast<Version>(data[1]);
  int index = 0;
  for_each_message([&]<class Message>(const char*) {
    if (index++ != wanted || !Message::versions.contains(version)) return;
    check_message<Message>(kreel::fuzz_input(data + 2, size - 2), version);
  });
  return 0;
}
