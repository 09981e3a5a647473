"""The examples in the schema are programs that compile."""

from pathlib import Path

import pytest

from pulumi_workspace365_components.package.examples import EXAMPLES, programs
from tests.components.package import language_programs
from tests.components.package.language_programs import TOOLS, where

SOURCES = {"typescript": "{resource}.ts", "go": "{resource}/main.go", "java": "src/main/java/{resource}/App.java"}
COMPILERS = {
    "typescript": [
        "npx",
        "--no-install",
        "tsc",
        "--noEmit",
        "--strict",
        "--target",
        "es2020",
        "--module",
        "commonjs",
        "--skipLibCheck",
    ],
    "go": ["go", "vet", "./..."],
    "java": ["mvn", "--quiet", "--batch-mode", "compile"],
}


@pytest.mark.timeout(1200)  # the first compilation of an SDK
@pytest.mark.parametrize("language", [pytest.param(name, marks=where(*TOOLS[name])) for name in COMPILERS])
def test_the_examples_of_the_schema_compile(language: str, tmp_path: Path) -> None:
    here = language_programs.copied(f"environment-{language}", tmp_path / "program", language_programs.variables)
    files = {resource: SOURCES[language].format(resource=resource.lower()) for resource in EXAMPLES}
    for resource, file in files.items():
        head = f"package {resource.lower()};\n" if language == "java" else ""
        path = here.folder / file
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(head + programs(resource)[language])
    here.run(*COMPILERS[language], *(files.values() if language == "typescript" else ()))
