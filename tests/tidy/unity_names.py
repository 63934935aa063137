"""Sources of a folder are compiled together (packaging/cmake/unity.cmake), in batches that shift when a file is added:
two files of a folder must not have the same name in their anonymous namespaces. Functions may differ by parameters."""

import re

DECLARATIONS = [
    re.compile(r"(?:struct|class|enum class) (\w+)"),
    re.compile(r"using (\w+) ="),
    re.compile(r"(?:inline |static |thread_local )*(?:constexpr|constinit|const) [\w:<>, *&()]+?\b(\w+)(?:\{| =|\[|;)"),
]
FUNCTION = re.compile(r"^(?!return|else|if|for|namespace)[\w:<>,*&\[\] ]+?[ *&](\w+)\(([^{;]*?)\)[^;{]*\{", re.S)


def folder_of(name):
    """What is one target in CMake."""
    parts = name.split("/")
    if parts[0] == "apps":
        return "apps"
    return "/".join(parts[:2] if parts[0] == "libcli" else parts[:-1])


def parameter_types(text):
    """The types of a parameter list, without names and defaults."""
    types, depth, current = [], 0, ""
    for char in text + ",":
        depth += (char in "<({") - (char in ">)}")
        if char == "," and depth == 0:
            one = re.sub(r"\s+", " ", current.split("=")[0]).strip()
            types.append(re.sub(r"(?<=[\w>&*\]]) ?\b\w+$", "", one) if " " in one else one)
            current = ""
        else:
            current += char
    return tuple(one.replace("const ", "").strip() for one in types)


def anonymous_names(text):
    """Names at the top of anonymous namespaces; a function's comes with its parameters' types."""
    for block in re.finditer(r"^namespace \{\n(.*?)^\}  // namespace$", text, re.S | re.M):
        for piece in re.split(r"\n(?=[^\s}/#])", "\n" + block.group(1)):
            piece = piece.strip("\n")
            declared = next((m for m in (d.match(piece) for d in DECLARATIONS) if m), None)
            function = FUNCTION.match(piece)
            if declared:
                yield declared.group(1)
            elif function:
                yield function.group(1), parameter_types(function.group(2))


def findings(sources):
    """One line for each name that a second file of a folder has, too; `sources` are (name, text)."""
    first = {}
    for name, text in sources:
        if name.startswith("tests/bench/"):  # each of them is a program of its own
            continue
        for declared in set(anonymous_names(text)):
            known = first.setdefault((folder_of(name), declared), name)
            if known != name:
                word = declared if isinstance(declared, str) else declared[0] + "()"
                yield f"{name}: {word} is in the anonymous namespace of {known}, too: they are compiled together"
