"""A folder of one's own in which to run the workflow."""

import sys
from pathlib import Path

import pytest

from tests.workflow.projects import STAND_IN, TINY, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose stages take no time."""
    stand_in = tmp_path / "stand-in"
    stand_in.write_text(STAND_IN.format(python=sys.executable))
    stand_in.chmod(0o755)
    return make_project(tmp_path / "project", TINY, str(stand_in))
