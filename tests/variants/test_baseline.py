"""The classical callers on a case."""

from __future__ import annotations

import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tiny_files import Read, random_letters, write_bam, write_fasta

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.errors import BadInput, Missing, ScimlError
from sciml.variants import baseline
from sciml.variants.baseline import METHODS, VERSIONS
from sciml.variants.settings import Settings
from sciml.variants.vcf import COLUMNS, read_vcf, to_frame, write_vcf

LETTERS = random_letters(3_000, seed=21)
# positions from 1
HET, HOM, EDGE = 1_001, 1_500, 2_001


def _other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


def _reads() -> list[Read]:
    """100 bases every 4 bases (depth 25), two haplotypes in turn: het at HET and EDGE, hom at HOM."""
    reads = []
    for number, start in enumerate(range(600, 2_400, 4)):
        letters = list(LETTERS[start : start + 100])
        for position, everyone in ((HET, False), (HOM, True), (EDGE, False)):
            if start < position <= start + 100 and (everyone or number % 2):
                letters[position - 1 - start] = _other(LETTERS[position - 1])
        reads.append(Read(start=start, cigar="100M", letters="".join(letters), flag=16 * (number // 2 % 2)))
    return reads


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("baseline")
    fasta = write_fasta(folder / "ref.fa", {"chr1": LETTERS})
    return {"reference": fasta, "reads": write_bam(folder / "reads.bam", _reads(), {"chr1": LETTERS}, reference=fasta)}


def case_of(files: dict[str, Path], start: int = 0, end: int = 3_000, sample: str = "NA1") -> Case:
    records = {name: FileRecord(str(path), 0, "") for name, path in files.items()}
    return Case(
        "c", Unit("u", sample, None, True, "", records), "g", False, {"contig": "chr1", "start": start, "end": end}
    )


def calls(method: str, case: Case) -> Any:
    if method == "freebayes" and shutil.which("freebayes") is None:
        pytest.skip("freebayes is not installed")
    return to_frame(METHODS[method](Settings(), case))


def said(frame: Any) -> list[tuple[int, str]]:
    return list(frame[frame["qual"] > 20][["position", "gt"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("method", list(METHODS))
def test_a_caller_finds_what_the_reads_show(files: dict[str, Path], method: str) -> None:
    found = calls(method, case_of(files))
    assert said(found) == [(HET, "0/1"), (HOM, "1/1"), (EDGE, "0/1")]
    assert list(found.columns) == list(COLUMNS)
    het = found.iloc[0]
    # 25 reads over a base, every other one of the second haplotype
    assert het["dp"] == 25
    assert sorted(map(int, het["ad"].split(","))) == [12, 13]
    assert float(het["vaf"]) == pytest.approx(int(het["ad"].split(",")[1]) / 25, abs=1e-3)
    assert het["gq"] > 20
    assert found.attrs == {"sample": "NA1", "contigs": {"chr1": 3_000}, "source": VERSIONS[method]()}


@pytest.mark.parametrize("method", list(METHODS))
def test_calls_lie_in_the_case_half_open(files: dict[str, Path], method: str) -> None:
    # [1000, 2000) from 0 is 1,001 to 2,000 from 1
    assert [at for at, _ in said(calls(method, case_of(files, 1_000, 2_000)))] == [HET, HOM]
    assert [at for at, _ in said(calls(method, case_of(files, 1_001, 2_001)))] == [HOM, EDGE]


@pytest.mark.parametrize("method", list(METHODS))
def test_a_region_without_reads_is_an_empty_answer_that_can_be_written(
    files: dict[str, Path], method: str, tmp_path: Path
) -> None:
    found = calls(method, case_of(files, 0, 300))
    write_vcf(found, tmp_path / "none.vcf.gz")
    assert read_vcf(tmp_path / "none.vcf.gz").empty


@pytest.mark.parametrize("method", list(METHODS))
def test_a_bgzipped_reference_gives_the_same_calls(files: dict[str, Path], method: str, tmp_path: Path) -> None:
    packed = write_fasta(tmp_path / "ref.fa.gz", {"chr1": LETTERS})
    found = calls(method, case_of({**files, "reference": packed}))
    assert found.equals(calls(method, case_of(files)))


@pytest.mark.parametrize("method", list(METHODS))
def test_one_of_several_samples_is_called_alone(tmp_path: Path, method: str) -> None:
    fasta = write_fasta(tmp_path / "ref.fa", {"chr1": LETTERS})
    mine = [Read(**{**vars(read), "tags": {"RG": "one"}}) for read in _reads()]
    plain = [Read(start=start, cigar="100M", name=f"b{start}", tags={"RG": "two"}) for start in range(600, 2_400, 4)]
    groups = [{"ID": "one", "SM": "NA1"}, {"ID": "two", "SM": "NA2"}]
    bam = write_bam(tmp_path / "two.bam", mine + plain, {"chr1": LETTERS}, groups, fasta)
    files = {"reference": fasta, "reads": bam}
    assert said(calls(method, case_of(files, sample="NA1"))) == [(HET, "0/1"), (HOM, "1/1"), (EDGE, "0/1")]
    assert said(calls(method, case_of(files, sample="NA2"))) == []


@pytest.mark.parametrize("method", list(METHODS))
def test_a_truncated_bam_is_no_answer(files: dict[str, Path], method: str, tmp_path: Path) -> None:
    whole = files["reads"].read_bytes()
    cut = tmp_path / "cut.bam"
    cut.write_bytes(whole[: len(whole) // 2])
    shutil.copy(f"{files['reads']}.bai", f"{cut}.bai")
    with pytest.raises(BadInput, match="truncated") as stopped:
        calls(method, case_of({**files, "reads": cut}))
    assert "\n" not in str(stopped.value)


def test_damage_in_the_middle_fails_the_whole_pipe(files: dict[str, Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.bam"
    content = bytearray(files["reads"].read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = bytes(200)
    damaged.write_bytes(content)
    shutil.copy(f"{files['reads']}.bai", f"{damaged}.bai")
    with pytest.raises(ScimlError, match=r"damaged\.bam") as stopped:
        METHODS["bcftools"](Settings(), case_of({**files, "reads": damaged}))
    assert "\n" not in str(stopped.value)


def test_the_first_command_of_a_pipe_that_fails_is_the_reason(tmp_path: Path) -> None:
    commands = [["sh", "-c", "echo half; echo broken >&2; exit 3"], ["cat"], ["cat"]]
    with pytest.raises(ScimlError, match=r"failed on it with exit status 3 \(broken\)"):
        baseline._pipe(commands, tmp_path / "out", "the caller", "reads.bam")


def test_a_command_whose_reader_died_is_not_the_reason(tmp_path: Path) -> None:
    commands = [["sh", "-c", "while :; do echo more; done"], ["sh", "-c", "echo full >&2; exit 5"]]
    with pytest.raises(ScimlError, match=r"exit status 5 \(full\)"):
        baseline._pipe(commands, tmp_path / "out", "the caller", "reads.bam")


def test_the_work_of_the_children_is_counted(files: dict[str, Path]) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    METHODS["bcftools"](Settings(), case_of(files))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime > before.ru_utime + before.ru_stime
    assert after.ru_maxrss > 0


def test_freebayes_that_is_not_there_says_how_to_get_it(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Missing, match=r"freebayes: is not installed; install the package"):
        METHODS["freebayes"](Settings(), case_of(files))
    assert VERSIONS["freebayes"]() == "not installed"


def test_versions_name_program_and_number() -> None:
    assert VERSIONS["bcftools"]().startswith("bcftools 1.")
    if shutil.which("freebayes"):
        assert VERSIONS["freebayes"]().startswith("freebayes v1.")


def test_the_program_bcftools_makes_the_same_calls(files: dict[str, Path], tmp_path: Path) -> None:
    program = shutil.which("bcftools")
    if program is None:
        pytest.skip("the program bcftools is not installed")
    fasta, reads = str(files["reference"]), str(files["reads"])
    script = (
        f"set -o pipefail; {program} mpileup -f {fasta} -a AD,DP -d 8000 -L 8000 -Ou {reads} 2> /dev/null"
        f" | {program} call -mv -Ou | {program} norm -f {fasta} -Ov -o {tmp_path}/calls.vcf 2> /dev/null"
    )
    subprocess.run(["bash", "-c", script], check=True)
    key = ["contig", "position", "ref", "alts", "gt", "ad"]
    theirs = read_vcf(tmp_path / "calls.vcf")[key]
    assert calls("bcftools", case_of(files))[key].equals(theirs)
