"""The table of bad input: what is typed, how it ends, what is said.

Words in braces are addresses of bad_input_peers.py. `says` is the first line of stderr behind
"kreel: " and `hint` the line behind "hint: ", both regular expressions of the whole line; without
`hint` there is none. Where the exit code is 0, or `says` is None, `stderr` is what some line has to
match. stdout has to be empty, or match `stdout`."""

import dataclasses


@dataclasses.dataclass
class Row:
    name: str
    command: str
    exit: int
    says: str | None = None
    hint: str | None = None
    stderr: str | None = None
    stdout: str | None = None
    files: dict = dataclasses.field(default_factory=dict)
    may_leave: str = ""  # files that may be new or changed: a regular expression
    several_errors: bool = False
    needs_mount: bool = False


# Commands that reach brokers by different ways: admin calls, and look-up before librdkafka.
WAYS = {"list": "kreel topics list -b {at}", "lag": "kreel groups lag g -b {at}",
        "produce": "echo x | kreel produce orders -b {at}",
        "consume": "kreel consume orders -n 1 -b {at}"}


def at_every_way(name, at, code, says, hint=None, flags=""):
    return [Row(f"{name}: {way}", command.replace("{at}", at) + flags, code, says, hint)
            for way, command in WAYS.items()]


UNCHECKED_TLS = "--tls -X enable.ssl.certificate.verification=false"
IS_PLAINTEXT = "is it a Kafka listener, .*"

CONNECTING = [
    *at_every_way("unknown host", "kafak-1.invalid:9092", 3,
                  r'cannot resolve "kafak-1\.invalid": name not known'),
    *at_every_way("nothing listens", "{closed}", 3,
                  r"cannot connect to {closed}: connection refused"),
    *at_every_way("filtered", "{filtered}", 3, r"cannot connect to {filtered}: no answer in 700ms",
                  flags=" --timeout 700ms"),
    Row("filtered, for the usual ten seconds", "kreel topics list -b {filtered}", 3,
        "cannot connect to {filtered}: no answer in 10s"),
    Row("the first of two brokers is down", "kreel topics list -o json -b {closed},{broker}", 0,
        stdout='"name":"orders"'),
    *at_every_way("advertised address unreachable", "{misadvertised}", 3,
                  "broker 1 advertises {gone}, which cannot be reached from here",
                  ".*advertised.listeners.*")[1:],
    *at_every_way("a TLS port", "{tls}", 4, "{tls} speaks TLS", "--tls"),
    *at_every_way("an HTTP port", "{http}", 3, "{http} is an HTTP server, not Kafka"),
    *at_every_way("an HTTP port that waits for a line", "{silent_http}", 3,
                  "{silent_http} is an HTTP server, not Kafka"),
    *at_every_way("an SSH port", "{ssh}", 3, "{ssh} is an SSH server, not Kafka"),
    *at_every_way("a port that hangs up", "{hang_up}", 3, "{hang_up} closed the connection",
                  IS_PLAINTEXT),
    Row("a TLS port that hangs up", f"kreel topics list -b {{tls}} {UNCHECKED_TLS}", 3,
        "{tls} closed the connection", r".*is it SSL\? a SASL_SSL one hangs up like this"),
    *at_every_way("a port that is silent", "{silent}", 3, "{silent}: no answer in 700ms",
                  flags=" --timeout 700ms"),
    *at_every_way("a port that talks nonsense", "{noise}", 3,
                  r"{noise} does not speak Kafka's protocol"),
    Row("doctor: nothing listens", "kreel doctor -b {closed}", 3,
        "cannot connect to {closed}: connection refused", ".*", stdout=r"tcp +\S+ +fail"),
    Row("doctor: a TLS port", "kreel doctor -b {tls}", 4, "{tls} speaks TLS", ".*--tls.*",
        stdout="protocol +{tls} +fail"),
    Row("doctor: an HTTP port", "kreel doctor -b {silent_http}", 3,
        "{silent_http} is an HTTP server, not Kafka", ".*", stdout="protocol +{silent_http} +fail"),
    Row("doctor: advertised address unreachable", "kreel doctor -b {misadvertised}", 3,
        "broker 1 advertises {gone}, which cannot be reached from here",
        ".*advertised.listeners.*", stdout="advertised +{gone} +fail"),
    Row("no address", "kreel topics list -b 127.0.0.1:99999", 2,
        '"127.0.0.1:99999" is not a HOST:PORT'),
    Row("broker lacks an API", "kreel groups list -b {old_broker}", 1,
        r"the broker does not support \w+ \(Kafka [0-9.]+ and later do\)"),
]

