#include "broker/dispatch.hpp"

#include <array>
#include <new>

#include <fmt/core.h>

#include "base/log.hpp"
#include "broker/authorization/authorize.hpp"
#include "broker/broker.hpp"
#include "broker/call.hpp"
#include "broker/error_replies.hpp"
#include "broker/faults.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/io_thread.hpp"
#include "broker/request_charge.hpp"
#include "broker/request_context.hpp"
#include "broker/sasl_exchange.hpp"
#include "protocol/api.hpp"
#include "protocol/messages/request_header.hpp"

namespace kreel::broker {
namespace {

using protocol::WireReader;

using Decode = bool (*)(WireReader& in, ReplyTicket&& ticket, RequestContext& context);

template <class Api>
bool decode_and_handle(WireReader& in, ReplyTicket&& ticket, RequestContext& context) {
  typename Api::Request request;
  try {
    protocol::decode(request, context.version, in);
  } catch (const std::bad_alloc&) {
    in.fail();  // this request fails, and nothing else
  }
  // Bytes after the body are ignored, as Kafka does: librdkafka 2.16 sends one with Metadata 13.
  if (in.failed()) {
    ticket.abandon();
    return false;
  }
  Call<Api> call(std::move(request), std::move(ticket));
  if (context.access.is_unlimited() || authorize(call, context)) handle(std::move(call), context);
  return true;
}

constexpr auto kHandlers = std::to_array<Decode>({
#define KREEL_SERVED_API(Name, file) &decode_and_handle<protocol::Name>,
#include "protocol/apis.def"
#undef KREEL_SERVED_API
});

struct Header {
  std::int16_t api_key = 0;
  protocol::Version version = 0;
  std::int32_t correlation_id = 0;
  std::string client_id;
};

// Header v1 for inflexible versions, v2 (tagged fields) for flexible ones; the client id stays an
// int16 string in both (KIP-482).
Header read_header(WireReader& in) {
  Header header;
  header.api_key = in.read_int<std::int16_t>();
  header.version = in.read_int<std::int16_t>();
  header.correlation_id = in.read_int<std::int32_t>();
  const std::int32_t length = in.read_string_length(false);
  if (length > 0) header.client_id = as_text(in.read_view(static_cast<std::size_t>(length)));
  return header;
}

void skip_tagged_fields(WireReader& in) {
  const std::uint32_t count = in.read_unsigned_varint();
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    in.read_unsigned_varint();
    in.skip(in.read_unsigned_varint());
  }
}

/// A token of a SASL exchange that was begun by SaslHandshake version 0: it has no header.
void answer_raw_token(IoThread& io, ConnectionInfo& connection, const IncomingRequest& request) {
  take_raw_token(ReplyTicket({.sink = request.sink,
                              .executor = &io.executor(),
                              .request_number = request.number,
                              .correlation_id = 0,
                              .api = protocol::ApiKey::SaslAuthenticate,
                              .version = 0}),
                 connection, request.frame);
}

/// Only ApiVersions has an answer for it, from which the client learns what is served.
std::optional<std::string> refuse_version(const protocol::ApiInfo& api, protocol::Version version,
                                          ReplyTicket ticket) {
  if (api.key == protocol::ApiKey::ApiVersions) {
    answer_unsupported_api_versions(std::move(ticket));
    return std::nullopt;
  }
  ticket.abandon();
  return fmt::format("{} version {} is not served", api.name, version);
}

/// What dispatch() does where there is memory for it.
std::optional<std::string> read_and_handle(Broker& broker, IoThread& io, ConnectionInfo& connection,
                                           const IncomingRequest& request) {
  if (connection.sasl && connection.sasl->expects_raw_token()) {
    answer_raw_token(io, connection, request);
    return std::nullopt;
  }
  WireReader in(request.frame);
  Header header = read_header(in);
  if (in.failed()) {
    io.metrics().malformed_requests.add();
    return "a request header is cut short";
  }
  const auto index = protocol::api_table_index(header.api_key);
  if (!index) {
    io.metrics().unsupported_requests.add();
    return fmt::format("API key {} is not served", header.api_key);
  }
  const protocol::ApiInfo& api = protocol::api_table()[*index];
  if (connection.sasl) {
    if (auto objection = connection.sasl->objection(api.key)) return objection;
  }
  Faults::Verdict fault;
  std::shared_ptr<ReplySink> sink = request.sink;
  if (broker.faults().any() && header.client_id != Faults::kSparedClientId) {
    fault = broker.faults().judge(api.key);
    if (fault.drop == Faults::Verdict::Drop::kRequest) {
      return fmt::format("a fault was asked for: {} is dropped", api.name);
    }
    sink = with_faults(std::move(sink), io.executor(), fault);
  }
  std::shared_ptr<RequestCharge> charge;
  if (broker.quotas().any_of_clients()) [[unlikely]] {
    charge =
        RequestCharge::of(broker.quotas(), broker.clock(), connection, header.client_id, api.key);
  }
  ReplyTicket ticket({.sink = std::move(sink),
                      .executor = &io.executor(),
                      .request_number = request.number,
                      .correlation_id = header.correlation_id,
                      .api = api.key,
                      .version = header.version,
                      .charge = charge});
  if (!api.serves(header.version)) {
    io.metrics().unsupported_requests.add();
    return refuse_version(api, header.version, std::move(ticket));
  }
  if (protocol::request_header_version(api.key, header.version) >= 2) skip_tagged_fields(in);
  RequestContext context{.broker = broker,
                         .io = io,
                         .connection = connection,
                         .version = header.version,
                         .client_id = std::move(header.client_id),
                         .access = broker.access_of(connection),
                         .frame = request.frame,
                         .more_follow = request.more_follow};
  const bool decoded = fault.error == protocol::ErrorCode::NONE
                           ? kHandlers[*index](in, std::move(ticket), context)
                           : answer_with_error(*index, in, std::move(ticket), context, fault.error);
  if (charge) charge->handler_returned();
  if (decoded) return std::nullopt;
  io.metrics().malformed_requests.add();
  return fmt::format("a malformed {} request, version {}", api.name, header.version);
}

}  // namespace

bool may_overlap(ByteView frame) {
  return load_big_endian<std::int16_t>(frame.data()) == protocol::Produce::key;
}

std::optional<std::size_t> api_index(ByteView frame) {
  if (frame.size() < sizeof(std::int16_t)) return std::nullopt;
  return protocol::api_table_index(load_big_endian<std::int16_t>(frame.data()));
}

std::optional<std::string> dispatch(Broker& broker, IoThread& io, ConnectionInfo& connection,
                                    const IncomingRequest& request) {
  try {
    return read_and_handle(broker, io, connection, request);
  } catch (const std::bad_alloc&) {
    // The ticket, if there was one, has closed the connection meanwhile, unless somebody holds it.
    const auto index = api_index(request.frame);
    auto problem = fmt::format("no memory to answer {}",
                               index ? protocol::api_table()[*index].name : "a request");
    log::error(problem);
    return problem;
  }
}

void finish_turn(IoThread& io) {
  if (io.produces().empty()) return;
  try {
    io.produces().run();
  } catch (const std::bad_alloc&) {
    log::error("no memory to answer Produce");  // the tickets have closed the connection
  }
}

}  // namespace kreel::broker
