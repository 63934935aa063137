# kreel's commands in fish. Made by: kreel completion fish
function __kreel_complete
    set -l typed (commandline -opc)
    set -l token (commandline -ct)
    # A quote that is still open is not one that can be taken off.
    set -l current (string unescape -- "$token"; or string replace -r '^["\']' '' -- "$token")
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -e typed[1]
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
complete -c kreel -k -f -a '(__kreel_complete)'
