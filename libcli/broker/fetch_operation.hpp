#pragma once

#include <memory>
#include <vector>

#include "broker/authorization/access.hpp"
#include "broker/call.hpp"
#include "broker/fetch_purgatory.hpp"
#include "broker/fetch_sessions.hpp"
#include "broker/partition_lookup.hpp"
#include "protocol/messages/fetch.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// One Fetch from its first read to its reply: reads all partitions, and answers when there is
/// enough, when something failed, or when its time is over. Lives on its io thread.
class FetchOperation final : public ParkedFetch,
                             public std::enable_shared_from_this<FetchOperation> {
 public:
  FetchOperation(Broker& broker, IoThread& io, Call<protocol::Fetch> call,
                 FetchSessionCache::Opened opened, const Access& access);

  /// Answers at once, or parks.
  void start();
  bool try_complete(bool expired) override;

 private:
  struct Item {
    FetchTarget target;
    std::shared_ptr<storage::Log> log;
    protocol::FetchResponse::PartitionData answer;
    bool failed = false;      ///< reading it gave an error
    bool unresolved = false;  ///< there is no such partition
  };

  void resolve(Item& item, const Access& access);
  /// Reads every partition anew; true when the reply need not wait any longer.
  bool read_all();
  void read_item(Item& item, std::size_t& budget_bytes, bool& found_data);
  void answer_error(Item& item, protocol::ErrorCode error);
  PartitionLookup look_up(const FetchTarget& target) const;
  void look_up_places();
  void reply();
  void reply_throttled();
  void reply_when_warm();

  Broker& broker_;
  IoThread& io_;
  Call<protocol::Fetch> call_;
  FetchSessionCache::Opened opened_;
  std::vector<Item> items_;
  std::int32_t bytes_max_ = 0;
  std::size_t read_bytes_ = 0;
  std::vector<std::pair<std::shared_ptr<storage::Log>, protocol::Records>> cold_;
  std::vector<std::pair<std::shared_ptr<storage::Log>, storage::ReadOptions>> look_ups_;
  bool may_wait_ = false;  ///< the places were looked up
  bool done_ = false;
};

}  // namespace kreel::broker
