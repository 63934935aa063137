# kreel's commands in bash. Made by: kreel completion bash
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
complete -F _kreel kreel kafka-acls kafka-acls.sh kafka-broker-api-versions kafka-broker-api-versions.sh kafka-cluster kafka-cluster.sh kafka-configs kafka-configs.sh kafka-console-consumer kafka-console-consumer.sh kafka-console-producer kafka-console-producer.sh kafka-consumer-groups kafka-consumer-groups.sh kafka-consumer-perf-test kafka-consumer-perf-test.sh kafka-delete-records kafka-delete-records.sh kafka-dump-log kafka-dump-log.sh kafka-features kafka-features.sh kafka-get-offsets kafka-get-offsets.sh kafka-groups kafka-groups.sh kafka-leader-election kafka-leader-election.sh kafka-log-dirs kafka-log-dirs.sh kafka-metadata-quorum kafka-metadata-quorum.sh kafka-producer-perf-test kafka-producer-perf-test.sh kafka-reassign-partitions kafka-reassign-partitions.sh kafka-run-class kafka-run-class.sh kafka-storage kafka-storage.sh kafka-streams-application-reset kafka-streams-application-reset.sh kafka-topics kafka-topics.sh kafka-transactions kafka-transactions.sh kafka-verifiable-consumer kafka-verifiable-consumer.sh kafka-verifiable-producer kafka-verifiable-producer.sh
