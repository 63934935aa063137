# kreel's commands in fish. Made by: kreel completion fish
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
for name in kreel kafka-acls kafka-acls.sh kafka-broker-api-versions kafka-broker-api-versions.sh kafka-cluster kafka-cluster.sh kafka-configs kafka-configs.sh kafka-console-consumer kafka-console-consumer.sh kafka-console-producer kafka-console-producer.sh kafka-consumer-groups kafka-consumer-groups.sh kafka-consumer-perf-test kafka-consumer-perf-test.sh kafka-delete-records kafka-delete-records.sh kafka-dump-log kafka-dump-log.sh kafka-features kafka-features.sh kafka-get-offsets kafka-get-offsets.sh kafka-groups kafka-groups.sh kafka-leader-election kafka-leader-election.sh kafka-log-dirs kafka-log-dirs.sh kafka-metadata-quorum kafka-metadata-quorum.sh kafka-producer-perf-test kafka-producer-perf-test.sh kafka-reassign-partitions kafka-reassign-partitions.sh kafka-run-class kafka-run-class.sh kafka-storage kafka-storage.sh kafka-streams-application-reset kafka-streams-application-reset.sh kafka-topics kafka-topics.sh kafka-transactions kafka-transactions.sh kafka-verifiable-consumer kafka-verifiable-consumer.sh kafka-verifiable-producer kafka-verifiable-producer.sh
    complete -c $name -k -f -a '(__kreel_complete)'
end
