"""Runs commands with variables of the environment, in files beside the program and in a temporary folder."""
# change: "plum" -> "damson"
# plan: update a
# outputs: text=plum in foreign True, damson in foreign True
import os
import pathlib
import subprocess
import sys
import tempfile

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, ResourceProvider, UpdateResult


class Commands(ResourceProvider):
    def run(self, props):
        command = "import os, sys; sys.stdout.write(os.environ['KIND'] + ' in ' + sys.stdin.read())"
        environment = {**os.environ, "KIND": props["kind"]}
        name = pathlib.Path("Pulumi.yaml").read_text().partition('"name": "')[2].partition('"')[0]
        done = subprocess.run(
            [sys.executable, "-c", command], input=name, capture_output=True, text=True, env=environment, check=True
        )
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "answer")
            path.write_text(done.stdout)
            return {**props, "text": f"{path.read_text()} {pathlib.Path('__main__.py').exists()}"}

    def create(self, props):
        return CreateResult("a", self.run(props))

    def update(self, id_, olds, news):
        return UpdateResult(self.run(news))

    def read(self, id_, props):
        return ReadResult(id_, self.run(props))

    def delete(self, id_, props):
        subprocess.check_output(["true"])


class Command(Resource):
    text: pulumi.Output[str]

    def __init__(self, name, kind):
        super().__init__(Commands(), name, {"kind": kind, "text": None})


pulumi.export("text", Command("a", "plum").text)
