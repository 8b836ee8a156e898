"""What the rules ask about a run; every answer is sciml's (sciml/cli/plan.py)."""

from snakemake.logging import logger

from sciml.cli.plan import open_plan

plan = open_plan(config)

# that the engine is about to choose jobs says less than the jobs themselves
logger.addFilter(lambda record: not str(record.msg).startswith(("Select jobs to execute", "Execute ")))


wildcard_constraints:
    domain="|".join(plan.domains),
    part=r"\d+-of-\d+",
    method=r"[a-z0-9_-]+",


def config_layers(wildcards):
    """The settings files of a domain, in order: the same list that the parser read."""
    return plan.layers(wildcards.domain)


def recipe(stage):
    """Settings, code, the user's files and the stages below: a job whose recipe changed runs again."""
    return lambda wildcards: plan.recipe(wildcards.domain, stage, wildcards.get("method"))


def recipe_of_run(wildcards):
    return plan.recipe_of_run()


def checkpoint(wildcards):
    """Where training keeps what it needs to resume; another recipe starts afresh."""
    return f"checkpoints/{plan.recipe(wildcards.domain, 'train')}"


def source(wildcards):
    """The simulated files, for a domain that simulates."""
    return "<results>/{domain}/source" if plan.simulates(wildcards.domain) else []


def parts(wildcards):
    return expand(
        "<results>/{domain}/parts/{part}.zarr", domain=wildcards.domain, part=plan.parts(wildcards.domain)
    )


def answers(wildcards):
    """What every method said, for the scores."""
    return [f"<results>/{wildcards.domain}/predictions/{part}" for part in plan.answers(wildcards.domain)]


def answers_of_method(wildcards):
    return expand("<results>/{{domain}}/predictions/{{method}}/{part}", part=plan.parts(wildcards.domain))


def model_to_apply(wildcards):
    """The network of this run, for the one method that applies it."""
    return "<results>/{domain}/model" if wildcards.method == "trained" else []


def model_to_report(wildcards):
    return "<results>/{domain}/model" if plan.trains(wildcards.domain) else []


def dataset_to_report(wildcards):
    """A run that trains nothing prepares nothing."""
    return "<results>/{domain}/dataset.json" if plan.trains(wildcards.domain) else []


def option(name):
    """`--name path` for the input of this name, nothing where a job has no such input."""
    return lambda wildcards, input: f"--{name} {input[name]}" if input[name] else ""
