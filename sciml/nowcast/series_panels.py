"""What do the radar series hold, and what is drawn from them to learn? On the page of the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sciml.core.contract import Unit
from sciml.core.report.figures import Series, histogram, lines
from sciml.core.report.panels import Cell, Column, Figure, Panel, RunView, Table, nothing
from sciml.nowcast.forecast_view import arrows, block_mean, written_time
from sciml.nowcast.radar_picture import MAX_PIXELS, frames_picture
from sciml.nowcast.rain_store import open_packed, open_series, unpack

MAX_SERIES = 6
MAX_FRAMES = 200
FRAMES_SHOWN = 4
ARROWS_SHOWN = 6
BINS = 20


def series_panel(view: RunView) -> Panel:
    """What each series is: when, how often, how large, how wet, how many frames are missing."""
    rows: list[tuple[Cell, ...]] = []
    for unit in view.index.units:
        facts = unit.facts
        first, last = (str(time)[:16].replace("T", " ") for time in facts["times"])
        rows.append(
            (
                unit.id,
                "simulated" if unit.simulated else "real",
                str(facts["source_format"]),
                first,
                last,
                int(facts["step_minutes"]),
                f"{facts['height']} x {facts['width']}",
                float(facts["cell_km"]),
                int(facts["frames"]),
                int(facts["missing_frames"]),
                100 * float(facts["wet_share"]),
            )
        )
    columns = (
        Column("Series"),
        Column("Origin"),
        Column("Format"),
        Column("First", "UTC"),
        Column("Last", "UTC"),
        Column("Step", "min"),
        Column("Cells"),
        Column("Cell", "km", 3),
        Column("Frames"),
        Column("Missing"),
        Column("Wet", "%", 3),
    )
    return Panel(
        "data",
        "Radar series",
        (Table("series", columns, tuple(rows)),),
        "Wet: share of the observed cells and times with at least 0.1 mm/h. A missing frame stays missing; no frame is "
        "repeated in its place.",
        "Series of different steps or cell sizes cannot teach one network of this kind.",
        "A wet share of zero, or above a half: the unit may be wrong, or what is dry may be taken for unobserved.",
    )


def rain_panel(view: RunView) -> Panel:
    """Mean rain of each series over the time since its first frame."""
    title = "Mean rain over time"
    drawn = [(unit, *_means(unit)) for unit in view.index.units[:MAX_SERIES]]
    series = [Series(unit.id, hours, means, look=look) for look, (unit, hours, means) in enumerate(drawn) if hours]
    if not series:
        return nothing("data", title, "There is no series.")
    longest = max(one.x[-1] for one in series)
    left_out = len(view.index.units) - len(drawn)
    rest = f" Of {len(view.index.units)} series, {MAX_SERIES} are drawn." if left_out else ""
    sentence = f"Mean rain rate of the observed cells of {len(series)} series over {longest:.1f} hours."
    figure = lines("mean_rain", series, "hours since the first frame", "mean rain rate (mm/h)", sentence)
    return Panel(
        "data",
        title,
        (figure,),
        f"{sentence} At most {MAX_FRAMES} frames of a series, evenly chosen.{rest}",
        "Lines rise and fall within hours as storms enter, grow and leave. A gap is a frame that is missing.",
        "A single spike (a broken frame), a comb (every other frame in another unit), a line at zero.",
    )


def frames_panel(view: RunView) -> Panel:
    """A few frames of the wettest time of a series, with the motion that they show."""
    title = "What the radar sees, and how it moves"
    if not view.index.units:
        return nothing("cases", title, "There is no series.")
    wettest = max(view.index.units, key=lambda unit: (float(unit.facts["wet_share"]), unit.id))
    found = _frames(wettest)
    if found is None:
        return nothing("cases", title, "No series has four frames in a row.")
    figure, where = found
    return Panel(
        "cases",
        title,
        (figure,),
        f"{where}. Arrows: where the rain goes in 30 minutes, from the optical flow of these frames.",
        "Rain should keep its shape from frame to frame and move along the arrows. White is dry, the hatched grey was "
        "not observed. Steps of the scale are twice as heavy as the step before.",
        "Arrows across the motion that the eye sees, circles around the radar, spokes, or rain that never moves: "
        "ground clutter.",
        figure,
    )


def crops_panel(view: RunView) -> Panel:
    """Which crops are drawn: how probable each was, how wet it is."""
    title = "Crops that the network learns from"
    if view.dataset is None:
        return nothing("data", title, "No training data were prepared in this run.")
    from sciml.core.store import open_split

    samples = open_split(view.dataset, "train")
    inclusion, wet, missing = (samples[name].to_numpy().astype(float) for name in ("inclusion", "wet", "missing"))
    if not len(inclusion):
        return nothing("data", title, "The training split holds no crop.")
    figures = (
        _shares("inclusion", np.log10(inclusion), "probability that a crop was kept (power of ten)"),
        _shares("wet_share", wet, "share of the observed cells with at least 0.1 mm/h"),
        _shares("missing_share", missing, "share of the cells that were not observed"),
    )
    return Panel(
        "data",
        title,
        figures,
        f"{len(wet):,} crops of the training split; half of them are wet over {100 * np.median(wet):.0f} % or more.",
        "Wet crops are kept more often, as in DGMR (Ravuri et al. 2021): most of the sky is dry most of the time and "
        "has little to teach. The inverse of the probability is the weight that undoes this choice.",
        "Only dry crops, or one probability for all: then the drawing did not favour rain.",
    )


def _means(unit: Unit) -> tuple[list[float], list[float | None]]:
    """Hours since the first frame, and the mean rate of the observed cells (None for a missing frame)."""
    packed, times = open_packed(Path(unit.store)), open_series(Path(unit.store))["time"].values
    chosen = np.unique(np.linspace(0, len(times) - 1, min(len(times), MAX_FRAMES)).round().astype(int))
    hours, means = list[float](), list[float | None]()
    for place in chosen.tolist():
        frame = unpack(packed[place])
        known = np.isfinite(frame)
        hours.append(float((times[place] - times[0]) / np.timedelta64(1, "h")))
        means.append(float(frame[known].mean()) if known.any() else None)
    return hours, means


def _frames(unit: Unit) -> tuple[Figure, str] | None:
    series = open_series(Path(unit.store))
    ok = series["frame_ok"].values
    runs = [end for end in range(FRAMES_SHOWN, len(ok) + 1) if ok[end - FRAMES_SHOWN : end].all()]
    if not runs:
        return None
    hours, means = _means(unit)
    step = float(series.attrs["step_minutes"]) / 60
    # of the ends of four frames in a row, the one nearest to the wettest frame
    wettest = hours[max(range(len(means)), key=lambda place: means[place] or 0.0)] / step
    end = min(runs, key=lambda each: (abs(each - 1 - wettest), each))
    frames = np.asarray(series["rain_rate"][end - FRAMES_SHOWN : end].values, np.float32)
    upright = np.flip(frames, axis=1) if series["y"].values[-1] > series["y"].values[0] else frames
    times = series["time"].values[end - FRAMES_SHOWN : end]
    flow = arrows(upright, int(series.attrs["step_minutes"]), ARROWS_SHOWN)
    inside = [arrow for arrow in flow if 0 <= arrow[0] + arrow[2] <= 1 and 0 <= arrow[1] + arrow[3] <= 1]
    factor = max(1, -(-max(upright.shape[1:]) // MAX_PIXELS))
    fields = [(written_time(time)[11:], block_mean(frame, factor)) for time, frame in zip(times, upright, strict=True)]
    where = f"{unit.id}, {written_time(times[0])} to {written_time(times[-1])[11:]}"
    sentence = f"Four radar frames of {where}; the last one with arrows of the motion."
    return frames_picture(fields, inside, sentence), where


def _shares(name: str, values: np.ndarray, label: str) -> Figure:
    low, high = (0.0, 1.0) if name != "inclusion" else (float(np.floor(values.min())), 0.0)
    edges = np.linspace(low, max(high, low + 1), BINS + 1)
    counts, _ = np.histogram(values, edges)
    return histogram(
        name, edges.tolist(), {"crops": counts.tolist()}, label, "crops", f"{len(values):,} crops: {label}."
    )
