"""A verdict names both sides, what each reaches, and on how much."""

from collections.abc import Mapping

from sciml.core.scores import Estimate, Standing
from sciml.core.wording import counted, in_percent, n_of, named, told, verdict

AUROC = Estimate(0.9126, 0.88, 0.94, 1200)
ESTIMATES: Mapping[tuple[str, str], Estimate] = {("auroc", "all"): AUROC}
MODEL = Standing("trained", True, ESTIMATES)
BASELINE = Standing("ring-flux", False, {("auroc", "all"): Estimate(0.7, None, None, 1200)})


def sentence(model: Standing | None, baseline: Standing | None) -> str:
    return verdict(
        model,
        baseline,
        "Nothing was scored.",
        reached=lambda standing: f"an AUROC of {told(standing.estimates['auroc', 'all'])}",
        values=lambda standing: told(standing.estimates["auroc", "all"]),
        measured_on=lambda standing: f"Measured on {counted(n_of(standing, 'auroc'), 'lens', 'lenses')}.",
    )


def test_model_and_baseline_stand_in_one_sentence() -> None:
    assert sentence(MODEL, BASELINE) == (
        "The trained model (a demonstration) reaches an AUROC of 0.913 [0.880, 0.940]; the best baseline, ring-flux, "
        "reaches 0.700. Measured on 1,200 lenses."
    )


def test_what_is_missing_is_said() -> None:
    assert "no baseline was scored beside it" in sentence(MODEL, None)
    assert sentence(None, BASELINE).startswith("ring-flux reaches an AUROC of 0.700; no model was scored")
    assert sentence(None, None) == "Nothing was scored."


def test_a_share_is_told_in_whole_percent() -> None:
    assert in_percent(AUROC) == "91 % [88, 94]"
    assert in_percent(None) == "an unknown share"
    assert told(Estimate(None, None, None, 0)) == "no value"


def test_one_is_no_plural() -> None:
    assert (counted(1, "lens", "lenses"), counted(2_000, "SNP")) == ("1 lens", "2,000 SNPs")


def test_within_a_sentence_a_model_has_a_small_article() -> None:
    assert named(MODEL, "the") == "the trained model (a demonstration)"


def test_what_was_never_measured_has_no_n() -> None:
    assert n_of(MODEL, "recall") == 0
