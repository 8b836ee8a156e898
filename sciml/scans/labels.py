"""What is known of an image, finding by finding?"""

from __future__ import annotations

import numpy as np

from sciml.core.contract import Unit
from sciml.scans.prepare import UNKNOWN
from sciml.scans.settings import FINDINGS, Kind


def labels_of(unit: Unit, kind: Kind) -> np.ndarray:
    """1 where the image shows a finding of this kind, 0 where it does not, -1 where nobody has said: (finding,)."""
    return np.array([unit.facts["findings"].get(finding, UNKNOWN) for finding in FINDINGS[kind]], np.int8)
