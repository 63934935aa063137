#include "support/crash_model.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace kreel::test {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::size_t kExhaustiveOps = 3;

std::vector<Fate> fates_of_write(std::uint64_t position, std::size_t size) {
  std::vector<Fate> fates{Fate::kLost, Fate::kKept, Fate::kZeroed};
  const bool spans_sectors = position / kSectorBytes != (position + size - 1) / kSectorBytes;
  if (size > 0 && spans_sectors) fates.push_back(Fate::kTorn);
  return fates;
}

/// Copies the sectors of `bytes` that arrived; each sector arrives whole or not at all.
void copy_torn(Bytes& content, ByteView bytes, std::uint64_t position, std::uint64_t tear_seed) {
  SeededRandom random(tear_seed + position);
  const auto first = position / kSectorBytes;
  const auto sectors = (position + bytes.size() - 1) / kSectorBytes - first + 1;
  const auto prefix = tear_seed == 0 ? sectors / 2 : random.next_u64() % sectors;
  const bool scattered = tear_seed != 0 && random.next_u64() % 2 == 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto sector = (position + i) / kSectorBytes - first;
    const bool arrived = scattered ? ((tear_seed >> (sector % 64)) & 1U) != 0 : sector < prefix;
    if (arrived) content[position + i] = bytes[i];
  }
}

}  // namespace

bool CrashModel::depends(const Pending& later, const Pending& earlier) {
  for (const auto& a : later.changes) {
    for (const auto& b : earlier.changes) {
      if (a.directory == b.directory && a.name == b.name) return true;
    }
  }
  return false;
}

void CrashModel::apply_entries(const Pending& op, std::map<Node, Entries>& entries) {
  for (const auto& change : op.changes) {
    if (change.child) {
      entries[change.directory][change.name] = change.child;
    } else {
      entries[change.directory].erase(change.name);
    }
  }
}

void CrashModel::apply_to(Bytes& content, const Pending& op, Fate fate, std::uint64_t tear_seed) {
  if (fate == Fate::kLost) return;
  if (op.kind == Pending::Kind::kTruncate) {
    content.resize(op.position);
    return;
  }
  const auto end = op.position + op.bytes.size();
  const auto before = content.size();
  if (before < end) content.resize(end);
  const auto at = content.begin() + static_cast<std::ptrdiff_t>(op.position);
  if (fate == Fate::kKept) {
    std::copy(op.bytes.begin(), op.bytes.end(), at);
  } else if (fate == Fate::kTorn) {
    copy_torn(content, op.bytes, op.position, tear_seed);
  }
}

CrashModel::Entries& CrashModel::durable_entries(const Node& directory) {
  return durable_entries_.try_emplace(directory, directory->entries).first->second;
}

void CrashModel::will_write(const Node& file, ByteView bytes, std::uint64_t position) {
  durable_content_.try_emplace(file, file->content);
  Pending op;
  op.file = file;
  op.position = position;
  op.bytes.assign(bytes.begin(), bytes.end());
  pending_.push_back(std::move(op));
}

void CrashModel::will_truncate(const Node& file, std::uint64_t size_bytes) {
  durable_content_.try_emplace(file, file->content);
  Pending op;
  op.kind = Pending::Kind::kTruncate;
  op.file = file;
  op.position = size_bytes;
  pending_.push_back(std::move(op));
}

void CrashModel::entries_changed(std::vector<EntryChange> changes) {
  for (const auto& change : changes) {
    // A new file is durable as the empty file that it is now.
    if (change.child && !change.child->is_directory) {
      durable_content_.try_emplace(change.child, change.child->content);
    }
    if (change.child && change.child->is_directory) durable_entries(change.child);
  }
  Pending op;
  op.kind = Pending::Kind::kEntries;
  op.changes = std::move(changes);
  pending_.push_back(std::move(op));
}

void CrashModel::file_synced(const Node& file) {
  for (const auto& op : pending_) {
    if (op.file == file && !op.doomed) apply_to(durable_content_[file], op, Fate::kKept, 0);
  }
  std::erase_if(pending_, [&](const Pending& op) { return op.file == file; });
}

void CrashModel::directory_synced(const Node& directory) {
  std::vector<bool> commits(pending_.size(), false);
  for (std::size_t i = pending_.size(); i-- > 0;) {
    const auto& op = pending_[i];
    commits[i] = commits[i] || std::any_of(op.changes.begin(), op.changes.end(),
                                           [&](const auto& c) { return c.directory == directory; });
    if (!commits[i]) continue;
    for (std::size_t j = 0; j < i; ++j) commits[j] = commits[j] || depends(op, pending_[j]);
  }
  std::vector<Pending> rest;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (commits[i]) {
      apply_entries(pending_[i], durable_entries_);
    } else {
      rest.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(rest);
}

void CrashModel::sync_failed(const Node& file) {
  for (auto& op : pending_) op.doomed = op.doomed || op.file == file;
}

Bytes CrashModel::durable_content(const Node& file) const {
  const auto found = durable_content_.find(file);
  return found == durable_content_.end() ? file->content : found->second;
}

bool CrashModel::is_legal(const CrashChoice& choice) const {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (choice.fates[i] == Fate::kLost) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (choice.fates[j] == Fate::kLost && depends(pending_[i], pending_[j])) return false;
    }
  }
  return true;
}

