#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/codec.hpp"
#include "protocol/messages/request_header.hpp"

namespace kreel::client {

/// The correlation id and the body of one reply frame, without its size.
struct ReplyFrame {
  std::int32_t correlation_id = 0;
  Bytes bytes;
};

/// A whole request frame with its size in front. ErrorKind::kFailed when `version` cannot carry
/// what `request` holds.
template <class Api>
Result<Bytes> encode_request(const typename Api::Request& request, protocol::Version version,
                             std::int32_t correlation_id, const std::string& client_id) {
  protocol::RequestHeader header;
  header.request_api_key = Api::key;
  header.request_api_version = version;
  header.correlation_id = correlation_id;
  header.client_id = client_id;
  const bool flexible = Api::Request::versions.flexible(version);
  protocol::WireWriter out;
  out.write_int<std::int32_t>(0);
  protocol::encode(header, static_cast<protocol::Version>(flexible ? 2 : 1), out);
  protocol::encode(request, version, out);
  if (out.failed()) return fail(ErrorKind::kFailed, out.error());
  out.patch_int32(0, static_cast<std::int32_t>(out.size_bytes() - sizeof(std::int32_t)));
  return std::move(out.take().bytes);
}

/// The body of a reply; false when it is malformed. ApiVersions replies never have a flexible
/// header, so that old clients can read them (KIP-511).
template <class Api>
bool decode_reply(const Bytes& frame, protocol::Version version, typename Api::Response& response) {
  constexpr std::int16_t kApiVersionsKey = 18;
  const bool flexible = Api::key != kApiVersionsKey && Api::Response::versions.flexible(version);
  protocol::WireReader in(frame);
  protocol::ResponseHeader header;
  protocol::decode(header, static_cast<protocol::Version>(flexible ? 1 : 0), in);
  protocol::decode(response, version, in);
  return !in.failed();
}

}  // namespace kreel::client