NAMES = [
    Row("unknown topic: consume", "kreel consume oders -b {broker}", 6, 'topic "oders" not found',
        'did you mean "orders"\\?'),
    Row("unknown topic: produce", "echo x | kreel produce oders -b {broker}", 6,
        'topic "oders" not found', 'did you mean "orders"\\?'),
    Row("unknown topic: describe", "kreel topics describe oders -b {broker}", 6,
        'topic "oders" not found', 'did you mean "orders"\\?'),
    Row("unknown topic: the answer is an object", "kreel topics describe oders -o json -b {broker}",
        6, stderr='"errors":\\[{{"code":6,"name":"not_found","message":'
        '"topic \\\\"oders\\\\" not found","hint":"did you mean \\\\"orders\\\\"\\?"}}\\]'),
    Row("unknown topic: cp from", "kreel cp oders quiet -b {broker}", 6, 'topic "oders" not found',
        'did you mean "orders"\\?'),
    Row("unknown topic: cp to", "kreel cp old oders -b {broker}", 6, 'topic "oders" not found',
        'did you mean "orders"\\?'),
    Row("the other cluster is down", "kreel cp old orders -b {broker} --to-brokers {closed}", 3,
        "cannot connect to {closed}: connection refused"),
    Row("unknown group", "kreel groups lag behnid -b {broker}", 6, 'group "behnid" not found',
        'did you mean "behind"\\?'),
    Row("unknown group: reset", "kreel offsets reset behnid --to start --yes -b {broker}", 6,
        'group "behnid" not found', 'did you mean "behind"\\?'),
    Row("lag above the limit", "kreel groups lag behind --fail-above 3 -b {broker}", 10,
        'group "behind" is 149 offsets behind, above 3', stdout=r"\AGROUP +TOPIC"),
    Row("a limit that is none", "kreel groups lag behind --fail-above 3q -b {broker}", 2,
        '--fail-above: "3q" is no time and no number of records', ".*"),
    Row("top: no terminal", "kreel top -b {broker}", 2, "top: stdout is not a terminal", ".*"),
    Row("partition out of range: consume", "kreel consume orders -p 7 -b {broker}", 6,
        r"orders\[7\]: the topic has 6 partitions"),
    Row("partition out of range: produce", "echo x | kreel produce orders -p 7 -b {broker}", 6,
        r"orders\[7\]: the topic has 6 partitions"),
    Row("offset out of range", "kreel consume old --from 99 -b {broker}", 6,
        r"old\[0\]: offset 99 is outside 100\.\.250"),
    Row("offset out of range: reset",
        "kreel offsets reset behind --to 9999 --yes -b {broker}", 6,
        r"old\[0\]: offset 9999 is outside 100\.\.250", "--out-of-range clamp .*"),
    Row("reset of an active group", "kreel offsets reset busy --to start --yes -b {broker}", 7,
        r'group "busy" is Stable with 1 member: .*\(kreel, 127\.0\.0\.1\)', ".*--wait-empty.*"),
    Row("a time in the future, for a reset",
        "kreel offsets reset behind --to @2130-01-01T00:00Z --yes -b {broker}", 2,
        "2130-01-01T00:00Z is in the future; this would skip everything"),
    Row("a range the wrong way round: consume", "kreel consume old --from 9..3 -b {broker}", 2,
        "from 9 until 3: that ends before it starts"),
    Row("times the wrong way round",
        "kreel consume old --from @2025-02-01T00:00Z --until @2025-01-01T00:00Z", 2,
        "from @2025-02-01T00:00:00Z until @2025-01-01T00:00:00Z: that ends before it starts"),
    Row("a range the wrong way round: cp", "kreel cp old copied --from end..start -b {broker}", 2,
        "from end until start: that ends before it starts"),
    Row("ambiguous digits as a time", "kreel consume old --from @16225056 -b {broker}", 2,
        r'ambiguous time "16225056": write 10 digits for s, 13 for ms, or a date'),
    Row("a change that nobody agreed to", "kreel topics delete orders -b {broker} </dev/null", 7,
        "topics delete: refused without --yes: .*", ".*--dry-run.*"),
]