void CrashModel::repair(CrashChoice& choice) const {
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    auto& fate = choice.fates[i];
    const auto& op = pending_[i];
    if (op.kind == Pending::Kind::kWrite && fate == Fate::kTorn) {
      const auto legal = fates_of_write(op.position, op.bytes.size());
      if (legal.back() != Fate::kTorn) fate = Fate::kKept;
    }
    if (op.kind != Pending::Kind::kWrite && fate != Fate::kLost) fate = Fate::kKept;
    for (std::size_t j = 0; j < i && fate != Fate::kLost; ++j) {
      if (choice.fates[j] == Fate::kLost && depends(op, pending_[j])) fate = Fate::kLost;
    }
  }
}

std::vector<CrashChoice> CrashModel::all_choices() const {
  std::vector<CrashChoice> choices{CrashChoice{}};
  for (const auto& op : pending_) {
    auto fates = op.kind == Pending::Kind::kWrite ? fates_of_write(op.position, op.bytes.size())
                                                  : std::vector<Fate>{Fate::kLost, Fate::kKept};
    std::vector<CrashChoice> longer;
    for (const auto& choice : choices) {
      for (const auto fate : fates) {
        longer.push_back(choice);
        longer.back().fates.push_back(fate);
      }
    }
    choices = std::move(longer);
  }
  std::erase_if(choices, [&](const CrashChoice& choice) { return !is_legal(choice); });
  return choices;
}

CrashChoice CrashModel::sample(Random& random) const {
  const auto count = pending_.size();
  CrashChoice choice{std::vector<Fate>(count, Fate::kKept), random.next_u64() | 1U};
  const auto any_fate = [&] { return static_cast<Fate>(random.next_u64() % 4); };
  const auto is_entry = [&](std::size_t i) { return pending_[i].kind == Pending::Kind::kEntries; };
  const auto pivot = random.next_u64() % count;
  switch (random.next_u64() % 6) {
    case 0:  // a prefix of what was done
      for (std::size_t i = pivot; i < count; ++i) choice.fates[i] = Fate::kLost;
      break;
    case 1:  // one file ahead of the others
      for (std::size_t i = 0; i < count; ++i) {
        if (!is_entry(i) && pending_[i].file != pending_[pivot].file) choice.fates[i] = Fate::kLost;
      }
      break;
    case 2:  // names kept, data in any state
      for (std::size_t i = 0; i < count; ++i) {
        if (!is_entry(i)) choice.fates[i] = any_fate();
      }
      break;
    case 3:  // data kept, names in any state
      for (std::size_t i = 0; i < count; ++i) {
        if (is_entry(i)) choice.fates[i] = any_fate();
      }
      break;
    case 4:  // only the last operation suffers
      choice.fates[count - 1] = any_fate();
      break;
    default:
      for (auto& fate : choice.fates) fate = any_fate();
  }
  repair(choice);
  return choice;
}

std::vector<CrashChoice> CrashModel::choices(Random& random, std::size_t sample_count) const {
  if (pending_.size() <= kExhaustiveOps) return all_choices();
  std::vector<CrashChoice> choices;
  for (const auto fate : {Fate::kKept, Fate::kLost}) {
    if (choices.size() < sample_count) {
      choices.push_back({std::vector<Fate>(pending_.size(), fate), 0});
    }
  }
  while (choices.size() < sample_count) choices.push_back(sample(random));
  return choices;
}

Node CrashModel::image(const CrashChoice& choice) const {
  auto entries = durable_entries_;
  std::map<Node, Bytes> changed;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto& op = pending_[i];
    if (op.kind == Pending::Kind::kEntries) {
      if (choice.fates[i] != Fate::kLost) apply_entries(op, entries);
      continue;
    }
    auto& content = changed.try_emplace(op.file, durable_content_.at(op.file)).first->second;
    apply_to(content, op, choice.fates[i], choice.tear_seed);
  }
  const auto copy = [&](const auto& self, const Node& node) -> Node {
    auto result = std::make_shared<fs::MemoryNode>(node->is_directory);
    result->modified_ms.store(node->modified_ms.load());
    if (!node->is_directory) {
      const auto found = changed.find(node);
      result->content = found == changed.end() ? durable_content(node) : found->second;
      return result;
    }
    const auto found = entries.find(node);
    for (const auto& [name, child] : found == entries.end() ? node->entries : found->second) {
      result->entries.emplace(name, self(self, child));
    }
    return result;
  };
  return copy(copy, root_);
}

std::string CrashModel::describe(const CrashChoice& choice) const {
  static constexpr const char* kFates[] = {"lost", "kept", "zeroed", "torn"};
  std::map<Node, std::string> names;
  const auto name_all = [&](const auto& self, const Node& node, const std::string& path) -> void {
    names[node] = path;
    for (const auto& [name, child] : node->entries) self(self, child, path + "/" + name);
  };
  name_all(name_all, root_, "");
  std::string text;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const auto& op = pending_[i];
    text += i == 0 ? "" : "; ";
    if (op.kind == Pending::Kind::kWrite) {
      text += "write " + names[op.file] + " " + std::to_string(op.bytes.size()) + "@" +
              std::to_string(op.position);
    } else if (op.kind == Pending::Kind::kTruncate) {
      text += "truncate " + names[op.file] + " to " + std::to_string(op.position);
    } else {
      for (const auto& change : op.changes) {
        text += (change.child ? "link " : "unlink ") + names[change.directory] + "/" + change.name +
                " ";
      }
    }
    text += " " + std::string(kFates[static_cast<std::size_t>(choice.fates[i])]);
  }
  return text;
}

}  // namespace kreel::test
