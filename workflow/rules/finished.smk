# What the atlas is made of: the files of finished studies.

import csv

STUDIES = config.get("studies", [STUDY])
ATLAS = "results/atlas"


def finished_studies(wildcards):
    """The files of each study, from no rule: a study is taken as it is. One history a variant says what it is."""
    set_triggers()
    tables = {f"{study}_{name}": f"results/{study}/{name}.csv" for study in STUDIES for name in ("runs", "claims")}
    if absent := [file for file in tables.values() if not os.path.exists(in_place(file))]:
        sys.exit("\n".join(f"{file}: missing, expected that of a finished study, for the atlas" for file in absent))
    histories = {}
    for study in STUDIES:
        with open(in_place(tables[f"{study}_runs"]), encoding="utf-8") as file:
            first = {run["variant"]: run["seed"] for run in reversed(list(csv.DictReader(file)))}
        histories[f"{study}_histories"] = [
            before_update(f"results/{study}/runs/{variant}/seed{seed}/history.json")
            for variant, seed in reversed(first.items())
        ]
    return {name: before_update(file) for name, file in tables.items()} | histories
