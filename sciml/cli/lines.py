"""What a command prints for a program to read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def print_json(schema: str, content: Mapping[str, Any]) -> None:
    """Print one JSON object; `schema` names its form and version, which changes only with a new major version."""
    print(json.dumps({"schema": f"sciml-{schema}-1", **content}, indent=1, sort_keys=True))
