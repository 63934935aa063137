#include "cli/completion.hpp"

#include <fmt/format.h>

namespace kreel::cli {
namespace {

// What they know is asked of `kreel __complete` at each Tab, so they are never older than it.
// Nothing that it prints is evaluated. Links with names of Apache's tools are completed by kreel,
// too, so that what else may have such a name is not run. @LINKS@ are these names.
constexpr std::string_view kBash = R"(# kreel's commands in bash. Made by: kreel completion bash
_kreel() {
  local program=$1 typed=${COMP_LINE:0:COMP_POINT} head='' line
  [[ $program == \~/* ]] && program=$HOME/${program:2}
  [[ ${program##*/} == kafka-* ]] && program=kreel
  COMPREPLY=()
  {
    IFS= read -r head
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <("$program" __complete bash "$typed" "$COMP_WORDBREAKS" </dev/null 2>/dev/null)
  case $head in
    files*) compopt -o default ;;
    directories*) compopt -o dirnames ;;
    *nospace) compopt -o nospace ;;
  esac
}
complete -F _kreel kreel @LINKS@
)";

constexpr std::string_view kZsh = R"(#compdef kreel @LINKS@
# kreel's commands in zsh. Made by: kreel completion zsh
_kreel() {
  local program=${(Q)words[1]} line
  local -a typed lines head values shown more
  local -i width=0 described=0
  [[ $program == '~/'* ]] && program=$HOME/${program[3,-1]}
  [[ ${program:t} == kafka-* ]] && typed=(${program:t}) program=kreel
  (( CURRENT > 2 )) && typed+=("${(@Q)words[2,CURRENT-1]}")
  lines=("${(@f)$("$program" __complete zsh "${typed[@]}" "${(Q)PREFIX}" </dev/null 2>/dev/null)}")
  head=(${(s: :)lines[1]})
  (( $#head >= 2 )) || return 1
  (( head[2] > 0 )) && compset -p $head[2]
  case $head[1] in
    files) _files; return ;;
    directories) _files -/; return ;;
  esac
  [[ $head[3] == nospace ]] && more=(-S '')
  for line in "${(@)lines[2,-1]}"; do
    values+=("${line%%$'\t'*}")
    [[ $line == *$'\t'* ]] && described=1
    (( $#values[-1] > width )) && width=$#values[-1]
  done
  (( $#values )) || return 1
  if (( described )); then
    for line in "${(@)lines[2,-1]}"; do
      shown+=("${(r:width:)${line%%$'\t'*}} -- ${line#*$'\t'}")
    done
    compadd -l -d shown "${more[@]}" -a values
  else
    compadd "${more[@]}" -a values
  fi
}
if [[ ${funcstack[1]-} == _kreel ]]; then
  _kreel "$@"
else
  compdef _kreel kreel @LINKS@
fi
)";

constexpr std::string_view kFish = R"(# kreel's commands in fish. Made by: kreel completion fish
function __kreel_complete
    set -l typed (commandline -opc)
    set -l token (commandline -ct)
    # A quote that is still open is not one that can be taken off.
    set -l current (string unescape -- "$token"; or string replace -r '^["\']' '' -- "$token")
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    if string match -qr '(^|/)kafka-[^/]*$' -- $program
        set program kreel
        set typed[1] (string replace -r '.*/' '' -- $typed[1])
    else
        set -e typed[1]
    end
    set -l lines ($program __complete fish $typed "$current" </dev/null 2>/dev/null)
    set -l head (string split ' ' -- $lines[1])
    set -l fixed ''
    set -l rest "$current"
    if test (count $head) -ge 2; and test $head[2] -gt 0
        set fixed (string sub -l $head[2] -- $current)
        set rest (string sub -s (math $head[2] + 1) -- $current)
    end
    switch "$head[1]"
        case files
            printf '%s\n' $fixed(__fish_complete_path "$rest")
        case directories
            printf '%s\n' $fixed(__fish_complete_directories "$rest" '')
        case words
            set -e lines[1]
            test (count $lines) -gt 0; and printf '%s\n' $fixed$lines
    end
end
for name in kreel @LINKS@
    complete -c $name -k -f -a '(__kreel_complete)'
end
)";

constexpr std::string_view kLinks = "@LINKS@";

}  // namespace

std::string completion_script(std::string_view shell, const std::vector<std::string>& links) {
  std::string script(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
  for (auto at = script.find(kLinks); at != std::string::npos; at = script.find(kLinks)) {
    script.replace(at, kLinks.size(), fmt::format("{}", fmt::join(links, " ")));
  }
  return script;
}

}  // namespace kreel::cli
