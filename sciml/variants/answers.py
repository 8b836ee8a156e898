"""What did every caller say about one allele? Its genotype, its probabilities, and whether that is the truth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sciml.variants.genotypes import genotypes_of
from sciml.variants.normalise import trimmed
from sciml.variants.vcf_read import read_vcf

if TYPE_CHECKING:
    import pandas as pd

NEARBY_BP = 15
GENOTYPES = ("0/0", "0/1", "1/1")


class Allele(Protocol):
    """What must be known of an allele to ask about it."""

    @property
    def case(self) -> str | None: ...
    @property
    def position(self) -> int: ...
    @property
    def ref(self) -> str: ...
    @property
    def alt(self) -> str: ...
    @property
    def truth_gt(self) -> str: ...


class Answers:
    """The answers of some methods, as predict wrote them: `<folder>/<method>/<part>/<case>.vcf.gz`.

    Each file is read once.
    """

    def __init__(self, folder: Path, methods: Sequence[str]) -> None:
        self.folder, self.methods = folder, tuple(methods)
        self._records = cache(self._read)

    def said(self, allele: Allele) -> list[tuple[str, str, str]]:
        """Who, what, and whether it agrees with the truth: the truth first, then each method."""
        rows = [("truth", allele.truth_gt if allele.truth_gt != "." else "another allele here", "")]
        for method in self.methods:
            records = self._near(allele, method)
            own = [record for record in records if _copies(record, allele) is not None]
            if own:
                copies = _copies(own[0], allele) or 0
                words = f"{GENOTYPES[min(2, copies)]}{_marked(own[0])}"
                agrees = "" if allele.truth_gt == "." else _word(GENOTYPES[min(2, copies)] == allele.truth_gt)
                rows.append((method, words, agrees))
            elif records:
                near = records[0]
                rows.append((method, f"near by: {near['position']:,} {near['ref']}>{near['alts']} {near['gt']}", ""))
            else:
                agrees = "" if allele.truth_gt == "." else _word(allele.truth_gt == "0/0")
                rows.append((method, "no record", agrees))
        return rows

    def probabilities(self, allele: Allele, method: str) -> list[tuple[str, float]]:
        """The probability of each genotype that the method's record of this allele gives, from its PL."""
        for record in self._near(allele, method):
            if _copies(record, allele) is not None and record["pl"] not in (".", ""):
                weights = [10 ** (-float(pl) / 10) for pl in record["pl"].split(",")]
                kinds = genotypes_of(len(record["alts"].split(",")))
                if len(kinds) == len(weights):
                    pairs = zip(kinds, weights, strict=True)
                    return [(f"{kind[0]}/{kind[1]}", weight / sum(weights)) for kind, weight in pairs]
        return []

    def _near(self, allele: Allele, method: str) -> list[dict[str, Any]]:
        """Records about the same place, the nearest first."""
        if allele.case is None:
            return []
        calls = self._records(method, allele.case)
        if calls is None:
            return []
        near = calls[(calls["position"] - allele.position).abs() <= NEARBY_BP]
        records: list[dict[str, Any]] = near.to_dict("records")  # type: ignore[assignment]
        return sorted(records, key=lambda record: abs(record["position"] - allele.position))

    def _read(self, method: str, case: str) -> pd.DataFrame | None:
        folder = self.folder / method
        parts = sorted(folder.iterdir()) if folder.is_dir() else []
        path = next((part / f"{case}.vcf.gz" for part in parts if (part / f"{case}.vcf.gz").exists()), None)
        return None if path is None else read_vcf(path)


def _copies(record: dict[str, Any], allele: Allele) -> int | None:
    """How often the record's genotype has this allele; None where the record does not list it."""
    for number, alt in enumerate(record["alts"].split(","), start=1):
        # a record of several alleles pads the shorter ones at the right
        if trimmed(record["position"], record["ref"], alt) == (allele.position, allele.ref, allele.alt):
            return str(record["gt"]).replace("|", "/").split("/").count(str(number))
    return None


def _marked(record: dict[str, Any]) -> str:
    named = "" if record["filter"] in ("PASS", ".") else f" {record['filter']}"
    qual = "" if record["qual"] != record["qual"] else f", QUAL {record['qual']:.0f}"
    return f"{named}{qual}"


def _word(agrees: bool) -> str:
    return "agrees" if agrees else "differs"
