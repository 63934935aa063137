#!/bin/sh
# Without words, or with flags: the broker, set up by the KAFKA_* variables. Other words are a
# command to run in its place.
set -eu

case "${1:-}" in
  "" | -*) ;;
  *) exec "$@" ;;
esac

# Where the data lies when nobody says so: where the image that a volume was made for keeps it.
if [ -z "${KAFKA_LOG_DIRS:-}${KAFKA_CFG_LOG_DIRS:-}${KAFKA_LOG_DIR:-}" ]; then
  export KAFKA_LOG_DIRS=/var/lib/kafka/data
  for volume in /bitnami/kafka /kafka; do
    if mountpoint -q "$volume"; then KAFKA_LOG_DIRS=$volume/data; fi
  done
fi

# What Apache Kafka's image takes from a mounted file.
mounted=/mnt/shared/config/server.properties
if [ -f "$mounted" ]; then set -- --config-file "$mounted" "$@"; fi

# --insecure: as in any image of Kafka, the broker listens on all of the container's addresses, and
# who can reach those is decided by the networks and published ports of the container.
exec kreel serve --config-from-env --insecure --ready-file "$READY_FILE" "$@"
