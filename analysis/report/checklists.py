"""Reporting checklists, every row answered with an anchor of the report or "not applicable because"."""

CHECKLISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "PRISMA-NMA (Hutton 2015), items that apply to a run": (
        ("Rationale and objectives", "#question"),
        ("Eligibility, sources, search, selection", "#evidence"),
        ("Geometry of the network", "#evidence"),
        ("Risk of bias within studies", "#bias"),
        ("Summary measures and planned methods", "#estimands"),
        (
            "Inconsistency",
            "not applicable because the target contrast has no closed loop",
        ),
        ("Results of individual studies", "#arms"),
        ("Synthesis of results", "#ladder"),
        ("Additional analyses", "#sensitivity"),
        ("Limitations", "#limits"),
        (
            "Ranking of treatments",
            "not applicable because one contrast is asked and ranking is never reported",
        ),
    ),
    "BARG (Kruschke 2021)": (
        ("Goals and model", "#question"),
        ("Priors and their justification", "#priors"),
        ("Computation and diagnostics", "#diagnostics"),
        ("Posterior: central tendency and intervals", "#ladder"),
        ("Sensitivity to priors", "#ladder"),
        ("Reproducibility", "#reproduce"),
    ),
    "NICE real-world-evidence framework (external control)": (
        ("Target trial and estimand", "#estimands"),
        ("Data suitability and provenance", "#evidence"),
        ("Confounding and effect modification", "#bias"),
        ("Selection and single-arm bias, quantified", "#ladder"),
        ("Missing data", "#bias"),
        ("Sensitivity and quantitative bias analysis", "#sensitivity"),
    ),
    "GRADE": (
        (
            "Certainty of Delta (added component)",
            "very low: unanchored, imprecise and prior-driven (#ladder)",
        ),
        ("Certainty of ICI against chemotherapy", "moderate or high: randomised trials (#arms)"),
    ),
}
