"""What a broker's directory holds."""

import os
import time


def topic_bytes(directory, topic):
    """The files of all partitions of a topic, while compaction goes on with them."""
    total = 0
    data = os.path.join(directory, "data")
    for name in os.listdir(data):
        if name.rpartition("-")[0] != topic:
            continue
        for entry in os.scandir(os.path.join(data, name)):
            try:
                total += entry.stat().st_size
            except FileNotFoundError:
                pass  # compaction was quicker
    return total


def settled_bytes(directory, topic, bytes_max, wait_s):
    """topic_bytes() once compaction has come below bytes_max, or when wait_s is over."""
    deadline = time.monotonic() + wait_s
    while topic_bytes(directory, topic) > bytes_max and time.monotonic() < deadline:
        time.sleep(0.1)
    return topic_bytes(directory, topic)
