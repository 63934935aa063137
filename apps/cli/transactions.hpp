#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <kreel/producer.hpp>

#include "cli/stop_requests.hpp"

namespace kreel::cli {

// The transactions of one producer: each begins with its first record and is committed or dropped
// whole. One thread.
class Transactions {
 public:
  // `patience`: how long no answer may come, and how long a commit may take.
  Transactions(Producer& producer, std::chrono::milliseconds patience)
      : producer_(producer), patience_(patience) {}

  bool is_open() const { return open_; }
  // Of the open one.
  std::int64_t records() const { return records_; }
  // Before a record is produced, or offsets alone are committed.
  Result<void> begin_when_needed();
  void accepted(const RecordView& record);

  // Waits for the answers of all records, and commits. At a stop nothing is committed, and it stays
  // open. `add_offsets` is given a timeout in milliseconds.
  using AddOffsets = std::function<Result<void>(std::int64_t)>;
  Result<void> commit(const StopRequests& stop, const AddOffsets& add_offsets = {});
  // When this fails, the next producer of the id or the broker's time limit ends it.
  Result<void> abort(const StopRequests& stop);
  // False when the last one may be committed all the same: the answer is missing, and so is that to
  // the abort.
  bool is_settled() const { return !in_doubt_ && !left_open_; }
  // What has become of the records of the last one, which was not committed.
  std::string end_text() const;

  struct Committed {
    std::int64_t transactions = 0;
    std::int64_t records = 0;
    std::int64_t bytes = 0;  // keys and values
  };
  const Committed& committed() const { return committed_; }

 private:
  Producer& producer_;
  std::chrono::milliseconds patience_;
  bool open_ = false;
  bool in_doubt_ = false;
  bool left_open_ = false;         // the broker did not answer to its end
  std::uint64_t lost_before_ = 0;  // records of earlier ones
  std::int64_t records_ = 0;
  std::int64_t bytes_ = 0;
  Committed committed_;
};

// "1,000 records committed in 10 transactions".
std::string to_string(const Transactions::Committed& committed);

}  // namespace kreel::cli
