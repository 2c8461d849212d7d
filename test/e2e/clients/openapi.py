#!/usr/bin/python3
"""Holds a gateway's answers against docs/rest-api.yaml.

openapi.py DOCUMENT URL TOKEN: calls every operation that the document has, as it says and in wrong ways. What
comes must be a status that the document has for the operation, of a content type that it has for the status,
with a body that keeps the schema. Prints a line for each answer that does not, and then how many calls were
made; the exit status says whether all was well."""

import json
import re
import sys
import urllib.error
import urllib.request

import jsonschema
import yaml

STREAM = "text/event-stream"
PROBLEM = "application/problem+json"
# Requests of which the answers are looked at: operation, path, method, body, content type, with token.
WRONG_TYPE = "text/plain"
PATCH = "application/merge-patch+json"


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.content = yaml.safe_load(file)
        self.problems = []
        self.seen = set()

    def resolved(self, what):
        while "$ref" in what:
            target = self.content
            for step in what["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            what = target
        return what

    def operations(self):
        for path, item in self.content["paths"].items():
            for method in ("get", "patch", "post", "put", "delete"):
                if method in item:
                    yield path, method.upper(), item[method]

    def check_schema(self, schema, value):
        whole = {**schema, "components": self.content["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)

    def check(self, operation, label, status, kind, body):
        self.seen.add((operation["operationId"], status))
        documented = operation["responses"].get(str(status))
        if documented is None:
            return self.complain(label, f"status {status} is not documented")
        content = self.resolved(documented).get("content", {})
        if kind.split(";")[0] not in {one.split(";")[0] for one in content}:
            return self.complain(label, f"{status} comes as {kind}, documented are {list(content)}")
        schema = next(one for name, one in content.items() if name.split(";")[0] == kind.split(";")[0])["schema"]
        try:
            self.check_schema(schema, json.loads(body) if "json" in kind else body.decode())
        except (jsonschema.ValidationError, ValueError) as problem:
            self.complain(label, f"{status} is not as documented: {str(problem).splitlines()[0]}")

    def complain(self, label, problem):
        self.problems.append(f"{label}: {problem}")


def answer_to(url, method, token, body=None, kind=None):
    request = urllib.request.Request(url, method=method, data=body)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    if kind:
        request.add_header("Content-Type", kind)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            kind = answer.headers["Content-Type"]
            # A stream does not end: its first line says enough.
            return answer.status, kind, answer.readline() if kind.startswith(STREAM) else answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


def requests_for(path, method, operation):
    """(path, with token, body, content type), right ones first."""
    content = operation.get("requestBody", {}).get("content", {})
    kinds = list(content)
    kind = kinds[0] if kinds else None
    examples = [one["value"] for one in content.get(kind, {}).get("examples", {}).values()]
    bodies = [json.dumps(example).encode() for example in examples] or [b"{}"]
    body = bodies[0] if kinds else None
    right = re.sub(r"{\w+}", "alpha", path)
    yield right, True, body, kind
    yield right, False, body, kind
    yield right + "?nonsense=1", True, body, kind
    if "{" in path:
        yield re.sub(r"{\w+}", "nobody", path), True, body, kind
    if kinds:
        for other in bodies[1:]:
            yield right, True, other, kind
        yield right, True, b"{", kind
        yield right, True, body, WRONG_TYPE
        yield right, True, b" " * 100000, kind
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "query":
            continue
        name = parameter["name"]
        yield f"{right}?{name}=%00", True, body, kind
        for example in parameter.get("examples", {}).values():
            yield f"{right}?{name}={example['value']}", True, body, kind


def main(path, url, token):
    document = Document(path)
    calls = 0
    for name, schema in document.content["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as problem:
            document.complain(name, f"no schema: {problem.message}")
    for target, method, operation in document.operations():
        for concrete, known, body, kind in requests_for(target, method, operation):
            answer = answer_to(url + concrete, method, token if known else None, body, kind)
            document.check(operation, f"{method} {concrete}", *answer)
            calls += 1
        if (operation["operationId"], 200) not in document.seen:
            document.complain(f"{method} {target}", "never answered with 200")
    for problem in document.problems:
        print(problem)
    print(f"{calls} calls")
    return 1 if document.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
