#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.hpp"
#include "cli/globals.hpp"

namespace kreel::cli {

struct Candidate {
  std::string text;
  std::string about;  // one line, or nothing
};

// What may stand where the cursor is.
struct Completion {
  enum class Kind { kWords, kFiles, kDirectories };
  Kind kind = Kind::kWords;
  std::size_t fixed = 0;              // bytes of the current word that stay: "--group=", "a,"
  bool goes_on = false;               // no blank behind the word: "client.id="
  std::vector<Candidate> candidates;  // for what follows the fixed bytes
  // Topics or groups, where those belong here: asked of the cluster that these flags lead to.
  ValueKind live = ValueKind::kText;
  GlobalArgs globals;
};

// For the words between "kreel" and the cursor's word, and that word up to the cursor. Asks nobody.
Completion complete(const std::vector<std::string>& words, const std::string& current,
                    const Environment& environment);

using CompleteWords = Completion (*)(const std::vector<std::string>& words,
                                     const std::string& current, const Environment& environment);

// The hidden command of the scripts: `kreel __complete bash LINE WORD-BREAKS`, and `kreel
// __complete zsh|fish WORD... CURRENT`. A head line (kind, fixed bytes, "nospace"), then a
// candidate a line. It ends within a tenth of a second, whatever brokers do, and has nothing to say
// about failures. The name of a link to kreel is the first word for `complete_words`, and kreel's
// own name is none.
ExitCode run_completion(const std::vector<std::string>& words, CompleteWords complete_words,
                        const Host& host);

// The script of `shell`, which asks the hidden command, for kreel and links with these names.
std::string completion_script(std::string_view shell, const std::vector<std::string>& links);

}  // namespace kreel::cli
