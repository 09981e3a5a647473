from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, computed_field


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True)

    names: list[str]
    color: Color = Color.RED
    order: dict[str, NonNegativeInt] = {}

    @computed_field
    @property
    def words(self) -> str:
        return " ".join(self.names)

    @classmethod
    def filled(cls, props: dict[str, Any]) -> "Model":
        model = cls(**props)
        return model.model_copy(update={"order": {name: place for place, name in enumerate(model.names)}})
