"""What a study's comparison writes for people, by the names of the files, each with its title in the report."""

FIGURES = {
    "comparison": "Test accuracy",
    "critical_difference": "Average ranks",
    "pairwise": "All pairs",
    "convergence": "Convergence",
    "calibration": "Calibration",
    "variance_shift": "Variance shift",
    "pareto": "Accuracy and cost",
}
PAGES = {"findings": ("1 Findings", "Findings"), "tables": ("5 Tables", "All but every run, on one page")}


def tables(grid: bool, selects: bool) -> dict[str, str]:
    """The tables, each a field of facts.Found or facts.OverGrid: of a study with a grid, and one that selects.

    Args:
        grid: whether the study has one.
        selects: whether its `comparison` has `select`.
    """
    found = {
        "pairwise": "All pairs",
        "claims": "Claims",
        "power": "Power",
        "norm_dropout": "Normalization and dropout together",
        "seeds_and_images": "New seeds, or new images too",
        "variance_shift": "Variance shift",
    }
    if grid:
        found |= {"factors": "Factors", "interactions": "Interactions of factors"}
    if grid and selects:
        found["selection"] = "Each placement at its own best"
    return found
