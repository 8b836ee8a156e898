"""How a verdict is told: which method, what it reaches, on how much, the same words in every science."""

from __future__ import annotations

from collections.abc import Callable

from sciml.core.scores import MODELS, Estimate, Standing


def verdict(
    model: Standing | None,
    baseline: Standing | None,
    nothing: str,
    reached: Callable[[Standing], str],
    values: Callable[[Standing], str],
    measured_on: Callable[[Standing], str],
) -> str:
    """What the model reaches and what the best baseline does; where one is missing, the sentence says so.

    `reached` tells a score with its name and unit, `values` the same in fewer words where it has just been told,
    `measured_on` is a sentence of its own; `nothing` stands where no method was scored.
    """
    first = model or baseline
    if first is None:
        return nothing
    if model is None or baseline is None:
        other = "no baseline" if baseline is None else "no model"
        return f"{named(first)} reaches {reached(first)}; {other} was scored beside it. {measured_on(first)}"
    return (
        f"{named(model)} reaches {reached(model)}; the best baseline, {baseline.method}, reaches {values(baseline)}. "
        f"{measured_on(model)}"
    )


def named(standing: Standing, article: str = "The") -> str:
    """A model by its origin, a baseline by its name."""
    if standing.method in MODELS:
        return f"{article} {standing.method} model" + (" (a demonstration)" if standing.demonstration else "")
    return standing.method


def told(found: Estimate | None, nothing: str = "no value") -> str:
    """A value with three digits after the point, and its interval where it has one."""
    if found is None or found.value is None:
        return nothing
    interval = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{found.value:.3f}{interval}"


def in_percent(found: Estimate | None, nothing: str = "an unknown share") -> str:
    """A share in whole percent, and its interval where it has one."""
    if found is None or found.value is None:
        return nothing
    interval = "" if found.low is None or found.high is None else f" [{100 * found.low:.0f}, {100 * found.high:.0f}]"
    return f"{100 * found.value:.0f} %{interval}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 lens`, `1,200 lenses`; the plural is the noun with an s unless it is given."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def n_of(standing: Standing, metric: str, stratum: str = "all") -> int:
    """What a metric was measured on."""
    found = standing.estimates.get((metric, stratum))
    return 0 if found is None else found.n
