STUDY_OUTPUTS = expand(f"{RUNS}/{{variant}}/seed{{seed}}/history.json", variant=VARIANTS, seed=SEEDS)
