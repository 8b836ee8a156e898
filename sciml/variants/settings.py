"""Every setting of the variant caller, one frozen class per stage, with units and bounds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sciml.core.contract import Role
from sciml.core.settings import (
    DomainSettings,
    EvaluateSettings,
    Fraction,
    Frozen,
    Name,
    PartSettings,
    PredictSettings,
    SplitSettings,
    TrainSettings,
)


class SimulatedSample(Frozen):
    """One person to invent and to sequence."""

    name: Name
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    depth: float = Field(30.0, ge=1, le=500, description="mean depth, reads over a base")
    sequencer: Literal["hiseq2000", "hiseqx", "novaseq"] = Field(
        "hiseq2000", description="read length, qualities (unbinned 101 b, 8 bins 151 b, 4 bins 151 b), fragments"
    )
    regions: tuple[str, ...] = Field((), description="contig:start-end to sequence; none: all of the reference")


class SimulateSettings(Frozen):
    """Genomes whose variants are known, and the reads a sequencer would make of them."""

    reference: str | None = Field(None, description="FASTA to plant variants into; None: a generated genome")
    genome_bp: int = Field(
        400_000, ge=20_000, description="bases of the generated genome: chr1s has 3/5 of them, chr2s 2/5"
    )
    samples: tuple[SimulatedSample, ...] = Field(
        (
            SimulatedSample(name="sim-train", role="train", regions=("chr1s:1-200000",)),
            SimulatedSample(name="sim-tune", role="validation", regions=("chr1s:200001-240000",)),
            SimulatedSample(name="sim-test", role="test", regions=("chr2s",)),
        ),
        description="the people to invent, each sequenced elsewhere: no stretch may be in two splits",
    )
    seed: int = Field(1, ge=0, description="seed of genome, variants and reads")
    snps_per_kb: float = Field(1.0, ge=0, le=50, description="substitutions per 1,000 bases")
    indels_per_kb: float = Field(0.2, ge=0, le=50, description="insertions and deletions per 1,000 bases")
    max_indel: int = Field(50, ge=1, le=100, description="longest insertion or deletion, bases")
    repeat_share: Fraction = Field(0.6, description="share of the indels that change a homopolymer or tandem repeat")
    homozygous: Fraction = Field(0.38, description="share of the variants on both haplotypes")
    multiallelic: Fraction = Field(0.02, description="share of the sites with two different alternates")
    duplicates: Fraction = Field(0.03, description="share of the fragments that are marked PCR duplicates")
    chimeras: Fraction = Field(0.005, description="share of the fragments whose ends come from two places")
    stutter: float = Field(1.0, ge=0, le=10, description="polymerase slippage in repeats, 1 as measured")
    hidden_copies_per_mb: float = Field(
        1.0,
        ge=0,
        le=100,
        description="diverged copies that the reference lacks: reads that map where they do not belong",
    )


class InputSample(Frozen):
    """One person's aligned reads, as the user has them."""

    reads: str = Field(description="sorted, indexed BAM or CRAM")
    reference: str = Field(description="the FASTA that the reads were aligned to")
    name: Name | None = Field(None, description="what to call this input; None: the sample's name")
    sample: str | None = Field(None, description="which sample, if the reads hold several; None: the only one")
    regions: tuple[str, ...] = Field((), description="contig:start-end or a BED file; none: every contig with reads")
    truth: str | None = Field(None, description="VCF of the true genotypes")
    confident: str | None = Field(None, description="BED inside which the truth is complete")
    role: Role | None = Field(None, description="train, validation or test; None: by the split")
    licence: str = Field("not stated", description="terms of the data, shown in the report")

    @model_validator(mode="after")
    def truth_comes_with_its_regions(self) -> InputSample:
        if (self.truth is None) != (self.confident is None):
            raise ValueError("truth and confident go together: a truth is complete only inside its confident regions")
        return self


