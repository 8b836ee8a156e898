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
with open({calls!r}, "a") as calls:
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
    environ: dict[str, str]
    calls: Path
    _seen: int = field(default=0)

    def snakemake(
        self, *words: str, fail: str = "nothing", config: Sequence[str] = ("overlay=tiny",)
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words, config=config),
            cwd=self.folder,
            env={**self.environ, "FAIL": fail},
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, *words: str, config: Sequence[str] = ("overlay=tiny",)) -> list[str]:
        return [
            *(str(Path(sys.executable).with_name("snakemake")), "--snakefile", str(ROOT / "Snakefile")),
            *("--cores", "2", "--config", *config, "--", *words),
        ]

    def stages_run(self) -> list[str]:
        """Stages asked for since the last question, predictions with their method, sorted and each once."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        new, self._seen = lines[self._seen :], len(lines)
        return sorted({_name(line.split()) for line in new})

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
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "config" / "tiny").mkdir()
    (folder / "config" / "tiny" / "variants.yaml").write_text(tiny)
    (folder / "bin").mkdir()
    calls, recorder = folder / "calls.txt", folder / "bin" / "sciml"
    recorder.write_text(RECORDER.format(python=sys.executable, calls=str(calls), next=program))
    recorder.chmod(0o755)
    environ = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return Project(folder, environ, calls)
