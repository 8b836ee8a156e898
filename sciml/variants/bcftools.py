"""bcftools without installing it: one command that pysam carries, as a program of its own.

`python -m sciml.variants.bcftools mpileup ...` behaves like `bcftools mpileup ...`. In a process of its own it may
write to a pipe, and its memory and its failures are its own.
"""

from __future__ import annotations

import sys

import pysam
import pysam.bcftools
from pysam.utils import SamtoolsError


def version() -> str:
    """Which bcftools pysam carries."""
    return f"bcftools {pysam.version.__bcftools_version__} (pysam {pysam.__version__})"


def main(command: str, *arguments: str) -> int:
    """Run one command; its exit status is this program's."""
    try:
        getattr(pysam.bcftools, command)(*arguments, catch_stdout=False)
    except SamtoolsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
