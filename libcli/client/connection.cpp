#include "client/connection.hpp"

#include <algorithm>
#include <array>

#include "client/sasl_login.hpp"
#include "client/stranger.hpp"

namespace kreel::client {
namespace {

/// A broker that takes longer than this for its first answer may be something else.
constexpr std::int64_t kSilenceMs = 1'500;

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(Connector& connector, Endpoint endpoint,
                                                     std::string client_id,
                                                     const Deadline& deadline) {
  TRY_ASSIGN(auto transport, connector.connect(endpoint, deadline));
  std::unique_ptr<Connection> connection(
      new Connection(std::move(transport), std::move(endpoint), std::move(client_id)));
  auto learned = connection->learn_versions(connector, deadline);
  if (learned) {
    TRY(connection->log_in_by(connector, deadline));
    return connection;
  }
  if (connection->hung_up_ && !deadline.passed()) {
    connection->transport_.reset();
    auto stranger = ask_stranger(connector, connection->endpoint_, deadline, nullptr);
    if (stranger) return fail(std::move(*stranger));
  }
  return fail(std::move(learned).error());
}

Result<void> Connection::log_in_by(Connector& connector, const Deadline& deadline) {
  TRY_ASSIGN(const auto login, connector.new_login(endpoint_));
  if (!login) return {};
  TRY_ASSIGN(const std::int64_t lifetime_ms, log_in(*this, *login, deadline));
  // Another connection is opened in its place, before the broker would close this one.
  if (lifetime_ms > 0) login_until_ = Deadline::in_ms(lifetime_ms - lifetime_ms / 8);
  return {};
}

Result<void> Connection::expect_kafka(Connector& connector, const Deadline& deadline) {
  const std::int64_t patience_ms = std::min(kSilenceMs, deadline.remaining_ms() / 2);
  if (transport_->readable(deadline.at_most_ms(patience_ms))) return {};
  auto stranger = ask_stranger(connector, endpoint_, deadline, transport_.get());
  if (stranger) return broken(std::move(*stranger));
  return {};
}

Result<protocol::ApiVersionsResponse> Connection::ask_versions(protocol::Version version,
                                                               Connector& connector,
                                                               const Deadline& deadline) {
  protocol::ApiVersionsRequest request;
  if (version >= 3) {
    request.client_software_name = "kreel";
    request.client_software_version = KREEL_VERSION;
  }
  TRY_ASSIGN(const auto pending, send<protocol::ApiVersions>(request, version, deadline));
  if (!heard_) TRY(expect_kafka(connector, deadline));
  TRY_ASSIGN(const auto frame, receive_frame(pending.correlation_id, deadline));
  // A broker that does not know the version answers error 35 in version 0, whatever was asked.
  const bool refused =
      frame->size() >= 6 && load_big_endian<std::int16_t>(frame->data() + 4) ==
                                static_cast<std::int16_t>(protocol::ErrorCode::UNSUPPORTED_VERSION);
  protocol::ApiVersionsResponse response;
  if (!decode_reply<protocol::ApiVersions>(*frame, refused ? protocol::Version{0} : version,
                                           response)) {
    return malformed_reply("ApiVersions");
  }
  return response;
}

Result<void> Connection::learn_versions(Connector& connector, const Deadline& deadline) {
  protocol::Version asked = ApiFacts<protocol::ApiVersions>::max;
  TRY_ASSIGN(auto response, ask_versions(asked, connector, deadline));
  if (response.error_code != protocol::ErrorCode::NONE) {
    protocol::Version fallback = 0;
    for (const auto& range : response.api_keys) {
      if (range.api_key == protocol::ApiVersions::key && range.max_version < asked) {
        fallback = std::max<protocol::Version>(0, range.max_version);
      }
    }
    TRY_ASSIGN(response, ask_versions(fallback, connector, deadline));
  }
  if (response.error_code != protocol::ErrorCode::NONE) {
    return fail(ErrorKind::kFailed, fmt::format("{} refuses ApiVersions: {}", endpoint_.to_string(),
                                                protocol::to_string(response.error_code)));
  }
  for (const auto& range : response.api_keys) {
    versions_[range.api_key] = {range.min_version, range.max_version};
  }
  return {};
}

std::optional<protocol::Version> Connection::common_version(std::int16_t key, protocol::Version min,
                                                            protocol::Version max) const {
  const auto found = versions_.find(key);
  if (found == versions_.end()) return std::nullopt;
  const protocol::Version newest = std::min(max, found->second.max);
  if (newest < min || newest < found->second.min) return std::nullopt;
  return newest;
}

Error Connection::lacks_api(std::int16_t key, std::string_view name,
                            std::string_view since_kafka) const {
  const auto found = versions_.find(key);
  if (found == versions_.end()) {
    return Error(
        ErrorKind::kFailed,
        fmt::format("the broker does not support {} (Kafka {} and later do)", name, since_kafka));
  }
  return Error(ErrorKind::kFailed,
               fmt::format("{} speaks {} in versions {} to {} only, none of which kreel does",
                           endpoint_.to_string(), name, found->second.min, found->second.max));
}

tl::unexpected<Error> Connection::malformed_reply(std::string_view api) {
  return broken(Error(ErrorKind::kFailed,
                      fmt::format("{} sent a malformed {} reply", endpoint_.to_string(), api)));
}

tl::unexpected<Error> Connection::broken(Error error) {
  usable_ = false;
  return fail(std::move(error));
}

Result<void> Connection::send(const EncodedRequest& request, const Deadline& deadline) {
  auto sent = transport_->send(request.frame, deadline);
  if (!sent) return broken(std::move(sent).error().with_context(endpoint_.to_string()));
  return {};
}

Error Connection::hang_up_error(const Deadline& deadline) {
  Error error(ErrorKind::kUnreachable,
              fmt::format("{} closed the connection", endpoint_.to_string()));
  if (!heard_) {
    return std::move(error).with_hint(
        transport_->has_tls()
            ? "is it a Kafka listener, and is it SSL? a SASL_SSL one hangs up like this"
            : "is it a Kafka listener, and is it PLAINTEXT? a TLS or SASL one hangs up like this");
  }
  if (served_ || connector_ == nullptr) return error;
  auto asked = asks_for_sasl(*connector_, endpoint_, client_id_, deadline);
  return asked ? std::move(*asked) : error;
}

Result<void> Connection::receive_exactly(MutableByteView into, const Deadline& deadline) {
  while (!into.empty()) {
    auto got = transport_->receive(into, deadline);
    const bool silent = got ? *got == 0 : got.error().kind() == ErrorKind::kUnreachable;
    if (!heard_ && silent) hung_up_ = true;
    if (!got) return broken(std::move(got).error().with_context(endpoint_.to_string()));
    if (*got == 0) return broken(hang_up_error(deadline));
    into = into.subspan(*got);
  }
  return {};
}

Result<Bytes> Connection::receive_any_frame(const Deadline& deadline) {
  std::array<std::byte, 4> start{};
  TRY(receive_exactly(start, deadline));
  const auto size_bytes = load_big_endian<std::int32_t>(start.data());
  if (size_bytes < 4 || static_cast<std::size_t>(size_bytes) > kReplyBytesMax) {
    if (auto stranger = recognize_stranger(start, endpoint_)) return broken(std::move(*stranger));
    return broken(Error(ErrorKind::kUnreachable,
                        fmt::format("{} does not speak Kafka's protocol", endpoint_.to_string())));
  }
  // Memory grows with what has arrived, not with what was announced.
  Bytes frame;
  constexpr std::size_t kStepBytes = 1U << 20;
  const auto total = static_cast<std::size_t>(size_bytes);
  while (frame.size() < total) {
    const std::size_t have = frame.size();
    frame.resize(have + std::min(kStepBytes, total - have));
    TRY(receive_exactly(MutableByteView(frame).subspan(have), deadline));
  }
  heard_ = true;
  return frame;
}

Result<std::unique_ptr<Bytes>> Connection::receive_frame(std::int32_t correlation_id,
                                                         const Deadline& deadline) {
  while (true) {
    TRY_ASSIGN(Bytes frame, receive_any_frame(deadline));
    const auto answered = load_big_endian<std::int32_t>(frame.data());
    if (answered == correlation_id) return std::make_unique<Bytes>(std::move(frame));
    if (answered > correlation_id || answered <= 0) {
      return broken(Error(ErrorKind::kFailed,
                          fmt::format("{} answered a request that was not sent ({} instead of {})",
                                      endpoint_.to_string(), answered, correlation_id)));
    }
  }
}

}  // namespace kreel::client
