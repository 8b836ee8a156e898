"""What does the network learn from? Training samples with their reads, on the page of the data."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from sciml.core.report.figures import histogram
from sciml.core.report.panels import Panel, RunView, nothing
from sciml.variants.call_views import Place, call_views, kind_of
from sciml.variants.pileup_picture import short_allele, thumbnail
from sciml.variants.pileup_view import HOW_TO_READ, LOOKS_WRONG, pileup_viewer
from sciml.variants.settings import Settings

SAMPLES_OF_A_LABEL = 6
LONGEST_BP = 20
COPIES = ("no copy", "one copy", "two copies")
LABEL_TABS = ((1, "One copy"), (2, "Two copies"), (0, "No copy"))
NAME = re.compile(r"^(?P<sample>.+) (?P<contig>\S+):(?P<position>\d+) (?P<ref>[A-Z]+)>(?P<alts>[A-Z,]+)$")


def samples_panel(view: RunView) -> Panel:
    """A few training samples of each label: the reads, and the image that was made of them."""
    title = "What the network learns from"
    if view.dataset is None:
        return nothing("cases", title, "No training data were prepared in this run.")
    places, images = _samples(view)
    if not places:
        return nothing("cases", title, "The data set has no training sample of one alternate.")
    settings = view.settings
    assert isinstance(settings, Settings)
    drawn = call_views(places, view.index, settings.prepare, None, None)
    views = [replace(seen, image=image) for seen, image in zip(drawn, images, strict=True)]
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


def lengths_panel(view: RunView) -> Panel:
    """How long the training variants are, beside what the eye expects of a genome."""
    title = "Insertions and deletions to learn from"
    if view.dataset is None:
        return nothing("data", title, "No training data were prepared in this run.")
    from sciml.core.store import open_split

    samples = open_split(view.dataset, "train")
    labels, names = (samples[name].to_numpy() for name in ("label", "name"))
    changes = [
        len(alt) - len(match["ref"])
        for name in names[labels > 0]
        if (match := NAME.match(str(name))) and "," not in (alt := match["alts"])
    ]
    snps, indels = changes.count(0), [change for change in changes if change]
    if not indels:
        return nothing("data", title, f"The training split holds {snps:,} SNPs and no insertion or deletion.")
    edges = np.arange(-LONGEST_BP - 0.5, LONGEST_BP + 1)
    counts, _ = np.histogram(np.clip(indels, -LONGEST_BP, LONGEST_BP), edges)
    sentence = f"{snps:,} SNPs, {len(indels):,} insertions and deletions of the training split."
    figure = histogram(
        "indel_lengths",
        edges.tolist(),
        {"variants": counts.tolist()},
        f"bases inserted (+) or deleted (−), {LONGEST_BP} and more at the ends",
        "variants",
        sentence,
    )
    return Panel(
        "data",
        title,
        (figure,),
        sentence,
        "Short ones should be the most, about as many deletions as insertions, with fewer the longer they are.",
        "A single spike, one side empty, or more long ones than short ones.",
    )


def _samples(view: RunView) -> tuple[list[Place], list[np.ndarray]]:
    """Random training samples of each label that ask about one alternate."""
    from sciml.core.store import open_split

    assert view.dataset is not None
    samples = open_split(view.dataset, "train")
    labels, names = (samples[name].to_numpy() for name in ("label", "name"))
    units = {unit.sample: unit.id for unit in view.index.units}
    rng = np.random.default_rng(1)
    places, images = list[Place](), list[np.ndarray]()
    for label, _ in LABEL_TABS:
        matches = [(int(at), NAME.match(str(names[at]))) for at in rng.permutation(np.flatnonzero(labels == label))]
        single = [(at, m) for at, m in matches if m and "," not in m["alts"] and m["sample"] in units]
        for at, match in single[:SAMPLES_OF_A_LABEL]:
            places.append(_sample_place(match, units[match["sample"]], label))
            images.append(samples["image"][at].to_numpy())
    return places, images


def _sample_place(match: re.Match[str], unit: str, label: int) -> Place:
    ref, alt = match["ref"], match["alts"]
    kind = kind_of(ref, alt)
    change = f"{short_allele(ref)}>{short_allele(alt)}"
    about = f"{kind} of {match['sample']}; the label is {COPIES[label]} of {short_allele(alt)}."
    return Place(COPIES[label], unit, match["contig"], int(match["position"]), ref, alt, kind, change, about)
