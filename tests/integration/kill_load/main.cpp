// Load for kill9.py: producers, readers, groups, transactions, compacted tables and topics that
// come and go, through restarts of the broker. Every call and its outcome goes to a history file
// (its lines are explained in history.py). Links librdkafka and nothing of kreel.
//
//   kill_load BROKERS HISTORY
//
// Makes the topics, prints "started", and runs until its standard input ends. Then everybody has to
// come on once more, and all topics are read from the beginning.
#include <unistd.h>

#include "load.hpp"

namespace load {
namespace {

constexpr int kLivenessMs = 60'000;

/// How long each actor needed to come on after the last kill, or -1.
void wait_for_progress(const Actors& actors, History& history) {
  const auto began = now_ns();
  std::vector<bool> told(actors.size());
  for (std::size_t open = actors.size(); open > 0; pause_ms(10)) {
    const auto took_ms = (now_ns() - began) / 1'000'000;
    for (std::size_t i = 0; i < actors.size(); ++i) {
      if (told[i] || (!actors[i]->came_on() && took_ms < kLivenessMs)) continue;
      told[i] = true;
      --open;
      history.add("l", words(actors[i]->name(), actors[i]->came_on() ? took_ms : -1));
    }
  }
}

int run(const Load& load) {
  std::vector<std::unique_ptr<Part>> parts;
  parts.push_back(make_values(load));
  parts.push_back(make_copies(load));
  parts.push_back(make_accounts(load));
  parts.push_back(make_tables(load));
  parts.push_back(make_catalog(load));
  Actors actors;
  for (auto& part : parts) {
    if (!part->prepare()) return 1;
    part->add_actors(actors);
  }
  for (auto& actor : actors) actor->start();
  std::puts("started");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  calm = true;
  wait_for_progress(actors, load.history);
  stopping = true;
  for (auto& actor : actors) actor->join();
  bool finished = true;
  for (auto& part : parts) finished = part->finish() && finished;
  if (!finished) load.history.add("e", "the last read did not reach the end");
  return finished ? 0 : 1;
}

}  // namespace
}  // namespace load

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: kill_load BROKERS HISTORY\n", stderr);
    return 2;
  }
  load::History history(argv[2]);
  return load::run({argv[1], history});
}
