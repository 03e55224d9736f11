from typing import Literal, TypedDict

__version__: str

class Fault(TypedDict):
    item: str | None
    field: str
    code: str
    message: str

class Resolved(TypedDict):
    local: str
    kind: Literal["unique", "gap", "fold"]
    at: int
    earlier: int
    later: int
    transition: int | None

class PunchclockRulesError(ValueError):
    faults: list[Fault]

def compute_bank(request: bytes | str) -> bytes: ...
def compute_days(request: bytes | str) -> bytes: ...
def preset(name: str) -> bytes: ...
def presets() -> list[str]: ...
def resolve(zone: str, locals: list[str]) -> list[Resolved]: ...
def tzdb_version() -> str: ...
def zones() -> list[str]: ...
