"""A trained model on disk: weights.safetensors beside model.json, the record that says what they are.

Nothing is ever unpickled. Reading a record needs no torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.core.errors import BadInput, Missing
from sciml.core.whole import whole_folder

if TYPE_CHECKING:
    import torch

FORMAT = 1
WEIGHTS, RECORD, CARD, CURVE = "weights.safetensors", "model.json", "card.md", "training.csv"


@dataclass(frozen=True)
class ModelRecord:
    """What a model folder says of itself.

    `settings` holds the slices that applying the model needs (how its inputs are drawn, how the network is built);
    `calibration` what turns its outputs into probabilities, `figures` how good it was on the validation split; `data`
    and `training` what it learnt from and how.
    """

    domain: str
    task: str
    channels: tuple[str, ...]
    classes: tuple[str, ...]
    settings: Mapping[str, Any]
    calibration: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    demonstration: bool = False
    parameters: int = 0
    weights_sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}


def shipped_folder(name: str) -> Path:
    """Folder of the weights of this name that come with the package."""
    folder = Path(str(files("sciml"))) / "models" / name
    if not (folder / RECORD).is_file():
        raise Missing(name, "no weights of this name come with sciml", "see `sciml models list`")
    return folder


def find_model(name_or_folder: str | Path) -> Path:
    """A folder as it is, a bare name as shipped weights."""
    folder = Path(name_or_folder)
    return folder if folder.is_dir() else shipped_folder(str(name_or_folder))


def read_record(folder: Path, domain: str | None = None) -> ModelRecord:
    """The record of a model folder; `domain` refuses the model of another science."""
    path = folder / RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(folder, f"is not a model folder (no {RECORD})", "name the folder that training wrote") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(path, f"cannot be read ({error})", "copy the model again") from error
    names = {entry.name for entry in fields(ModelRecord)}
    needed = names - {"figures"}  # the first records had none
    if not isinstance(content, dict) or content.get("format") != FORMAT or not needed <= content.keys():
        raise BadInput(path, f"is not a model record of format {FORMAT}", "use a model that this version wrote")
    record = ModelRecord(**{name: content[name] for name in names & content.keys()})
    record = replace(record, channels=tuple(record.channels), classes=tuple(record.classes))
    if domain is not None and record.domain != domain:
        raise BadInput(folder, f"is a model for {record.domain}, not for {domain}", "name another model")
    return record


def verify(folder: Path) -> ModelRecord:
    """Read the record and hold the weights against the digest in it."""
    record = read_record(folder)
    path = folder / WEIGHTS
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput(path, f"cannot be read ({error.strerror})", "copy the model again") from error
    if digest != record.weights_sha256:
        raise BadInput(
            path, f"does not have the digest that {RECORD} names ({digest[:12]})", "copy the whole model folder again"
        )
    return record


def load_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """The weights by name, after `verify`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    verify(folder)
    try:
        return load_file(folder / WEIGHTS)
    except SafetensorError as error:
        raise BadInput(folder / WEIGHTS, f"is not a safetensors file ({error})", "copy the model again") from error


def fill(network: torch.nn.Module, tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Put the weights into a network; a name or shape that does not fit is the folder's fault."""
    own = network.state_dict()
    wrong = sorted(own.keys() ^ tensors.keys()) or sorted(n for n in own if own[n].shape != tensors[n].shape)
    if wrong:
        raise BadInput(folder, f"does not fit the network that its record describes ({wrong[0]})", "use another model")
    network.load_state_dict(dict(tensors))


def write_model(
    out: Path, record: ModelRecord, tensors: Mapping[str, torch.Tensor], curve: str, card: Callable[[ModelRecord], str]
) -> ModelRecord:
    """Write a model folder whole; returns the record, digest and parameter count filled in, that `card` tells of."""
    from safetensors.torch import save

    content = save({name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())})
    record = replace(
        record,
        weights_sha256=hashlib.sha256(content).hexdigest(),
        parameters=sum(tensor.numel() for tensor in tensors.values()),
    )
    with whole_folder(out) as folder:
        (folder / WEIGHTS).write_bytes(content)
        (folder / CURVE).write_text(curve, encoding="utf-8")
        (folder / CARD).write_text(card(record), encoding="utf-8")
        (folder / RECORD).write_text(json.dumps(record.to_json(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return record
