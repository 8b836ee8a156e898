"""A folder of one's own in which to run the workflow, with a record of the stages that ran."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

# every call of `sciml` is noted, and the stage named in FAIL fails as a stage does: one line, no output
RECORDER = """#!{python} -S
import os, sys
words = sys.argv[1:]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "calls.txt"), "a") as calls:
    calls.write(" ".join(words) + "\\n")
if " ".join(words).startswith(os.environ.get("FAIL", "nothing")):
    sys.exit("reads.bam: has no index; run samtools index reads.bam")
os.execv({next!r}, [{next!r}, *words])
"""

# where a test is about the engine's decisions, stages that write their options and nothing else save minutes
STAND_IN = """#!{python} -S
import json, os, sys
words = sys.argv[2:]
stage, options = words[0], {{}}
for word in words[1:]:
    if word.startswith("--"):
        name = word[2:]
        options[name] = []
    elif options:
        options[name].append(word)
for kind in ("config", "source", "raw", "parts", "dataset", "model", "predictions", "scores"):
    for path in options.get(kind, []):
        assert os.path.exists(path), path
def write(out, text):
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with open(out, "w") as file:
        file.write(text)
out = options["out"][0]
write(out if "." in os.path.basename(out) and not out.endswith(".zarr") else out + "/made", str(words))
if stage == "evaluate":
    write(out, json.dumps({{"verdict": "The network finds 3 of 4 variants, bcftools 2."}}))
    write(options["cost"][0], "{{}}")
"""


@dataclass
class Project:
    """A folder with settings, results and a `sciml` that notes which stages it was asked for."""

    folder: Path
    last_words: list[str] = field(default_factory=list)
    chosen: tuple[str, ...] = ("domains=variants",)

    def __post_init__(self) -> None:
        self.environ = {**os.environ, "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        self._calls, self._seen = self.folder / "bin" / "calls.txt", 0

    def snakemake(
        self, *targets: str, fail: str = "nothing", options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run the workflow to its end; the stage that the words in `fail` begin to call fails."""
        environ = {**self.environ, "FAIL": fail}
        command = self.command(*targets, options=options)
        return subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)

    def command(self, *targets: str, options: Sequence[str] = ()) -> list[str]:
        program = Path(sys.executable).with_name("snakemake")
        words = ["--snakefile", str(ROOT / "Snakefile"), "--cores", "2", *options, "--config"]
        return [str(program), *words, "overlay=tiny", *self.chosen, "--", *targets]

    def stages_run(self, domain: str = "") -> list[str]:
        """Stages (of one science) asked for since the last question, predictions with their method, each once."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        new, self._seen = lines[self._seen :], len(lines)
        return sorted({_name(line.split()) for line in new if domain in (*line.split()[2:3], "")})

    def edit(self, file: str, changes: Mapping[str, str]) -> None:
        path = self.folder / file
        text = path.read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)


def _name(words: list[str]) -> str:
    assert words[0] == "stage"
    return f"{words[1]}:{words[words.index('--method') + 1]}" if words[1] == "predict" else words[1]


TINY = """
simulate: {genome_bp: 20000, samples: [{name: a, role: train}, {name: b, role: test}]}
train: {steps: 4}
"""


def make_project(folder: Path, tiny: str, program: str) -> Project:
    """A new folder whose overlay `tiny` is this text; `program` stands behind the recorded `sciml`."""
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "config" / "tiny").mkdir()
    (folder / "config" / "tiny" / "variants.yaml").write_text(tiny)
    (folder / "bin").mkdir()
    recorder = folder / "bin" / "sciml"
    recorder.write_text(RECORDER.format(python=sys.executable, next=program))
    recorder.chmod(0o755)
    return Project(folder)