RECORDS = [
    Row("malformed JSON line", r"""printf '{{"value":"a"}}\n{{"value" "b"}}\n' | """
        "kreel produce orders --from jsonl -q -b {broker}", 8, "stdin:2:10: expected ':'",
        "--skip-bad FILE keeps such lines and goes on"),
    Row("malformed JSON line in a file", "kreel produce orders --from jsonl -q --file in.jsonl "
        "-b {broker}", 8, r"in\.jsonl:1:\d+: .*", "--skip-bad .*", files={"in.jsonl": "nonsense\n"}),
    Row("record too large", "(echo a; head -c 1200345 /dev/zero | tr '\\0' x; echo; echo b) | "
        "kreel produce orders -b {broker}", 8,
        "stdin:2: 1,200,345 bytes is over the topic's limit 1,048,588",
        stderr="^2 records acknowledged"),
    Row("file exists", "echo x | kreel produce orders --skip-bad rejects -b {broker}", 7,
        "refusing to overwrite rejects", files={"rejects": "kept\n"}),
    Row("empty stdin", "kreel produce orders -b {broker} </dev/null", 0, stderr="^0 records$"),
    Row("closed stdin", "kreel produce orders -b {broker} <&-", 9, "cannot read stdin: bad file descriptor"),
    Row("closed stdout", "kreel consume old --until end -b {broker} >&-", 9,
        "write error on stdout: bad file descriptor .*"),
    Row("no such file", "kreel produce orders --file nothing -b {broker}", 9,
        "cannot read nothing: no such file or directory"),
    Row("disk full on output", "kreel consume old --until end -b {broker} >/dev/full", 9,
        r"write error on \S+: no space left \([0-9,]+ records.*\)"),
    Row("disk full on output: a table", "kreel topics list -b {broker} >/dev/full", 9,
        "write error on stdout: no space left"),
    Row("the reader has gone", "kreel consume old --until end -b {broker} | head -n 1", 0,
        stdout=r"\A101\n\Z"),
    Row("corrupt batch", "kreel consume orders --until end -b {damaging}", 1,
        r"orders\[0\]@2: CRC mismatch", stdout=r"\Afirst\nsecond\n\Z"),
    Row("Ctrl-C", "timeout --preserve-status -s INT 1 kreel consume quiet -b {broker}", 130),
    Row("Ctrl-C in a group",
        "timeout --preserve-status -s INT 1 kreel consume quiet -g new-$RANDOM -b {broker}", 130),
    Row("SIGTERM", "timeout --preserve-status -s TERM 1 kreel consume quiet -b {broker}", 143),
]

USAGE = [
    Row("unknown command", "kreel topcs list", 2, 'unknown command "topcs"',
        'did you mean "topics"\\?'),
    Row("unknown flag", "kreel topics create t --partitons 3", 2, 'unknown flag "--partitons"',
        'did you mean "--partitions"\\?'),
    Row("bad size", "kreel bench produce --size 3q", 2, '--size: "3q" is not a size', ".*64k.*"),
    Row("bad duration", "kreel topics list --timeout 3q", 2, '--timeout: "3q" is not a duration',
        ".*500ms.*"),
    Row("bad number", "kreel topics create t -p x", 2, '-p: "x" is not a number'),
    Row("no regular expression", "kreel consume --regex '['", 2,
        r'"\[" is not a regular expression: .*'),
    Row("no jq expression", "kreel consume t --where '.['", 2,
        r'--where: "\.\[" is not a jq expression: .*'),
    Row("no placeholder", "kreel produce t --template '{{{{nosuch}}}}'", 2,
        r'--template: column 1: "\{{\{{nosuch\}}\}}" is no placeholder', ".*"),
    Row("unclosed placeholder", "kreel produce t --template 'a{{{{n'", 2,
        r'--template: column 2: "\{{\{{" is not closed', ".*"),
    Row("copied to itself", "kreel cp old old -b {broker}", 2, "old would be copied to itself", ".*"),
    Row("two targets", "kreel offsets rewind g --to start --by 3", 2,
        "--by and --to exclude each other"),
    Row("one target twice", "kreel offsets reset g --to start --to end", 2,
        "--to: given more than once"),
    Row("no target", "kreel offsets reset g", 2, ".+", ".*"),
    Row("an argument is missing", "kreel topics create", 2, "topics create: NAME is missing",
        "kreel topics create .*"),
    Row("an unknown profile", "kreel topics list -P prdo", 2, '.*"prdo".*', '.*prod.*',
        files={".config/kreel/config": "[profile prod]\nclient.id = x\n"}),
    Row("a properties file that is missing", "kreel topics list -F nothing", 9,
        "cannot read nothing: no such file or directory"),
]

