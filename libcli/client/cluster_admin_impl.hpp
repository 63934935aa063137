#pragma once

#include <memory>
#include <utility>

#include "client/cluster.hpp"
#include "kreel/cluster_admin.hpp"

namespace kreel {

struct ClusterAdmin::Impl {
  Impl(const ClientConfig& config, std::unique_ptr<client::Connector> connector)
      : cluster(config, std::move(connector)) {}

  /// To the controller, where the cluster tells which broker that is. With KRaft any broker passes
  /// it on.
  template <class Api>
  Result<client::Reply<Api>> ask(const typename Api::Request& request) {
    const client::Deadline deadline = cluster.new_deadline();
    TRY(cluster.ensure_brokers(deadline));
    if (const auto controller = cluster.controller_id()) {
      TRY_ASSIGN(client::Connection * connection, cluster.broker(*controller, deadline));
      return connection->call<Api>(request, deadline);
    }
    return cluster.with_any(deadline,
                            [&](client::Connection& connection, const client::Deadline& limit) {
                              return connection.call<Api>(request, limit);
                            });
  }

  client::Cluster cluster;
};

}  // namespace kreel
