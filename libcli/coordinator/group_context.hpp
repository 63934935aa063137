#pragma once

#include <string>
#include <string_view>

#include "base/types.hpp"
#include "protocol/version.hpp"

namespace kreel::coordinator {

/// What a coordinator needs to know of a request beside its body.
struct GroupContext {
  std::string client_id;    ///< "" for null
  std::string client_host;  ///< as Kafka writes it into records: "/127.0.0.1"
  protocol::Version version = 0;
};

/// One committed offset, for metrics.
struct CommittedOffsetView {
  std::string_view group_id;
  std::string_view topic;
  PartitionId partition = 0;
  Offset offset = -1;
};

}  // namespace kreel::coordinator
