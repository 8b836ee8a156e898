"""Which edits of the code count for a stage, tried on a package of a few lines."""

from pathlib import Path

import pytest

from sciml.core.closure import code_digest, reached_code

SOURCES = {
    "__init__.py": "VERSION = 1\n",
    "core/__init__.py": "",
    "core/errors.py": "class Wrong(Exception): ...\n",
    "core/store.py": '"""Where samples lie."""\n\nSHARD = 256\n',
    "core/stages.py": (
        "from pack.core import store\n"
        "from pack.core.errors import Wrong\n\n\n"
        "def prepare():\n    return _shard()\n\n\n"
        "def train():\n    from pack.core.training import fit\n\n    return fit()\n\n\n"
        "def _shard():\n    return store.SHARD\n"
    ),
    "core/training.py": "def fit():\n    return 3\n",
    "core/report/__init__.py": "",
    "core/report/page.py": "def page(): ...\n",
    "core/report/viewer.js": "draw()\n",
    "science/__init__.py": "from pack.science import prepare\n",
    "science/prepare.py": (
        "from __future__ import annotations\n"
        "from typing import TYPE_CHECKING\n"
        "from . import pileup\n"
        "if TYPE_CHECKING:\n    from pack.core import training\n"
    ),
    "science/pileup.py": "import pack.core.errors\n\nROWS = 64\n",
    "science/panels.py": "from pack.core.report import page\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pack"


def edit(package: Path, name: str, old: str, new: str) -> None:
    path = package / name
    text = path.read_text()
    assert old in text
    # another length, so that a clock too coarse to tell two writes apart cannot hide the edit from the test
    path.write_text(text.replace(old, new) + "\n")


def test_a_module_reaches_what_it_imports_and_nothing_that_only_type_checkers_see(package: Path) -> None:
    assert reached_code(["pack.science.prepare"], package).keys() == {"pack.science.prepare", "pack.science.pileup"}


def test_one_function_reaches_its_own_imports_only(package: Path) -> None:
    assert reached_code(["pack.core.stages:train"], package).keys() == {"pack.core.stages:train", "pack.core.training"}
    assert reached_code(["pack.core.stages:prepare"], package).keys() == {"pack.core.stages:prepare", "pack.core.store"}


def test_an_edit_counts_where_it_is_reached_and_nowhere_else(package: Path) -> None:
    stages = {name: f"pack.core.stages:{name}" for name in ("prepare", "train")}
    before = {name: code_digest([root], package) for name, root in stages.items()}
    edit(package, "core/training.py", "return 3", "return 4")
    after = {name: code_digest([root], package) for name, root in stages.items()}
    assert after["train"] != before["train"]
    assert after["prepare"] == before["prepare"]


def test_a_helper_counts_for_the_function_that_calls_it(package: Path) -> None:
    prepare, train = (code_digest([f"pack.core.stages:{name}"], package) for name in ("prepare", "train"))
    edit(package, "core/stages.py", "return store.SHARD", "return 2 * store.SHARD")
    assert code_digest(["pack.core.stages:prepare"], package) != prepare
    assert code_digest(["pack.core.stages:train"], package) == train


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Where samples lie."""', '"""Where the samples of a part lie."""'),
        ("SHARD = 256", "SHARD = 256  # samples"),
        ("SHARD = 256", "SHARD = (256)"),
    ],
)
def test_docstrings_comments_and_layout_do_not_count(package: Path, old: str, new: str) -> None:
    before = code_digest(["pack.core.store"], package)
    edit(package, "core/store.py", old, new)
    assert code_digest(["pack.core.store"], package) == before


def test_settings_and_errors_do_not_count(package: Path) -> None:
    before = code_digest(["pack.core.stages:prepare", "pack.science.prepare"], package)
    edit(package, "core/errors.py", "Exception", "ValueError")
    assert code_digest(["pack.core.stages:prepare", "pack.science.prepare"], package) == before


def test_a_file_that_is_no_code_counts_for_the_modules_beside_it(package: Path) -> None:
    panels, prepare = code_digest(["pack.science.panels"], package), code_digest(["pack.science.prepare"], package)
    edit(package, "core/report/viewer.js", "draw()", "redraw()")
    assert code_digest(["pack.science.panels"], package) != panels
    assert code_digest(["pack.science.prepare"], package) == prepare


def test_one_name_of_a_module_may_be_an_import_or_a_table(package: Path) -> None:
    (package / "science" / "evaluate.py").write_text(
        "from pack.science import panels, prepare\nPANELS = {'data': panels}\n\n\ndef score():\n    return prepare\n"
    )
    assert reached_code(["pack.science.evaluate:PANELS"], package).keys() == {
        *("pack.science.evaluate:PANELS", "pack.science.panels", "pack.core.report.page"),
    }


def test_a_function_that_does_not_exist_is_an_error(package: Path) -> None:
    with pytest.raises(LookupError, match="does not define evaluate"):
        code_digest(["pack.core.stages:evaluate"], package)
