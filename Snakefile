"""Five sciences, one workflow: simulate, ingest, prepare, gather, train, predict, evaluate, report."""

from snakemake.utils import min_version

min_version("9.20")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=f"results/{plan.run}",
    logs=f"logs/{plan.run}",
    benchmarks=f"benchmarks/{plan.run}",


include: "workflow/rules/stages.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        "<results>/index.html",
    message:
        "done"


onsuccess:
    plan.announce()


onerror:
    shell(f"sciml stage index {plan.front_page()} && echo front page: results/{plan.run}/index.html")