SERVE = "kreel serve --listen 127.0.0.1:0 "
SERVING = [
    Row("serve: port busy", "kreel serve --ephemeral --listen {broker}", 3,
        "cannot listen on {broker}: the port is in use", ".*another port.*"),
    Row("serve: directory locked", SERVE + "--data-dir {locked}", 7,
        r"locking the data directory: {locked}/\.lock: locked by another process"),
    Row("serve: newer format", SERVE + "--data-dir d", 7,
        r'\S+/d/meta\.properties: version "9" is not one that this program knows', ".*",
        files={"d/meta.properties": "version=9\nnode.id=1\ncluster.id=x\n"}, may_leave=r"d/\.lock"),
    Row("serve: insecure bind", "kreel serve --ephemeral --listen 0.0.0.0:0", 2,
        r"0\.0\.0\.0:0 can be reached by others, and nobody has to authenticate",
        r"--sasl .*; --insecure .*"),
    Row("serve: storage failed", SERVE + "--data-dir /proc/kreel", 9,
        "making directory /proc/kreel: No such file or directory",
        "--data-dir DIR names another place"),
    Row("serve: the data directory is a file", SERVE + "--data-dir file", 9, ".*file.*",
        "--data-dir DIR names another place", files={"file": "x"}),
    Row("serve: corrupt data with --strict", SERVE + "--strict --data-dir d", 8,
        r"t\[0\]@0: bad CRC \(\S+/d/t-0/0+\.log, byte 0\)", ".*--strict.*",
        files="corrupt", may_leave=r"d/(\.lock|meta\.properties)"),
    Row("serve: unknown setting", SERVE + "--ephemeral --config num.partitons=1", 2,
        'there is no setting "num.partitons"', r"did you mean num\.partitions\?"),
    Row("serve: no such settings file", SERVE + "--ephemeral --config-file nothing", 9,
        "cannot read nothing: no such file or directory"),
]

RESET = "kreel offsets reset behind --to start --yes -b {broker}"
FULL_DISK = ("mkdir state && mount -t tmpfs -o size=8k none state && mkdir -p state/kreel/undo && "
             "head -c 99999 /dev/zero 2>/dev/null >state/fill; XDG_STATE_HOME=$PWD/state ")
NOT_SAVED = "nothing was changed; XDG_STATE_HOME names another place for undo files"
NOTHING_PRINTED = r"\A\Z"
UNDO = [
    Row("a plan exists", RESET + " --dry-run --plan-out plan", 7, "refusing to overwrite plan",
        "--force keeps a .bak", files={"plan": "kept\n"}, stdout=""),
    Row("an export exists", "kreel offsets export behind --out plan -b {broker}", 7,
        "refusing to overwrite plan", "--force keeps a .bak", files={"plan": "kept\n"}, stdout=""),
    Row("a plan that is none", "kreel offsets reset behind --from-file plan --yes -b {broker}", 8,
        "plan:1: .*", ".*", files={"plan": "nonsense\n"}),
    Row("a plan that is missing", "kreel offsets reset behind --from-file plan --yes -b {broker}",
        9, "cannot read plan: no such file or directory"),
    Row("nothing to undo", "kreel offsets undo --yes -b {broker}", 6, "no undo file .*"),
    Row("another cluster", RESET + " --expect-cluster other", 7,
        r'this is cluster "[^"]+", not "other" \(--expect-cluster\)', ".*"),
    Row("no place for the undo file", "XDG_STATE_HOME=/proc/nothing " + RESET, 9,
        "cannot save the undo file: making directory /proc/nothing: .*", NOT_SAVED,
        stdout=NOTHING_PRINTED),
    Row("disk full for the undo file", f"unshare -m bash -c '{FULL_DISK}{RESET}'", 9,
        r"write error on \S+/state/kreel/undo/\S+: no space left", NOT_SAVED, stdout=NOTHING_PRINTED,
        may_leave="state", needs_mount=True),
]

CI = [
    Row("delivery unknown at the deadline",
        "printf 'a\\nb\\n' | kreel produce orders --timeout 1s -b {slow}", 1,
        "stdin:1: it is unknown whether it was written: .*",
        stderr="^kreel: 0 acknowledged, 0 failed, 2 unknown$", several_errors=True),
    Row("wait: unreachable", "kreel wait broker -b {closed} --timeout 300ms", 10,
        "{closed}: not within 300ms: cannot connect to {closed}: connection refused", ".*"),
    Row("wait: unknown topic", "kreel wait topic oders -b {broker} --timeout 300ms", 10,
        'topic "oders": not within 300ms: topic "oders" not found', ".*"),
    Row("fewer records than were asked for",
        "kreel consume quiet -n 5 --idle 300ms -b {broker}", 10,
        "0 of 5 records came before nothing came for 300ms"),
    Row("serve -- CMD: no such command", SERVE + "-q --ephemeral -- nosuch", 127,
        'cannot run "nosuch": no such file or directory'),
    Row("serve -- CMD: its exit code", SERVE + "-q --ephemeral -- sh -c 'exit 42'", 42),
    Row("serve: a fault that is none", SERVE + "--ephemeral --fault prduce:NOT_LEADER_OR_FOLLOWER",
        2, 'fault "prduce:NOT_LEADER_OR_FOLLOWER": there is no API "prduce"',
        r"did you mean produce\?"),
    Row("serve: a seed that is no record", SERVE + "--ephemeral --seed bad.jsonl -- true", 8,
        r"bad\.jsonl:1:\d+: .*", files={"bad.jsonl": "nonsense\n"}),
]

ROWS = [*CONNECTING, *NAMES, *RECORDS, *USAGE, *SERVING, *UNDO, *CI]
