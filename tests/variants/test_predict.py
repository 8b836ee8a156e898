"""Calling: the same bytes whatever the shards, threads or container; an answer to every kind of region."""

import runpy
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pysam
import pytest
import torch

from sciml.core.errors import BadInput
from sciml.core.weights import write_model
from sciml.variants import call, model, read_vcf, write_vcf
from sciml.variants.settings import ModelSettings, Settings, SimulatedSample, SimulateSettings
from sciml.variants.simulate import simulate

REGION = "chr1s:1-24000"


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated person, 25x over 24 kb."""
    out = tmp_path_factory.mktemp("reads") / "source"
    person = SimulatedSample(name="ann", depth=25, regions=(REGION,))
    settings = Settings(simulate=SimulateSettings(genome_bp=40_000, samples=(person,), snps_per_kb=3, indels_per_kb=1))
    simulate(settings, 3, out, threads=1)
    return out / "ann.bam"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learnt nothing, but answers differently to different images."""
    torch.manual_seed(2)
    settings = Settings(model=ModelSettings(width=8, blocks=1))
    network = model.module(settings, {}).network
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor, std=0.3)
    out = tmp_path_factory.mktemp("model") / "untrained"
    write_model(out, model.record(settings, {}), network.state_dict(), "step\n", lambda _: "# untrained\n")
    return out


def vcf_bytes(reads: Path, folder: Path, out: Path, *regions: str, threads: int = 1) -> bytes:
    calls = call(reads, reads.parent / "reference.fa", regions, model=folder, threads=threads)
    write_vcf(calls, out)
    return out.read_bytes()


def test_the_file_does_not_depend_on_shards_threads_or_the_run(reads: Path, folder: Path, tmp_path: Path) -> None:
    whole = vcf_bytes(reads, folder, tmp_path / "whole.vcf.gz", REGION)
    assert whole == vcf_bytes(reads, folder, tmp_path / "again.vcf.gz", REGION)
    assert whole == vcf_bytes(reads, folder, tmp_path / "threads.vcf.gz", REGION, threads=3)
    pieces = ("chr1s:1-3333", "chr1s:3334-10007", "chr1s:10008-24000")
    assert whole == vcf_bytes(reads, folder, tmp_path / "pieces.vcf.gz", *pieces)


def test_shards_called_apart_add_up_to_the_whole(reads: Path, folder: Path) -> None:
    reference = reads.parent / "reference.fa"
    whole = call(reads, reference, [REGION], model=folder)
    shards = [call(reads, reference, [part], model=folder) for part in ("chr1s:1-12345", "chr1s:12346-24000")]
    assert len(whole) > 20
    assert [len(shard) for shard in shards] != [0, len(whole)]
    assert whole.to_csv() == pd.concat(shards, ignore_index=True).to_csv()


def test_bam_and_cram_give_the_same_file(reads: Path, folder: Path, tmp_path: Path) -> None:
    cram, reference = tmp_path / "ann.cram", str(reads.parent / "reference.fa")
    with (
        pysam.AlignmentFile(str(reads)) as source,
        pysam.AlignmentFile(str(cram), "wc", template=source, reference_filename=reference) as out,
    ):
        for read in source:
            out.write(read)
    pysam.index(str(cram))
    calls = call(cram, reads.parent / "reference.fa", [REGION], model=folder)
    write_vcf(calls, tmp_path / "cram.vcf.gz")
    assert (tmp_path / "cram.vcf.gz").read_bytes() == vcf_bytes(reads, folder, tmp_path / "bam.vcf.gz", REGION)


def test_a_region_without_reads_gives_an_empty_valid_file(reads: Path, folder: Path, tmp_path: Path) -> None:
    vcf_bytes(reads, folder, tmp_path / "empty.vcf.gz", "chr2s:1000-2000")
    with pysam.VariantFile(str(tmp_path / "empty.vcf.gz")) as file:
        assert list(file.header.samples) == ["ann"]
        assert list(file.header.contigs) == ["chr1s", "chr2s"]
        assert list(file) == []


def test_without_regions_every_contig_with_reads_is_called(reads: Path, folder: Path) -> None:
    reference = reads.parent / "reference.fa"
    assert call(reads, reference, model=folder).to_csv() == call(reads, reference, ["chr1s"], model=folder).to_csv()


def test_a_model_that_sees_other_channels_is_refused(reads: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    settings = Settings(model=ModelSettings(width=8, blocks=1))
    record = model.record(settings, {})
    network = model.module(settings, {}).network
    write_model(other, replace(record, channels=("base",)), network.state_dict(), "step\n", lambda _: "# other\n")
    with pytest.raises(BadInput, match="sees the channels base"):
        call(reads, reads.parent / "reference.fa", [REGION], model=other)


def test_the_pieces_in_the_documentation_call_what_call_calls(reads: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    script = tmp_path / "pieces.py"
    pieces = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    script.write_text(next(block for block in pieces if "tile_reads" in block), encoding="utf-8")
    reference, out = reads.parent / "reference.fa", tmp_path / "pieces.vcf.gz"
    names = {"reads": reads, "reference": reference, "contig": "chr1s", "position": 12_345, "out": out}
    left = runpy.run_path(str(script), init_globals=names)
    whole = call(reads, reference, ["chr1s:10001-20000"])
    assert len(whole) > 20
    assert left["calls"].to_csv() == whole.to_csv()
    assert read_vcf(out)["position"].tolist() == whole["position"].tolist()


def test_progress_counts_every_base_once(reads: Path, folder: Path) -> None:
    heard: list[tuple[int, int]] = []
    call(
        reads,
        reads.parent / "reference.fa",
        ["chr1s:1-4000", "chr1s:10001-12000"],
        model=folder,
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard == [(4000, 6000), (6000, 6000)]
