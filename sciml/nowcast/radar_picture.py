"""A forecast as still pictures: for paper, for a page without programs, for the front page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sciml.core.report.palette_png import palette_png
from sciml.core.report.panels import Column, Figure, Table
from sciml.core.report.shapes import Picture, Shape, Strokes, Swatches, Words, drawing
from sciml.nowcast.forecast_view import ForecastView, block_mean, nearest_leads
from sciml.nowcast.rain_scale import GROUND, HATCH, NO_DATA, PROBABILITY, RAIN, Scale

WIDTH = 640.0
NAMES = 146.0
GAP = 6.0
MAX_PIXELS = 112
HATCH_PERIOD = 5


def multiples(view: ForecastView) -> Figure:
    """Observed, mean, a member, chance of 1 mm/h and the best baseline at +10, +30, +60 and +90 minutes."""
    wanted = nearest_leads(view.leads)
    places = [view.leads.index(lead) for lead in wanted]
    rows = _rows(view)
    size = (WIDTH - NAMES - GAP * (len(places) - 1)) / len(places)
    size = min(size, 170.0)
    tall = size * _aspect(view)
    top = 44.0
    shapes: list[Shape] = [Words("name", 0, 12, f"{view.tab}: {view.title}")]
    for number, lead in enumerate(wanted):
        shapes.append(Words("label", NAMES + (size + GAP) * number + size / 2, 34, f"+{lead} min", "middle"))
    for row, (name, note, scale, fields) in enumerate(rows):
        y = top + (tall + GAP) * row
        shapes += [Words("name", 0, y + tall / 2, name), Words("small", 0, y + tall / 2 + 15, note)]
        for number, place in enumerate(places):
            shapes += _framed(fields[place], scale, NAMES + (size + GAP) * number, y, size, tall)
    bottom = top + (tall + GAP) * len(rows) + 12
    shapes += _key(RAIN, bottom)
    if view.probabilities:
        shapes += _key(PROBABILITY, bottom + 48)
        bottom += 48
    return drawing(WIDTH, bottom + 44, shapes, _sentence(view, wanted), _shares(view, wanted))


def thumbnail(views: Sequence[ForecastView]) -> Figure | None:
    """A forecast beside what came, for the front page: half an hour ahead."""
    if not views:
        return None
    view = views[0]
    (lead,) = nearest_leads(view.leads, (30,))
    place = view.leads.index(lead)
    pairs = [("Forecast (one member)", view.members[0][place])]
    pairs += [("What came", view.truth[place])] if view.truth is not None else []
    size = 220.0
    tall = size * _aspect(view)
    shapes: list[Shape] = []
    for number, (name, field) in enumerate(pairs):
        x = (size + 14) * number
        shapes += [Words("name", x, 12, name), *_framed(field, RAIN, x, 20, size, tall)]
    sentence = f"Rain {lead} minutes ahead: a member of the forecast" + (" beside what came." if pairs[1:] else ".")
    return drawing((size + 14) * len(pairs) - 14, 22 + tall, shapes, sentence)


def frames_picture(
    fields: Sequence[tuple[str, np.ndarray]], arrows: Sequence[Sequence[float]], sentence: str
) -> Figure:
    """A few rain fields (y, x) in mm/h in a row, with arrows (across, down, along x, along y; shares) over the last."""
    size = min(200.0, (WIDTH - GAP * (len(fields) - 1)) / max(1, len(fields)))
    shapes: list[Shape] = []
    tall = max(size * field.shape[0] / field.shape[1] for _, field in fields)
    for number, (name, field) in enumerate(fields):
        x = (size + GAP) * number
        shapes += [
            Words("label", x, 12, name),
            *_framed(field, RAIN, x, 20, size, size * field.shape[0] / field.shape[1]),
        ]
    last = (size + GAP) * (len(fields) - 1)
    shapes.append(Strokes("arrow", [_arrow(arrow, last, 20, size, tall) for arrow in arrows]))
    shapes += _key(RAIN, tall + 36)
    return drawing(WIDTH, tall + 82, shapes, sentence)


def image(field: np.ndarray, scale: Scale) -> bytes:
    """A field (y, x) as PNG in the colours of a scale; what is not known is hatched."""
    factor = max(1, -(-max(field.shape) // MAX_PIXELS))
    steps = scale.classes(block_mean(np.asarray(field, np.float32), factor))
    colours = [GROUND, *scale.colours, *HATCH]
    rows, columns = np.indices(steps.shape)
    hatched = len(colours) - 2 + ((rows + columns) % HATCH_PERIOD == 0)
    return palette_png(np.where(steps == NO_DATA, hatched, steps), colours)


def _rows(view: ForecastView) -> list[tuple[str, str, Scale, np.ndarray]]:
    rows: list[tuple[str, str, Scale, np.ndarray]] = []
    if view.truth is not None:
        rows.append(("Observed", "by the radar", RAIN, view.truth))
    if view.ensemble > 1:
        rows.append(("Ensemble mean", "smooth by construction", RAIN, view.mean))
    rows.append(("Member 1" if view.ensemble > 1 else "Forecast", view.method, RAIN, view.members[0]))
    for threshold, field in list(view.probabilities.items())[:1]:
        rows.append((f"Chance of {threshold:g} mm/h", "share of members", PROBABILITY, field))
    if view.baseline is not None:
        rows.append(("Baseline", view.baseline[0], RAIN, view.baseline[1]))
    return rows


def _framed(field: np.ndarray, scale: Scale, x: float, y: float, width: float, height: float) -> list[Shape]:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    return [Picture(x, y, width, height, image(field, scale)), Strokes("axis", [corners])]


def _key(scale: Scale, y: float) -> list[Shape]:
    """Boxes from dry to heavy, their edges below and words above, and the hatching of what is not known."""
    wide = min(70.0, 430.0 / (len(scale.colours) + 1))
    shapes: list[Shape] = [
        Swatches(colour, [(wide * place, y + 4, wide, 12)]) for place, colour in enumerate((GROUND, *scale.colours))
    ]
    ends = wide * (len(scale.colours) + 1)
    frame = [(0.0, y + 4), (ends, y + 4), (ends, y + 16), (0.0, y + 16), (0.0, y + 4)]
    shapes += [Strokes("axis", [frame])]
    shapes += [
        Words("tick", wide * (place + 1), y + 29, f"{edge:g}", "middle") for place, edge in enumerate(scale.edges)
    ]
    shapes.append(Words("tick", ends + 4, y + 29, scale.unit))
    shapes += [Words("tick", wide * first, y, word) for first, word in scale.words]
    unknown = np.full((12, 30), np.nan, np.float32)
    shapes += [Picture(ends + 40, y + 4, 30, 12, image(unknown, scale)), Words("tick", ends + 76, y + 15, "no data")]
    return shapes


def _arrow(arrow: Sequence[float], x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    """One stroke: the shaft, then both sides of the head."""
    start = np.array([x + arrow[0] * width, y + arrow[1] * height])
    along = np.array([arrow[2] * width, arrow[3] * height])
    end, aside = start + along, np.array([-along[1], along[0]])
    left, right = end - 0.35 * along + 0.22 * aside, end - 0.35 * along - 0.22 * aside
    return [(round(float(point[0]), 1), round(float(point[1]), 1)) for point in (start, end, left, end, right)]


def _aspect(view: ForecastView) -> float:
    """Height of the map over its width."""
    height, width = view.context.shape[1:]
    return float(height * view.cell_km[0] / (width * view.cell_km[1]))


def _sentence(view: ForecastView, leads: Sequence[int]) -> str:
    ahead = ", ".join(f"+{lead}" for lead in leads)
    return f"{view.tab}: {view.title}. Rain at {ahead} minutes: {', '.join(row[0].lower() for row in _rows(view))}."


def _shares(view: ForecastView, leads: Sequence[int]) -> Table:
    """How much of the known map is wet in each picture: the numbers behind it."""
    rows = []
    for name, _, scale, fields in _rows(view):
        if scale is RAIN:
            for lead in leads:
                field = fields[view.leads.index(lead)]
                known = np.isfinite(field)
                count = int(known.sum())
                wet = float((field[known] >= 1).mean()) if count else None
                mean = float(field[known].mean()) if count else None
                rows.append((name, lead, wet, mean, count / field.size))
    columns = (
        Column("Field"),
        Column("Lead", "min"),
        Column("Share at 1 mm/h"),
        Column("Mean", "mm/h"),
        Column("Known"),
    )
    return Table(f"fields_{view.tab.lower().replace(' ', '_')}", columns, tuple(rows), shown=3)
