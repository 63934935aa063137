// Sixteen accounts in one compacted partition. Two writers own eight each and move money between
// theirs in transactions; a reader adds up all of them again and again.
#include <cstdlib>

#include <array>
#include <map>

#include "load.hpp"

namespace load {
namespace {

constexpr const char* kAccounts = "accounts";
constexpr int kWriters = 2;
constexpr int kAccountsOfOne = 8;
constexpr long long kOpening = 100;

/// What a record of an account says, "writer transaction balance", by account.
using Book = std::map<int, std::string>;

Book read_book(const Load& load, Until until, bool& complete) {
  Book book;
  complete = read_all(
      load, kAccounts, 1, "read_committed",
      [&](const rd_kafka_message_t& message) {
        book[static_cast<int>(std::strtol(text_of(message.key, message.key_len).c_str(), nullptr,
                                          10))] = text_of(message.payload, message.len);
      },
      until);
  return book;
}

class Transferor {
 public:
  Transferor(const Load& load, int id, Actor& actor)
      : load_(load),
        history_(load.history),
        id_(id),
        actor_(actor),
        random_(static_cast<std::uint64_t>(200 + id)) {}

  void run() {
    while (!stopping) {
      if (!producer_ && !start()) continue;
      if (has_accounts_) {
        transfer();
      } else {
        open_accounts();
      }
    }
    if (!producer_) start();
  }

 private:
  /// When what the predecessor has left is decided, the topic says what everybody has.
  bool start() {
    Client client{common_settings(load_), nullptr, nullptr, nullptr};
    client.settings.emplace_back("transactional.id", "writer-" + std::to_string(id_));
    client.settings.emplace_back("transaction.timeout.ms", "20000");
    client.settings.emplace_back("linger.ms", "0");
    producer_ = make_handle(RD_KAFKA_PRODUCER, client);
    for (int attempt = 0; attempt < 12; ++attempt) {
      const ErrorPointer error(rd_kafka_init_transactions(producer_.get(), 5'000));
      if (!error) return learn_balances();
      if (rd_kafka_error_is_fatal(error.get()) != 0) break;
    }
    producer_.reset();
    return false;
  }

  bool learn_balances() {
    bool complete = false;
    const auto book = read_book(load_, Until::kHighWatermark, complete);
    if (!complete) return false;
    has_accounts_ = book.contains(id_ * kAccountsOfOne);
    if (!has_accounts_) return true;
    for (int i = 0; i < kAccountsOfOne; ++i) {
      const auto& text = book.at(id_ * kAccountsOfOne + i);
      balances_[static_cast<std::size_t>(i)] =
          std::strtoll(text.substr(text.rfind(' ') + 1).c_str(), nullptr, 10);
    }
    return true;
  }

  void open_accounts() {
    balances_.fill(kOpening);
    std::vector<int> all;
    for (int i = 0; i < kAccountsOfOne; ++i) all.push_back(i);
    has_accounts_ = write(all, balances_);
  }

  void transfer() {
    auto after = balances_;
    const int from = static_cast<int>(random_() % kAccountsOfOne);
    const int to = (from + 1 + static_cast<int>(random_() % (kAccountsOfOne - 1))) % kAccountsOfOne;
    const auto amount = static_cast<long long>(random_() % 20);
    after[static_cast<std::size_t>(from)] -= amount;
    after[static_cast<std::size_t>(to)] += amount;
    if (write({from, to}, after)) balances_ = after;
  }

  using Balances = std::array<long long, kAccountsOfOne>;

  bool write(const std::vector<int>& changed, const Balances& balances) {
    ++number_;
    const auto who = words(id_, number_);
    std::string line = who;
    bool sent = !ErrorPointer(rd_kafka_begin_transaction(producer_.get()));
    for (const int i : changed) {
      const auto key = std::to_string(id_ * kAccountsOfOne + i);
      const auto text = words(who, balances[static_cast<std::size_t>(i)]);
      line = words(line, key, balances[static_cast<std::size_t>(i)]);
      sent = sent && produce(producer_.get(), {kAccounts, 0, key, text});
    }
    history_.add("mb", line);
    if (sent && random_() % 8 != 0) return commit(who);
    if (sent) rd_kafka_flush(producer_.get(), 2'000);
    // librdkafka (2.0.2) gives the sequence numbers of what it purges to the next records; where
    // the purged ones had been written, the next are taken for them and lost.
    const bool in_doubt = rd_kafka_outq_len(producer_.get()) > 0;
    const ErrorPointer error(rd_kafka_abort_transaction(producer_.get(), 30'000));
    if (error || in_doubt) producer_.reset();
    return false;
  }

  bool commit(const std::string& who) {
    history_.add("mc", who);
    for (int attempt = 0; attempt < 20; ++attempt) {
      const ErrorPointer error(rd_kafka_commit_transaction(producer_.get(), 5'000));
      if (!error) {
        history_.add("mk", who);
        actor_.progressed();
        return true;
      }
      if (rd_kafka_error_is_retriable(error.get()) == 0) break;
    }
    producer_.reset();
    return false;
  }

  const Load& load_;
  History& history_;
  const int id_;
  Actor& actor_;
  std::mt19937_64 random_;
  Handle producer_;
  bool has_accounts_ = false;
  Balances balances_{};
  long long number_ = 0;
};

class Accounts : public Part {
 public:
  explicit Accounts(const Load& load) : load_(load), history_(load.history) {}

  bool prepare() override {
    const auto asker = make_asker(load_);
    return create_topic(asker.get(), {kAccounts,
                                      1,
                                      {{"cleanup.policy", "compact"},
                                       {"internal.segment.bytes", "20000"},
                                       {"min.cleanable.dirty.ratio", "0.01"},
                                       {"delete.retention.ms", "600000"}}}) == 0;
  }

  void add_actors(Actors& actors) override {
    for (int i = 0; i < kWriters; ++i) {
      actors.push_back(
          std::make_unique<Actor>("writer " + std::to_string(i),
                                  [this, i](Actor& actor) { Transferor(load_, i, actor).run(); }));
    }
    actors.push_back(std::make_unique<Actor>("adder", [this](Actor& actor) {
      while (!stopping) {
        if (read("ms", Until::kLastStable)) actor.progressed();
        pause_ms(200);
      }
    }));
  }

  bool finish() override { return read("mf", Until::kHighWatermark); }

 private:
  bool read(const char* kind, Until until) {
    bool complete = false;
    const auto book = read_book(load_, until, complete);
    if (!complete) return false;
    std::string line = std::to_string(book.size());
    for (const auto& [account, text] : book) line = words(line, account, text);
    history_.add(kind, line);
    return true;
  }

  const Load& load_;
  History& history_;
};

}  // namespace

std::unique_ptr<Part> make_accounts(const Load& load) {
  return std::make_unique<Accounts>(load);
}

}  // namespace load
