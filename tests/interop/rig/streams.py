"""A Kafka Streams word count with exactly_once_v2, while the application and the broker are killed with SIGKILL."""

import random

from rig import brokers, fetch
from rig.kreel_command import Kreel, fresh
from rig.program import LONG, Program, eventually
from rig.report import Report, equal

LINES = 60_000 if LONG else 3_000
WORDS_PER_LINE = 4
VOCABULARY = 500
PARTITIONS = 2
ROUNDS = 6 if LONG else 1  # of killing the application, then the broker
# Segments of the changelogs end after a second; what is behind is compacted soon.
SETTINGS = ("log.cleaner.backoff.ms=300",)


def run(options, broker_for):
    report = Report(options.only)
    jars = fetch.maven_jars(fetch.HERE / "java/streams/pom.xml", "streams")
    kafka = brokers.kafka_jars()
    classes = fetch.javac([fetch.HERE / "java/streams/WordCount.java"], jars, "java-streams")
    with broker_for(options, ephemeral=False, settings=SETTINGS) as broker:
        kreel = Kreel(options.kreel, broker.bootstrap, broker.scratch)
        command = [*brokers.java_command(jars=kafka, extra_classpath=[classes, f"{jars}/*"]), "WordCount"]
        report.run("word-count-exactly-once-over-kills", count_words, kreel, broker, command)
        if report.failed:
            print(broker.log_tail())
    return report.counts()


class Words:
    """Lines of words, and how often each of them has been produced."""

    def __init__(self, kreel, topic):
        self.kreel, self.topic, self.counts, self.chance = kreel, topic, {}, random.Random(7)

    def produce(self, lines):
        made = [[f"word{int(self.chance.paretovariate(0.6)) % VOCABULARY}" for _ in range(WORDS_PER_LINE)]
                for _ in range(lines)]
        for word in sum(made, []):
            self.counts[word] = self.counts.get(word, 0) + 1
        self.kreel.produce(self.topic, [" ".join(words) for words in made])

    def total(self):
        return sum(self.counts.values())


def count_words(kreel, broker, command):
    application = fresh("wordcount")
    lines, counts = kreel.topic("lines", PARTITIONS), kreel.topic("counts", PARTITIONS)
    changelog = f"{application}-counts-changelog"
    words = Words(kreel, lines)
    command = [*command, broker.bootstrap, application, lines, counts, broker.scratch / "state"]
    share = LINES // (2 * ROUNDS + 1)
    with Program(application, command, broker.scratch, kreel.environment) as program:
        for turn in range(2 * ROUNDS):
            before = words.total()
            words.produce(share)
            eventually(lambda: written(kreel, counts) > before, "words are counted", alive=[program])
            if turn % 2 == 0:
                program.kill()
                program.start()
            else:
                broker.kill()
                broker.start()
        words.produce(LINES - 2 * ROUNDS * share)
        eventually(lambda: written(kreel, counts) >= words.total(), "all words are counted", alive=[program])
        equal("compact", kreel.items("topics", "describe", changelog)[0]["configs"]["cleanup.policy"],
              "policy of the changelog")
        eventually(lambda: len(kreel.records(changelog)) < words.total(), "the changelog is compacted",
                   alive=[program])
        if LONG:
            # A state without a disk of its own is rebuilt from the compacted changelog.
            program.kill()
            program.command[-1] = str(broker.scratch / "another-state")
            program.start()
            words.produce(share)
            eventually(lambda: written(kreel, counts) >= words.total(), "words go on being counted", alive=[program])
        status = program.stop()
        assert status in (0, 143), f"exit of the application: {status}"
    check(kreel, counts, words.counts)


def written(kreel, topic):
    return len(kreel.records(topic))


def check(kreel, topic, expected):
    """Each word's counts are 1, 2, 3, … without a gap and without a repetition, up to what was produced."""
    seen = {}
    for record in kreel.records(topic):
        seen.setdefault(record["key"], []).append(int(record["value"]))
    equal(set(expected), set(seen), "words")
    wrong = {word: counts[-3:] for word, counts in seen.items()
             if counts != list(range(1, expected[word] + 1))}
    equal({}, wrong, "words whose counts are not 1, 2, 3, …")
