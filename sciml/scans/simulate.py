"""Invented fundus photographs (JPEG) and chest X-rays (DICOM) whose findings are known.

Every person has random streams of their own, keyed by name: adding one changes no other. `truth.tsv` says what was
planted; the findings in `samples.tsv` follow from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sciml.core.contract import Role
from sciml.core.errors import SettingsError
from sciml.core.parallel import map_ordered
from sciml.core.streams import stream
from sciml.core.whole import whole_folder
from sciml.scans.chest_phantom import draw_chest, radiograph
from sciml.scans.dicom_files import MAKERS, write_chest
from sciml.scans.fundus import draw_traits, photograph
from sciml.scans.fundus_camera import CAMERAS
from sciml.scans.lesions import icdr_grade, is_referable
from sciml.scans.settings import Settings, SimulateSettings

COLUMNS = ("name", "image", "kind", "patient", "findings", "site", "role", "licence")
LICENCE = "simulated, free of any terms"
ROLES: tuple[Role, ...] = ("train", "validation", "test")
# share of grades 2, 3 and 4 among eyes with referable disease, of 0 and 1 among the others
REFERABLE, NOT_REFERABLE = (0.76, 0.12, 0.12), (0.75, 0.25)
SAME_GRADE = 0.6  # share of the persons whose eyes have the same grade; else the other eye's is lower

Row = Mapping[str, str | int]


@dataclass(frozen=True)
class _Person:
    name: str
    role: Role
    referable: bool = False


def simulate(settings: Settings, seed: int, out: Path, threads: int) -> None:
    """Write the images of `settings.simulate` and their sheet into the folder `out`, whole or not at all."""
    wanted = settings.simulate
    if wanted is None:
        raise SettingsError("scans.simulate", "is switched off", "give it settings, or name real inputs")
    with whole_folder(out) as folder:
        (folder / "images").mkdir()

        def eyes(person: _Person) -> list[tuple[Row, Row]]:
            return list(_eyes(person, wanted, seed, folder))

        def chest(person: _Person) -> tuple[Row, Row]:
            return _chest(person, wanted, seed, folder)

        made = [pair for pairs in map_ordered(eyes, _retina_persons(wanted), threads) for pair in pairs]
        made += map_ordered(chest, _chest_persons(wanted), threads)
        _write_table(folder / "samples.tsv", COLUMNS, [row for row, _ in made])
        truths = [truth for _, truth in made]
        _write_table(folder / "truth.tsv", list(dict.fromkeys(key for truth in truths for key in truth)), truths)


def _retina_persons(wanted: SimulateSettings) -> Iterator[_Person]:
    """Referable disease is spread evenly over the persons of a role."""
    number = 0
    for role, count in _counts(wanted).items():
        for place in range(count):
            number += 1
            referable = int((place + 1) * wanted.referable_share) > int(place * wanted.referable_share)
            yield _Person(f"ret-{number:04d}", role, referable)


def _chest_persons(wanted: SimulateSettings) -> list[_Person]:
    """Shared out among the roles like those above, to the next whole person (largest remainders)."""
    counts = _counts(wanted)
    exact = {role: wanted.chest_patients * count / sum(counts.values()) for role, count in counts.items()}
    shares = {role: int(share) for role, share in exact.items()}
    left = wanted.chest_patients - sum(shares.values())
    for role in sorted(ROLES, key=lambda role: shares[role] - exact[role])[:left]:
        shares[role] += 1
    roles = [role for role in ROLES for _ in range(shares[role])]
    return [_Person(f"cxr-{number:04d}", role) for number, role in enumerate(roles, start=1)]


def _counts(wanted: SimulateSettings) -> dict[Role, int]:
    return {"train": wanted.train_patients, "validation": wanted.validation_patients, "test": wanted.test_patients}


def _eyes(person: _Person, wanted: SimulateSettings, seed: int, folder: Path) -> Iterator[tuple[Row, Row]]:
    """Write both eyes of a person, taken by one camera; their rows of the sheet and of the truth."""
    rng = stream(seed, person.name)
    traits, camera = draw_traits(rng), CAMERAS[int(rng.integers(len(CAMERAS)))]
    for side, grade in zip("lr", _grades(person.referable, rng), strict=True):
        name = f"{person.name}-{side}"
        drawn = photograph(wanted.size, traits, camera, grade, side == "r", stream(seed, person.name, side))
        levels = np.rint(drawn.pixels * 255).astype(np.uint8)
        quality = int(rng.integers(*camera.quality))
        Image.fromarray(levels).save(folder / "images" / f"{name}.jpg", quality=quality)
        planted = drawn.lesions
        findings = {"any_dr": icdr_grade(planted) >= 1, "referable_dr": is_referable(planted, drawn.anatomy)}
        counts = {what: len(spots) for what, spots in vars(planted).items()}
        yield (
            _row(person, name, f"{name}.jpg", "retina", findings, camera.site),
            {"name": name, "grade": icdr_grade(planted), **counts},
        )


def _grades(referable: bool, rng: np.random.Generator) -> Sequence[int]:
    """Of the left and the right eye; the worse decides what the person has."""
    worse = int(rng.choice([2, 3, 4], p=REFERABLE)) if referable else int(rng.choice([0, 1], p=NOT_REFERABLE))
    other = worse if rng.random() < SAME_GRADE else int(rng.integers(0, worse + 1))
    return [worse, other] if rng.random() < 0.5 else [other, worse]


def _chest(person: _Person, wanted: SimulateSettings, seed: int, folder: Path) -> tuple[Row, Row]:
    rng = stream(seed, person.name)
    chest, maker = draw_chest(rng), MAKERS[int(rng.integers(len(MAKERS)))]
    picture = radiograph(wanted.size, chest, rng)
    write_chest(folder / "images" / f"{person.name}.dcm", picture, maker, f"{person.name}-nobody")
    row = _row(person, person.name, f"{person.name}.dcm", "chest", chest.findings, maker.site)
    return row, {"name": person.name, "heart_to_chest": f"{chest.ratio:.3f}"}


def _row(person: _Person, name: str, file: str, kind: str, findings: Mapping[str, bool], site: str) -> Row:
    known = ";".join(f"{finding}={int(there)}" for finding, there in findings.items())
    cells: tuple[Any, ...] = (name, f"images/{file}", kind, person.name, known, site, person.role, LICENCE)
    return dict(zip(COLUMNS, cells, strict=True))


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, delimiter="\t", lineterminator="\n", restval="")
        table.writeheader()
        table.writerows(rows)
