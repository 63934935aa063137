#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/api_names.hpp"
#include "client/frame.hpp"
#include "client/transport.hpp"

namespace kreel::client {

/// A request that is under way on one Connection.
template <class Api>
struct Pending {
  std::int32_t correlation_id = 0;
  protocol::Version version = 0;
};

/// A request frame that waits to be sent.
struct EncodedRequest {
  Bytes frame;
  std::int32_t correlation_id = 0;
  protocol::Version version = 0;
};

/// A decoded reply, with the frame that its records alias.
template <class Api>
struct Reply {
  std::unique_ptr<Bytes> frame;
  typename Api::Response body;

  const typename Api::Response* operator->() const { return &body; }
};

/// One connection to one broker. Several requests may be under way; replies come in the order of
/// the requests. Any failure to send or receive makes it unusable. One thread at a time.
class Connection {
 public:
  static constexpr std::size_t kReplyBytesMax = 100U << 20;

  /// Connects and learns the broker's versions.
  static Result<std::unique_ptr<Connection>> open(Connector& connector, Endpoint endpoint,
                                                  std::string client_id, const Deadline& deadline);

  /// A broker that hangs up on the first request is asked whether it wants a login, over another
  /// connection of `connector`, which outlives this one.
  void explain_hang_ups_by(Connector& connector) { connector_ = &connector; }

  const Endpoint& endpoint() const { return endpoint_; }
  bool usable() const { return usable_ && !(login_until_ && login_until_->passed()); }
  std::size_t api_count() const { return versions_.size(); }

  template <class Api>
  bool supports() const {
    return common_version(Api::key, Api::Request::versions.min, ApiFacts<Api>::max).has_value();
  }

  /// Whether the broker has an API that kreel itself does not call.
  bool has_api(std::int16_t key) const { return versions_.contains(key); }

  /// The newest version that both sides speak, at most `limit`. ErrorKind::kFailed: "the broker
  /// does not support …".
  template <class Api>
  Result<protocol::Version> version(protocol::Version limit = ApiFacts<Api>::max) const {
    const auto common = common_version(Api::key, Api::Request::versions.min, limit);
    if (common) return *common;
    return fail(lacks_api(Api::key, ApiFacts<Api>::name, ApiFacts<Api>::since_kafka));
  }

  /// ErrorKind::kFailed when `version` cannot carry what `request` holds.
  template <class Api>
  Result<EncodedRequest> encode(const typename Api::Request& request, protocol::Version version) {
    EncodedRequest encoded{{}, ++last_correlation_id_, version};
    TRY_ASSIGN(encoded.frame,
               encode_request<Api>(request, version, encoded.correlation_id, client_id_));
    return encoded;
  }
  Result<void> send(const EncodedRequest& request, const Deadline& deadline);

  template <class Api>
  Result<Pending<Api>> send(const typename Api::Request& request, protocol::Version version,
                            const Deadline& deadline) {
    TRY_ASSIGN(const EncodedRequest encoded, encode<Api>(request, version));
    TRY(send(encoded, deadline));
    return Pending<Api>{encoded.correlation_id, version};
  }

  /// Replies to earlier requests that nobody received are dropped.
  template <class Api>
  Result<Reply<Api>> receive(Pending<Api> pending, const Deadline& deadline) {
    TRY_ASSIGN(auto frame, receive_frame(pending.correlation_id, deadline));
    Reply<Api> reply{std::move(frame), {}};
    if (!decode_reply<Api>(*reply.frame, pending.version, reply.body)) {
      return malformed_reply(ApiFacts<Api>::name);
    }
    served_ = true;
    return reply;
  }

  template <class Api>
  Result<Reply<Api>> call(const typename Api::Request& request, const Deadline& deadline) {
    TRY_ASSIGN(const protocol::Version chosen, version<Api>());
    TRY_ASSIGN(const Pending<Api> pending, send<Api>(request, chosen, deadline));
    return receive(pending, deadline);
  }

 private:
  struct VersionRange {
    protocol::Version min = 0;
    protocol::Version max = 0;
  };

  Connection(std::unique_ptr<Transport> transport, Endpoint endpoint, std::string client_id)
      : transport_(std::move(transport)),
        endpoint_(std::move(endpoint)),
        client_id_(std::move(client_id)) {}

  Result<void> log_in_by(Connector& connector, const Deadline& deadline);
  Result<void> learn_versions(Connector& connector, const Deadline& deadline);
  Result<protocol::ApiVersionsResponse> ask_versions(protocol::Version version,
                                                     Connector& connector,
                                                     const Deadline& deadline);
  /// Returns when the first answer begins; when none does for a while and something else than Kafka
  /// listens there, with its name.
  Result<void> expect_kafka(Connector& connector, const Deadline& deadline);
  std::optional<protocol::Version> common_version(std::int16_t key, protocol::Version min,
                                                  protocol::Version max) const;
  Error lacks_api(std::int16_t key, std::string_view name, std::string_view since_kafka) const;
  tl::unexpected<Error> malformed_reply(std::string_view api);

  Result<std::unique_ptr<Bytes>> receive_frame(std::int32_t correlation_id,
                                               const Deadline& deadline);
  Result<Bytes> receive_any_frame(const Deadline& deadline);
  Result<void> receive_exactly(MutableByteView into, const Deadline& deadline);
  /// Of one that closed the connection.
  Error hang_up_error(const Deadline& deadline);
  tl::unexpected<Error> broken(Error error);

  std::unique_ptr<Transport> transport_;
  Endpoint endpoint_;
  std::string client_id_;
  Connector* connector_ = nullptr;
  std::map<std::int16_t, VersionRange> versions_;
  std::int32_t last_correlation_id_ = 0;
  std::optional<Deadline> login_until_;  ///< none: as long as it is open
  bool usable_ = true;
  bool heard_ = false;    ///< a whole frame of Kafka's has come in
  bool served_ = false;   ///< it has answered more than which versions it has
  bool hung_up_ = false;  ///< the stream ended before that
};

}  // namespace kreel::client
