"""Which findings does this scan show? Fundus photographs and chest X-rays, in the spirit of CheXNet.

    from sciml.scans import classify

    table = classify(["left.jpg", "right.jpg"], model="retina", accept_demonstration=True)

Not a medical device. Method: Rajpurkar et al. 2017, arXiv 1711.05225; Gulshan et al. 2016, JAMA 316, 2402.
"""

from typing import TYPE_CHECKING

from sciml.core.lazy import lazily

if TYPE_CHECKING:
    from sciml.scans.classifying import classify
    from sciml.scans.findings_table import write_findings
    from sciml.scans.formats import read_scan

_HOMES = {"classify": "classifying", "read_scan": "formats", "write_findings": "findings_table"}

__all__ = ["classify", "read_scan", "write_findings"]


__getattr__, __dir__ = lazily(__name__, _HOMES)
