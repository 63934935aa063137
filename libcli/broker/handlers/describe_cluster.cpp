// DescribeCluster, versions 0-2.
//   1: endpoint type (KIP-919)   2: fenced brokers

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

constexpr std::int8_t kBrokers = 1;
constexpr std::int8_t kControllers = 2;

}  // namespace

void handle(Call<protocol::DescribeCluster> call, RequestContext& context) {
  protocol::DescribeClusterResponse response;
  const std::int8_t endpoint_type = call.request.endpoint_type;
  if (endpoint_type != kBrokers) {
    const bool is_known = endpoint_type == kControllers;
    response.error_code =
        is_known ? ErrorCode::MISMATCHED_ENDPOINT_TYPE : ErrorCode::UNSUPPORTED_ENDPOINT_TYPE;
    response.error_message =
        is_known ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint "
                   "of type CONTROLLER"
                 : fmt::format("Unsupported endpoint type {}", endpoint_type);
    return call.reply(response);
  }
  const BrokerAddress address = own_address(context);
  response.cluster_id = context.broker.logs().cluster_id();
  response.controller_id = address.node_id;
  response.brokers.push_back({.broker_id = address.node_id,
                              .host = address.host,
                              .port = address.port,
                              .rack = address.rack,
                              .is_fenced = false});
  if (call.request.include_cluster_authorized_operations) {
    const bool is_told = context.access.may(rules::describe_cluster);
    response.cluster_authorized_operations =
        is_told ? context.access.operations(AclResource::kCluster) : 0;
  }
  call.reply(response);
}

}  // namespace kreel::broker
