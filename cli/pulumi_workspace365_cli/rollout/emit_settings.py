"""``emit:`` of ``rollout.yaml``: what the files for other executors need to know beside the waves. No value of a secret is ever in it."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_VARIABLE = r"^[A-Z_][A-Z0-9_]{0,99}$"
_SECRET_WORDS = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL", re.IGNORECASE)
_CLEAR = re.compile(r"[A-Za-z0-9_.:/@?&=,+~%-]*")
_OWN = frozenset({"STACK", "ALLOW", "CHECKS", "DRIFT", "REFRESH", "DISMISS", "ROLLOUT", "LANE", "PATH"})
_PREVIEW_KNOWS_NOT = ("W365_",)


def _free(name: str) -> str:
    if name in _OWN:
        raise ValueError(f"{name} is set by the emitted file itself")
    return name


def _no_secret(variables: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in variables.items():
        if _SECRET_WORDS.search(name):
            raise ValueError(f"{name} looks like a secret: list it under secrets, where its value is kept by the executor")
        if not _CLEAR.fullmatch(value):
            raise ValueError(f"{name}: its value may hold letters, digits and _.:/@?&=,+~%- only")
        if urlsplit(value).password:
            raise ValueError(f"{name} holds a password: list it under secrets, where its value is kept by the executor")
    return variables


def _repository(url: str) -> str:
    if not _CLEAR.fullmatch(url):
        raise ValueError("it must be the address of a Git repository")
    if "@" in urlsplit(url).netloc and urlsplit(url).scheme in {"http", "https"}:
        raise ValueError("it holds a user or a token, which everybody could read: leave it out")
    return url


_Name = Annotated[str, Field(pattern=_VARIABLE), AfterValidator(_free)]


class EmitSettings(BaseModel):
    """What the emitted files name.

    Attributes:
        secrets: environment variables whose values the executor keeps: names only.
        variables: environment variables in the clear, such as the address of the state's backend.
        organization: of Pulumi Cloud, for the operator, which needs fully qualified names of stacks.
        repository: from which the operator takes the project.
        folder: of the project in the repository, for the operator.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    secrets: tuple[_Name, ...] = ("PULUMI_ACCESS_TOKEN", "W365_PROVISIONING_KEY", "W365_HEALTH_API_KEY")
    variables: Annotated[dict[_Name, str], AfterValidator(_no_secret)] = Field(default_factory=dict)
    organization: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$")] = ""
    repository: Annotated[str, AfterValidator(_repository)] = ""
    folder: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]*$")] = ""

    @property
    def preview_secrets(self) -> tuple[str, ...]:
        """Those of a preview, which sends nothing to an instance and so needs none of its keys."""
        return tuple(name for name in self.secrets if not name.startswith(_PREVIEW_KNOWS_NOT))
