"""Checks event lines (JSON lines) against the schema, that each kind of event occurs, and that the schema is strict.

Usage: check_events_schema.py SCHEMA LINES...   Exit status 77: skipped, because python3-jsonschema is missing.
"""

import copy
import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: /usr/bin/python3 has no module jsonschema (Debian: python3-jsonschema)")
    sys.exit(77)


def kinds_of(schema):
    return {
        schema["definitions"][choice["$ref"].rsplit("/", 1)[1]]["properties"]["event"]["const"]
        for choice in schema["oneOf"]
    }


def broken_versions(event):
    """Events that the schema must refuse: without one member, with an unknown kind, with a member of the wrong type."""
    for name in ("v", "event", "time", "mono_ns"):
        broken = copy.deepcopy(event)
        del broken[name]
        yield broken
    yield {**event, "event": "no_such_event"}
    yield {**event, "v": 2}
    yield {**event, "attempt": "0"}
    yield {**event, "unheard_of": 1}


def main(schema_path, *line_paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    seen = set()
    for path in line_paths:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                event = json.loads(line)
                seen.add(event["event"])
                problem = jsonschema.exceptions.best_match(validator.iter_errors(event))
                if problem:
                    sys.exit(f"{path}:{number}: {problem.message}\n  in {line}")
                for broken in broken_versions(event):
                    if validator.is_valid(broken):
                        sys.exit(f"{path}:{number}: the schema accepts {json.dumps(broken)}")
    missing = kinds_of(schema) - seen
    if missing:
        sys.exit(f"no line has {', '.join(sorted(missing))}")
    print(f"{len(seen)} kinds of events follow the schema")


if __name__ == "__main__":
    main(*sys.argv[1:])
