#!/usr/bin/env python3
"""Reduces an OpenAPI document to its facts: what a client sends and gets, without a word of prose.

    facts.py DOCUMENT.yaml --source WHERE --mount PREFIX > NAME.json

Kept are paths, methods, parameters, bodies, statuses, media types and schemas with their types,
formats, limits, enums, defaults, required fields and nullability. PREFIX is what the paths of the
document are under on a server. Needs PyYAML (Debian: python3-yaml). Run by hand when the reference
changes; the test `contract` reads the result.
"""

import argparse
import json
import sys

import yaml

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
SCHEMA_FACTS = (
    "$ref", "type", "format", "enum", "default", "nullable", "required",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
    "minProperties", "maxProperties",
)
LINE = 100


def schema(node):
    facts = {name: plain(node[name]) for name in SCHEMA_FACTS if name in node}
    if "properties" in node:
        facts["properties"] = {str(name): schema(value) for name, value in node["properties"].items()}
    if "items" in node:
        facts["items"] = schema(node["items"])
    for name in ("allOf", "oneOf", "anyOf"):
        if name in node:
            facts[name] = [schema(part) for part in node[name]]
    if "additionalProperties" in node:
        more = node["additionalProperties"]
        facts["additionalProperties"] = schema(more) if isinstance(more, dict) else more
    return facts


def plain(value):
    """Dates and the like, which YAML turns into objects, become text again."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def content(node):
    return {kind: {"schema": schema(value.get("schema", {}))} for kind, value in node.items()}


def parameter(node):
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    return {
        "name": node["name"],
        "in": node["in"],
        "required": node.get("required", False),
        "schema": schema(node.get("schema", {})),
    }


def response(node):
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    return {"content": content(node["content"])} if "content" in node else {}


def operation(node, shared):
    facts = {}
    parameters = shared + node.get("parameters", [])
    if parameters:
        facts["parameters"] = [parameter(one) for one in parameters]
    if "requestBody" in node:
        body = node["requestBody"]
        facts["requestBody"] = {"required": body.get("required", False), "content": content(body["content"])}
    facts["responses"] = {str(status): response(value) for status, value in node["responses"].items()}
    return facts


def document(node):
    components = node.get("components", {})
    parts = {"schemas": schema, "parameters": parameter, "responses": response}
    return {
        "paths": {
            path: {
                method: operation(item[method], item.get("parameters", []))
                for method in METHODS
                if method in item
            }
            for path, item in node["paths"].items()
        },
        "components": {
            name: {str(key): reduce(value) for key, value in components[name].items()}
            for name, reduce in parts.items()
            if name in components
        },
    }


def text(value, depth=0):
    """JSON with everything on one line that fits on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(flat) + depth <= LINE:
        return flat
    inner, outer = " " * (depth + 1), " " * depth
    if isinstance(value, list):
        parts = [text(part, depth + 1) for part in value]
        opening, closing = "[", "]"
    else:
        parts = [f"{json.dumps(key)}: {text(part, depth + 1)}" for key, part in value.items()]
        opening, closing = "{", "}"
    return opening + "\n" + ",\n".join(inner + part for part in parts) + "\n" + outer + closing


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("document")
    arguments.add_argument("--source", required=True, help="where the document comes from, with its commit")
    arguments.add_argument("--mount", default="", help="what its paths are under on a server")
    asked = arguments.parse_args()
    with open(asked.document, encoding="utf-8") as file:
        read = yaml.safe_load(file)
    facts = {
        "source": asked.source,
        "version": str(read["info"]["version"]),
        "mount": asked.mount,
        **document(read),
    }
    sys.stdout.write(text(facts) + "\n")


if __name__ == "__main__":
    main()
