# kreel's commands in bash. Made by: kreel completion bash
_kreel() {
  local program=$1 typed=${COMP_LINE:0:COMP_POINT} head='' line
  [[ $program == \~/* ]] && program=$HOME/${program:2}
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
complete -F _kreel kreel
