"""The pages: the data as soon as they are prepared, the report of each domain, the front page of the run."""


rule preview:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
        dataset="<results>/{domain}/dataset.json",
    output:
        page=report("<results>/{domain}/data.html", caption="../report/data.rst", category="{domain}"),
    log:
        "<logs>/{domain}/preview.log",
    benchmark:
        "<benchmarks>/{domain}/preview.tsv"
    priority: 10
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("preview"),
    message:
        "{wildcards.domain}: drawing a page of the data"
    shell:
        "sciml stage preview {wildcards.domain} --config {input.config} --raw {input.raw}"
        " --dataset {input.dataset} --out {output.page} 2> {log}"
        " && echo '{wildcards.domain}: look at the data in {output.page}'"


rule report:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
        dataset=dataset_to_report,
        model=model_to_report,
        scores="<results>/{domain}/scores.json",
        cost="<results>/{domain}/cost.json",
    output:
        page=report("<results>/{domain}/report.html", caption="../report/report.rst", category="{domain}"),
    log:
        "<logs>/{domain}/report.log",
    benchmark:
        "<benchmarks>/{domain}/report.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("report"),
        dataset=option("dataset"),
        model=option("model"),
    message:
        "{wildcards.domain}: writing the report"
    shell:
        "sciml stage report {wildcards.domain} --config {input.config} --raw {input.raw}"
        " {params.dataset} {params.model} --scores {input.scores} --cost {input.cost}"
        " --out {output.page} 2> {log}"


rule index:
    input:
        reports=collect("<results>/{domain}/report.html", domain=plan.domains),
        data=collect("<results>/{domain}/data.html", domain=filter(plan.trains, plan.domains)),
    output:
        page=report("<results>/index.html", caption="../report/index.rst", category="run"),
    log:
        "<logs>/index.log",
    benchmark:
        "<benchmarks>/index.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe_of_run,
        front_page=plan.front_page(),
    message:
        "putting the reports side by side"
    shell:
        "sciml stage index {params.front_page} 2> {log}"
