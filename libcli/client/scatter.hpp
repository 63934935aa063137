#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "client/cluster.hpp"
#include "client/error_text.hpp"

namespace kreel::client {

/// What became of each of the items of one call. Open items are asked again until
/// the deadline, then keep the error of their last attempt.
class Outcome {
 public:
  /// `user`: who asks, for what is told of denials.
  Outcome(std::size_t count, std::string user) : items_(count), user_(std::move(user)) {}

  /// Forgets the error of an earlier round.
  void reopen(std::size_t item) { items_[item] = {.open = true, .error = std::nullopt}; }
  void done(std::size_t item) { items_[item] = {.open = false, .error = std::nullopt}; }
  /// Stays open when trying again can help.
  void failed(std::size_t item, protocol::ErrorCode code, const Subject& subject,
              const std::optional<std::string>& broker_text = std::nullopt);
  void failed(std::size_t item, ItemError error, bool try_again) {
    items_[item] = {.open = try_again, .error = std::move(error)};
  }

  /// done() when `code` is NONE, else failed().
  void settle(std::size_t item, protocol::ErrorCode code, const Subject& subject,
              const std::optional<std::string>& broker_text = std::nullopt);

  /// Those of `items` that a reply left out fail for good.
  void require_answers(std::span<const std::size_t> items, std::string_view api);

  std::vector<std::size_t> open_items() const;
  bool has_error(std::size_t item) const { return items_[item].error.has_value(); }
  const std::string& user() const { return user_; }
  std::optional<ItemError> take_error(std::size_t item) { return std::move(items_[item].error); }

 private:
  struct Item {
    bool open = true;
    std::optional<ItemError> error;
  };
  std::vector<Item> items_;
  std::string user_;
};

/// Errors after which the same request may succeed at another broker, or a little later.
bool moved_or_loading(protocol::ErrorCode code);

/// Says which broker an item goes to.
class Router {
 public:
  virtual ~Router() = default;
  /// Before each round, with the items still open: forgets their last errors, and looks up what is
  /// needed; `again` from the second round on, when what is known may be stale. Items that cannot
  /// be routed get their error in `outcome`.
  virtual Result<void> prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                               const Deadline& deadline) = 0;
  /// For an item that prepare() left without an error.
  virtual std::int32_t broker_of(std::size_t item) const = 0;
  /// Whether another broker may take over from one that is gone.
  virtual bool moves() const { return true; }
};

/// To each partition's leader.
class LeaderRouter final : public Router {
 public:
  LeaderRouter(Cluster& cluster, std::vector<TopicPartition> partitions, std::string_view operation)
      : cluster_(cluster), partitions_(std::move(partitions)), operation_(operation) {}
  Result<void> prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                       const Deadline& deadline) override;
  std::int32_t broker_of(std::size_t item) const override;

 private:
  Cluster& cluster_;
  std::vector<TopicPartition> partitions_;
  std::string_view operation_;
};

/// What is coordinated; Kafka's numbers.
enum class Coordinated : std::int8_t { kGroup = 0, kTransactionalId = 1 };

/// To the coordinator of each group or transactional id.
class CoordinatorRouter final : public Router {
 public:
  CoordinatorRouter(Cluster& cluster, std::vector<std::string> keys, std::string_view operation,
                    Coordinated kind = Coordinated::kGroup)
      : cluster_(cluster), keys_(std::move(keys)), operation_(operation), kind_(kind) {}
  Result<void> prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                       const Deadline& deadline) override;
  std::int32_t broker_of(std::size_t item) const override { return coordinators_.at(keys_[item]); }

 private:
  Cluster& cluster_;
  std::vector<std::string> keys_;
  std::string_view operation_;
  Coordinated kind_;
  std::map<std::string, std::int32_t> coordinators_;
};

/// Everything to the controller; to another broker when that one is gone, since with KRaft any
/// broker takes it.
class ControllerRouter final : public Router {
 public:
  explicit ControllerRouter(Cluster& cluster) : cluster_(cluster) {}
  Result<void> prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                       const Deadline& deadline) override;
  std::int32_t broker_of(std::size_t) const override { return broker_; }

 private:
  Cluster& cluster_;
  std::int32_t broker_ = -1;
};

