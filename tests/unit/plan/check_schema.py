"""Checks JSON documents against a JSON schema: check_schema.py SCHEMA DOCUMENT... Exits 77 where that cannot be done."""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python module jsonschema is not installed (Debian: python3-jsonschema)")
    sys.exit(77)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


schema = load(sys.argv[1])
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failures = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(load(path)):
        failures += 1
        print(f"{path}: {'/'.join(map(str, error.path))}: {error.message}")
print(f"{len(sys.argv) - 2} documents, {failures} failures")
sys.exit(1 if failures or len(sys.argv) < 3 else 0)
