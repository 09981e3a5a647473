"""JSON on the wire, both directions (spec §4 to §9).

The API mixes casings (spec §10.1, quirk 3), so answers are read with their keys' case ignored; unknown keys are ignored too.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class Answer(BaseModel):
    """An object that the server sends. Keys are matched ignoring case; what is unknown is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _fold_keys(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        names = {name.replace("_", ""): name for name in cls.model_fields}
        folded = ((names.get(str(key).casefold().replace("_", "")), value) for key, value in data.items())
        return {name: value for name, value in folded if name}


class CreatedEnvironment(Answer):
    """The answer to a create (spec §4.1): the only place where the id and the temporary password ever appear."""

    environment_name: str = Field(min_length=1)
    id: str | None = None
    temporary_password: SecretStr | None = None


class EnvironmentEntry(Answer):
    """One row of the environment list (spec §4.4). ``creation_date`` is the server's text, as sent (A-10)."""

    name: str = Field(min_length=1)
    is_active: bool
    creation_date: str | None = None
