"""The chain, the same for every domain: one job per stage, and one per part where a stage has parts."""


rule simulate:
    input:
        config=ancient(config_layers),
    output:
        source=directory("<results>/{domain}/source"),
    log:
        "<logs>/{domain}/simulate.log",
    benchmark:
        "<benchmarks>/{domain}/simulate.tsv"
    conda:
        "../../environment.yml"
    threads: 2
    params:
        recipe=recipe("simulate"),
    message:
        "{wildcards.domain}: inventing data whose truth is known"
    shell:
        "sciml stage simulate {wildcards.domain} --config {input.config}"
        " --out {output.source} --threads {threads} 2> {log}"


rule ingest:
    input:
        config=ancient(config_layers),
        source=source,
    output:
        raw=directory("<results>/{domain}/raw"),
    log:
        "<logs>/{domain}/ingest.log",
    benchmark:
        "<benchmarks>/{domain}/ingest.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("ingest"),
        source=option("source"),
    message:
        "{wildcards.domain}: checking the input files and listing what there is"
    shell:
        "sciml stage ingest {wildcards.domain} --config {input.config} {params.source}"
        " --out {output.raw} 2> {log}"


rule prepare:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
    output:
        store=directory("<results>/{domain}/parts/{part}.zarr"),
    log:
        "<logs>/{domain}/prepare/{part}.log",
    benchmark:
        "<benchmarks>/{domain}/prepare/{part}.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("prepare"),
    message:
        "{wildcards.domain}: cutting samples for the network, part {wildcards.part}"
    shell:
        "sciml stage prepare {wildcards.domain} --config {input.config} --raw {input.raw}"
        " --part {wildcards.part} --out {output.store} 2> {log}"


rule gather:
    input:
        config=ancient(config_layers),
        parts=parts,
    output:
        dataset="<results>/{domain}/dataset.json",
    log:
        "<logs>/{domain}/gather.log",
    benchmark:
        "<benchmarks>/{domain}/gather.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("gather"),
    message:
        "{wildcards.domain}: counting the samples and taking stock of their splits"
    shell:
        "sciml stage gather {wildcards.domain} --config {input.config} --parts {input.parts}"
        " --out {output.dataset} 2> {log}"


rule train:
    input:
        config=ancient(config_layers),
        dataset="<results>/{domain}/dataset.json",
    output:
        model=directory("<results>/{domain}/model"),
    log:
        "<logs>/{domain}/train.log",
    benchmark:
        "<benchmarks>/{domain}/train.tsv"
    conda:
        "../../environment.yml"
    # a network this small trains no faster on two: give `--set-threads train=8` to a large one
    threads: 1
    resources:
        training=1,
    params:
        recipe=recipe("train"),
        checkpoint=checkpoint,
    message:
        "{wildcards.domain}: training a network"
    shell:
        "sciml stage train {wildcards.domain} --config {input.config} --dataset {input.dataset}"
        " --out {output.model} --checkpoint {params.checkpoint} --threads {threads} 2> {log}"


rule predict:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
        model=model_to_apply,
    output:
        answers=directory("<results>/{domain}/predictions/{method}/{part}"),
    log:
        "<logs>/{domain}/predict/{method}/{part}.log",
    benchmark:
        "<benchmarks>/{domain}/predict/{method}/{part}.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("predict"),
        model=option("model"),
    message:
        "{wildcards.domain}: asking {wildcards.method} about the test cases, part {wildcards.part}"
    shell:
        "sciml stage predict {wildcards.domain} --config {input.config} --raw {input.raw}"
        " --method {wildcards.method} {params.model} --part {wildcards.part}"
        " --out {output.answers} --threads {threads} 2> {log}"


rule evaluate:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
        answers=answers,
    output:
        scores="<results>/{domain}/scores.json",
        cost="<results>/{domain}/cost.json",
    log:
        "<logs>/{domain}/evaluate.log",
    benchmark:
        "<benchmarks>/{domain}/evaluate.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("evaluate"),
    message:
        "{wildcards.domain}: comparing every answer with the truth"
    shell:
        "sciml stage evaluate {wildcards.domain} --config {input.config} --raw {input.raw}"
        " --predictions {input.answers} --out {output.scores} --cost {output.cost} 2> {log}"


rule collect:
    input:
        config=ancient(config_layers),
        raw="<results>/{domain}/raw",
        answers=answers_of_method,
    output:
        whole=directory("<results>/{domain}/answers/{method}"),
    log:
        "<logs>/{domain}/collect/{method}.log",
    benchmark:
        "<benchmarks>/{domain}/collect/{method}.tsv"
    conda:
        "../../environment.yml"
    params:
        recipe=recipe("collect"),
    message:
        "{wildcards.domain}: putting the answers of {wildcards.method} together"
    shell:
        "sciml stage collect {wildcards.domain} --config {input.config} --raw {input.raw}"
        " --predictions {input.answers} --out {output.whole} 2> {log}"


rule predictions:
    input:
        plan.applied(),
    message:
        "the answers are in {input}"