/// Item i to the i-th of the given brokers.
class BrokerRouter final : public Router {
 public:
  BrokerRouter(Cluster& cluster, std::vector<std::int32_t> brokers)
      : cluster_(cluster), brokers_(std::move(brokers)) {}
  Result<void> prepare(std::span<const std::size_t> items, bool, Outcome& outcome,
                       const Deadline& deadline) override {
    for (const std::size_t item : items) outcome.reopen(item);
    return cluster_.ensure_brokers(deadline);
  }
  std::int32_t broker_of(std::size_t item) const override { return brokers_[item]; }
  bool moves() const override { return false; }

 private:
  Cluster& cluster_;
  std::vector<std::int32_t> brokers_;
};

/// The open items by broker, after routing; nothing when the call as a whole cannot go on.
std::map<std::int32_t, std::vector<std::size_t>> route(const Router& router,
                                                       const Outcome& outcome);

/// Sleeps before another round; longer each time. False when there is no time for one.
bool pause_before_round(int round, const Deadline& deadline);

/// A call to several brokers at once, without what depends on the API.
class ScatterRounds {
 public:
  using Items = std::vector<std::size_t>;

 protected:
  /// One request to one broker, and the items that it asks for.
  struct Parcel {
    EncodedRequest request;
    Items items;
  };

  ScatterRounds(Cluster& cluster, Router& router) : cluster_(cluster), router_(router) {}
  virtual ~ScatterRounds() = default;

  Result<Outcome> run_rounds(std::size_t count, const Deadline& deadline);

 private:
  struct InFlight {
    std::int32_t broker;
    Connection* connection;
    Parcel parcel;
  };

  /// The requests that ask this broker for `items`.
  virtual Result<std::vector<Parcel>> parcels(Connection& connection, const Items& items) = 0;
  /// Receives the reply, and tells the outcome of its items.
  virtual Result<void> open_reply(Connection& connection, const Parcel& parcel,
                                  const Deadline& deadline, Outcome& outcome) = 0;

  Result<void> run_round(Outcome& outcome, const Deadline& deadline);
  void unreachable(std::int32_t broker, const Items& items, const Error& error,
                   const Deadline& limit, Outcome& outcome);

  Cluster& cluster_;
  Router& router_;
  std::set<std::size_t> broken_before_;
};

/// Asks all brokers concerned at once, and again those items that have moved or are loading, until
/// the deadline. `build(version, items)` makes the requests for one broker, each with its items;
/// `apply(response, items, outcome)` tells the outcome of every item. The call itself fails only
/// when routing is impossible, or when what is asked does not fit the version.
template <class Api>
class Scatter final : private ScatterRounds {
 public:
  using ScatterRounds::Items;
  struct Batch {
    typename Api::Request request;
    Items items;
  };
  using Build = std::function<Result<std::vector<Batch>>(protocol::Version, const Items&)>;
  using Apply = std::function<void(const typename Api::Response&, const Items&, Outcome&)>;

  Scatter(Cluster& cluster, Router& router, Build build, Apply apply)
      : ScatterRounds(cluster, router), build_(std::move(build)), apply_(std::move(apply)) {}

  Result<Outcome> run(std::size_t count, const Deadline& deadline) {
    return run_rounds(count, deadline);
  }

 private:
  Result<std::vector<Parcel>> parcels(Connection& connection, const Items& items) override {
    TRY_ASSIGN(const protocol::Version version, connection.version<Api>());
    TRY_ASSIGN(std::vector<Batch> batches, build_(version, items));
    std::vector<Parcel> parcels;
    for (Batch& batch : batches) {
      TRY_ASSIGN(EncodedRequest request, connection.encode<Api>(batch.request, version));
      parcels.push_back({std::move(request), std::move(batch.items)});
    }
    return parcels;
  }

  Result<void> open_reply(Connection& connection, const Parcel& parcel, const Deadline& deadline,
                          Outcome& outcome) override {
    const Pending<Api> pending{parcel.request.correlation_id, parcel.request.version};
    TRY_ASSIGN(const Reply<Api> reply, connection.receive(pending, deadline));
    apply_(reply.body, parcel.items, outcome);
    outcome.require_answers(parcel.items, ApiFacts<Api>::name);
    return {};
  }

  Build build_;
  Apply apply_;
};

}  // namespace kreel::client
