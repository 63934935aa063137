#!/usr/bin/env python3
"""Makes protocol_schema.txt from a JSON array of Apache Kafka's message definitions.

    tests/golden/make_schema_table.py schemas.json > tests/golden/protocol_schema.txt

The array has one object per message: module, type, apiKey, name, validVersions, flexibleVersions,
fields, released (versions per Kafka release; a "!" marks a newest version that is not stable). The
table has the messages of libcli/protocol/apis.def and the data messages named below, in the form
that libcli/protocol/schema_printer.hpp prints, so that a test can compare every field.
"""
import json
import pathlib
import re
import sys

RELEASE = "4.3"
CLIENT_DATA = ["RequestHeader", "ResponseHeader", "ConsumerProtocolSubscription",
               "ConsumerProtocolAssignment"]
GROUP_DATA = ["OffsetCommitKey", "OffsetCommitValue", "GroupMetadataKey", "GroupMetadataValue"]
TRANSACTION_DATA = ["TransactionLogKey", "TransactionLogValue"]
INTEGERS = {"int8", "int16", "uint16", "int32", "uint32", "int64"}
NOTICE = """\
# Fields, types, versions, tags and defaults of Kafka's messages. These facts are from the message
# definitions of Apache Kafka 4.3 (https://kafka.apache.org), Copyright The Apache Software
# Foundation, licensed under the Apache License, Version 2.0
# (https://www.apache.org/licenses/LICENSE-2.0). Names are in snake_case, descriptions are left out.
# Made by make_schema_table.py; the form of a line is told in libcli/protocol/schema_printer.hpp.
"""


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name).lower()


def bounds(versions):
    """"3+" -> (3, None), "0-12" -> (0, 12), "1" -> (1, 1)."""
    if versions.endswith("+"):
        return int(versions[:-1]), None
    first, _, last = versions.partition("-")
    return int(first), int(last or first)


def version_text(versions):
    first, last = bounds(versions)
    if last is None:
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"


def default_text(field):
    value, kind = field.get("default", ""), field["type"]
    if value == "null":
        return " default=null"
    if kind in INTEGERS:
        number = int(value or "0", 0)
        return f" default={number}" if number else ""
    if kind == "bool":
        return " default=true" if value == "true" else ""
    if kind == "string" and value:
        return f' default="{value}"'
    return ""


def tags_in_order(fields):
    """Tagged fields rise on the wire, whatever their place in the definition."""
    tagged = iter(sorted((f for f in fields if "tag" in f), key=lambda f: f["tag"]))
    return [next(tagged) if "tag" in f else f for f in fields]


def field_lines(fields, structs, newest, depth):
    for field in tags_in_order(fields):
        versions = field["versions"]
        if bounds(versions)[0] > newest:
            continue
        kind = field["type"]
        element = kind.removeprefix("[]")
        is_struct = element[0].isupper()
        shown = ("[]" if kind.startswith("[]") else "") + ("struct" if is_struct else element)
        line = "  " * depth + f"{snake(field['name'])} {shown} {version_text(versions)}"
        if field.get("nullableVersions", "none") != "none":
            first, last = bounds(field["nullableVersions"])
            field_last = bounds(versions)[1]
            if last not in (None, field_last):
                sys.exit(f"{field['name']}: null ends before the field does")
            line += f" nullable={first}+"
        if "tag" in field:
            if bounds(field["taggedVersions"]) != bounds(versions):
                sys.exit(f"{field['name']}: a tag only in some of its versions")
            line += f" tag={field['tag']}"
        if field.get("ignorable"):
            line += " ignorable"
        if field.get("flexibleVersions") == "none":
            line += " plain_length"
        yield line + default_text(field)
        if is_struct:
            nested = field.get("fields") or structs[element]
            yield from field_lines(nested, structs, newest, depth + 1)


def message_lines(message, released):
    first, last = bounds(message["validVersions"])
    if released:
        first, last = bounds(released.rstrip("!"))
        if released.endswith("!"):
            last -= 1
    line = f"{message['name']} {first}-{last}"
    if message["flexibleVersions"] != "none":
        line += f" flexible={version_text(message['flexibleVersions'])}"
    yield line
    structs = {s["name"]: s["fields"] for s in message.get("commonStructs", [])}
    yield from field_lines(message["fields"], structs, last, 1)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    messages = json.loads(pathlib.Path(sys.argv[1]).read_text())
    by_name = {(m["module"], m["name"]): m for m in messages}
    apis_def = pathlib.Path(__file__).parents[2] / "libcli/protocol/apis.def"
    apis = re.findall(r"^KREEL_SERVED_API\((\w+),", apis_def.read_text(), re.M)
    print(NOTICE, end="")
    for api in apis:
        request = by_name["clients", api + "Request"]
        response = by_name["clients", api + "Response"]
        print(f"\n# {api} {request['apiKey']}")
        for message in (request, response):
            print("\n".join(message_lines(message, request["released"][RELEASE])))
    print("\n# data")
    for module, names in (("clients", CLIENT_DATA), ("group-coordinator", GROUP_DATA),
                          ("transaction-coordinator", TRANSACTION_DATA)):
        for name in names:
            print("\n".join(message_lines(by_name[module, name], None)))


main()
