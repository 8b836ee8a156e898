"""What did a piece of work cost? Processor seconds, wall seconds and memory, children included."""

from __future__ import annotations

import resource
import sys
import time


class Meter:
    """Counts from the moment it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu_s()

    def read(self) -> dict[str, float]:
        """cpu_s and wall_s since the start; peak_mb of the process or of its largest child."""
        unit = 1024.0 if sys.platform != "darwin" else 1024.0**2
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return {
            "cpu_s": round(_cpu_s() - self._cpu, 3),
            "wall_s": round(time.perf_counter() - self._wall, 3),
            "peak_mb": round(peak / unit, 1),
        }


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)