class IngestSettings(Frozen):
    """The inputs: rows written here, a sample sheet, or both."""

    inputs: tuple[InputSample, ...] = Field((), description="samples with their files")
    sheet: str | None = Field(None, description="TSV with the columns of an input, one sample a row")
    case_bp: int = Field(50_000, ge=1_000, description="bases of a case, the block that never straddles a split")


class ReadSettings(Frozen):
    """Which reads count, as the field does it."""

    min_mapping_quality: int = Field(5, ge=0, le=60, description="reads below are not used (phred)")
    max_reads_per_kb: int = Field(1_500, ge=20, description="seeded sample of the reads that start in a kilobase")
    seed: int = Field(1, ge=0, description="seed of that sample")


class CandidateSettings(Frozen):
    """DeepVariant's thresholds for a site worth an image (make_examples_options.py, v1.5)."""

    min_base_quality: int = Field(10, ge=0, le=60, description="bases below support nothing (phred)")
    min_snp_reads: int = Field(2, ge=1, description="reads that must show a substitution")
    min_indel_reads: int = Field(2, ge=1, description="reads that must show an insertion or deletion")
    min_snp_fraction: Fraction = Field(0.12, description="share of the reads at the site that must show it")
    min_indel_fraction: Fraction = Field(0.06, description="share of the reads at the site that must show it")
    max_alternates: int = Field(3, ge=1, le=6, description="alternates kept at a site, best supported first")


class PileupSettings(Frozen):
    """Size of the image; `wide` is DeepVariant's 100 x 221, `small` trains on a CPU."""

    rows: int = Field(64, ge=16, le=362, description="reference rows and reads")
    columns: int = Field(101, ge=31, le=401, description="bases; odd, so that the site is in the middle")
    reference_rows: int = Field(5, ge=1, le=10, description="rows that repeat the reference on top")

    @model_validator(mode="after")
    def the_site_is_in_the_middle(self) -> PileupSettings:
        if self.columns % 2 == 0:
            raise ValueError(f"columns must be odd, so that the site is in the middle; not {self.columns}")
        if self.reference_rows >= self.rows:
            raise ValueError("reference_rows must leave room for reads")
        return self


class PrepareSettings(PartSettings):
    """From reads to labelled pileup images."""

    reads: ReadSettings = ReadSettings()
    candidates: CandidateSettings = CandidateSettings()
    pileup: PileupSettings = PileupSettings()


class ModelSettings(Frozen):
    """The compact residual network."""

    width: int = Field(24, ge=4, le=256, description="feature maps of the first stage, doubled in the later ones")
    blocks: int = Field(2, ge=1, le=6, description="residual blocks in each of the three stages")
    dropout: Fraction = Field(0.2, description="dropout before the last layer")
    min_row_keep: Fraction = Field(0.35, description="augmentation: the least share of reads kept in an image")
    label_smoothing: Fraction = Field(0.0, description="softens the targets of the cross-entropy; caps QUAL and GQ")


class CallerPredictSettings(PredictSettings):
    """How calls are made from probabilities."""

    methods: tuple[str, ...] = Field(
        ("shipped", "trained", "bcftools", "freebayes"), description="shipped, trained, given or a baseline's name"
    )
    batch_size: int = Field(64, ge=1, description="images a forward pass; fixed, so that the bytes never change")
    min_qual: float = Field(3.0, ge=0, description="calls below get the filter LowQual (phred)")


class CallerEvaluateSettings(EvaluateSettings):
    """How calls are compared with a truth."""

    block_bp: int = Field(10_000, ge=500, description="bases of a bootstrap unit")
    baseline_min_qual: float = Field(20.0, ge=0, description="a baseline's calls below are not counted (phred)")


class Settings(DomainSettings):
    """The settings of the variant caller."""

    simulate: SimulateSettings | None = SimulateSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    prepare: PrepareSettings = PrepareSettings()
    model: ModelSettings = ModelSettings()
    train: TrainSettings = TrainSettings()
    predict: CallerPredictSettings = CallerPredictSettings()
    evaluate: CallerEvaluateSettings = CallerEvaluateSettings()
