"""What does the network learn from? Training samples with their reads, on the page of the data."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from sciml.core.report.panels import Panel, RunView, nothing
from sciml.variants.call_views import Place, call_views, kind_of
from sciml.variants.pileup_picture import thumbnail
from sciml.variants.pileup_view import HOW_TO_READ, LOOKS_WRONG, pileup_viewer
from sciml.variants.settings import Settings

SAMPLES_OF_A_LABEL = 6
COPIES = ("no copy", "one copy", "two copies")
LABEL_TABS = ((1, "One copy"), (2, "Two copies"), (0, "No copy"))
NAME = re.compile(r"^(?P<sample>.+) (?P<contig>\S+):(?P<position>\d+) (?P<ref>[A-Z]+)>(?P<alts>[A-Z,]+)$")


def samples_panel(view: RunView) -> Panel:
    """A few training samples of each label: the reads, and the image that was made of them."""
    title = "What the network learns from"
    if view.dataset is None:
        return nothing("cases", title, "No training data were prepared in this run.")
    places, images, labels = _samples(view)
    if not places:
        return nothing("cases", title, "The data set has no training sample of one alternate.")
    settings = view.settings
    assert isinstance(settings, Settings)
    drawn = call_views(places, view.index, settings.prepare, None, None)
    views = [
        replace(seen, image=image, said=[("label", COPIES[label], "")])
        for seen, image, label in zip(drawn, images, labels, strict=True)
    ]
    kinds = [(COPIES[label], text) for label, text in LABEL_TABS]
    sentence = "Reads over a training sample, and the image that the network gets."
    counted = (view.manifest or {}).get("samples", {}).get("train", 0)
    return Panel(
        "cases",
        title,
        (
            pileup_viewer(
                views,
                kinds,
                "Training sample.",
                sentence,
                None,
                f"{len(views)} of {counted:,} training samples are shown, up to {SAMPLES_OF_A_LABEL} of each label, "
                "drawn at random.",
            ),
        ),
        "Random samples of the training split, by the label that the network must learn: how many of the person's two "
        "chromosomes carry the alternate.",
        HOW_TO_READ,
        LOOKS_WRONG + " A sample of one or two copies whose reads do not show the alternate would be a wrong label.",
        thumbnail(views),
    )


def _samples(view: RunView) -> tuple[list[Place], list[np.ndarray], list[int]]:
    """Random training samples of each label that ask about one alternate."""
    from sciml.core.store import open_split

    assert view.dataset is not None
    samples = open_split(view.dataset, "train")
    labels, names = (samples[name].to_numpy() for name in ("label", "name"))
    units = {unit.sample: unit.id for unit in view.index.units}
    rng = np.random.default_rng(1)
    places, images, chosen = list[Place](), list[np.ndarray](), list[int]()
    for label, _ in LABEL_TABS:
        matches = [(int(at), NAME.match(str(names[at]))) for at in rng.permutation(np.flatnonzero(labels == label))]
        single = [(at, m) for at, m in matches if m and "," not in m["alts"] and m["sample"] in units]
        for at, match in single[:SAMPLES_OF_A_LABEL]:
            places.append(_sample_place(match, units[match["sample"]], label))
            images.append(samples["image"][at].to_numpy())
            chosen.append(label)
    return places, images, chosen


def _sample_place(match: re.Match[str], unit: str, label: int) -> Place:
    ref, alt = match["ref"], match["alts"]
    kind = kind_of(ref, alt)
    about = f"{kind} of {match['sample']}; the label is {COPIES[label]} of {alt if len(alt) < 20 else 'the alternate'}."
    return Place(COPIES[label], unit, match["contig"], int(match["position"]), ref, alt, kind, COPIES[label], about)
