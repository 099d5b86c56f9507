"""A small evidence folder of another disease, made up, so that nothing depends on the packaged one."""

from pathlib import Path

import pytest

QUESTION = """
[question]
id = "made-up-sarcoma"
disease = "made-up sarcoma"
text = "What does adding blockerumab change?"
index_trial = "solo"
index_arm = "triple"
endpoints = ["OS", "PFS", "ORR"]
searched = "nothing, this is a test"
excluded = "nothing"

[components]
doxo = "doxorubicin"
primer = "vaccine primer"
blocker = "blockerumab"

[contrast]
backbone = ["doxo"]
partner = ["primer"]
added = ["blocker"]

[[population]]
id = "index"
label = "Index mix"
liver = 0.2
pdl1_high = 0.5
tp = 0.0
asia = 0.0
note = "made up"

[[required]]
trial = "benchmark"
reason = "it is the randomised test of the class"

[[role]]
trial = "solo"
role = "base"
reason = "index trial"

[[role]]
trial = "pair"
role = "base"
reason = "randomised comparison"

[[role]]
trial = "benchmark"
role = "class_benchmark"
reason = "class"
assumed_events = [480, 640]

[[choice]]
trial = "solo"
endpoint = "OS"
analysis = "primary"
population = "all"
arms = ["triple"]

[[choice]]
trial = "pair"
endpoint = "OS"
analysis = "first"
population = "all"
arms = ["both", "alone"]
kept = [{ analysis = "second", reason = "later cut-off without a figure" }]

[[choice]]
trial = "pair"
endpoint = "ORR"
analysis = "first"
population = "all"
arms = ["both", "alone"]
"""

SOLO = """
[trial]
id = "solo"
name = "Solo"
phase = "2"
design = "single-arm"
randomised = false
region = "Atlantis"
setting = "first line"
enrolment_start = "2020-01"
enrolment_end = "2021-01"

[[source]]
id = "paper"
kind = "publisher"
citation = "A paper"
doi = "10.1/1"

[[analysis]]
id = "primary"
data_cutoff = "2022-01"
label = "Only analysis"

[[arm]]
id = "triple"
label = "Doxorubicin + primer + blockerumab"
components = ["doxo", "primer", "blocker"]
backbone = "doxorubicin"
n = 60
source = "paper"

[[baseline]]
arm = "triple"
variable = "liver_metastases"
count = 12
n = 60
percent = 20.0
covariate = "liver"
source = "paper"

[[survival]]
arm = "triple"
endpoint = "OS"
population = "all"
analysis = "primary"
quantity = "median"
value = 14.0
lower = 10.0
upper = 18.0
level = 0.95
source = "paper"

[[survival]]
arm = "triple"
endpoint = "OS"
population = "all"
analysis = "primary"
quantity = "rate"
time = 12
value = 0.58
lower = 0.45
upper = 0.70
level = 0.95
source = "paper"

[[survival]]
arm = "triple"
endpoint = "OS"
population = "all"
analysis = "primary"
quantity = "events"
value = 33
n = 60
source = "paper"

[[response]]
arm = "triple"
category = "ORR"
analysis = "primary"
count = 30
n = 60
percent = 50.0
source = "paper"
"""

PAIR = """
[trial]
id = "pair"
name = "Pair"
phase = "3"
design = "randomised 1:1, open-label"
randomised = true
region = "Atlantis"
setting = "first line"

[[source]]
id = "early"
kind = "publisher"
citation = "An early paper"
doi = "10.1/2"
data_cutoff = "2021-06"

[[source]]
id = "late"
kind = "report"
citation = "A late report"
data_cutoff = "2023-06"

[[analysis]]
id = "first"
data_cutoff = "2021-06"
label = "First analysis"

[[analysis]]
id = "second"
data_cutoff = "2023-06"
label = "Second analysis"

[[arm]]
id = "both"
label = "Doxorubicin + primer"
components = ["doxo", "primer"]
backbone = "doxorubicin"
n = 150
source = "early"

[[arm]]
id = "alone"
label = "Doxorubicin"
components = ["doxo"]
backbone = "doxorubicin"
n = 150
source = "early"

[[arm]]
id = "third"
label = "A third arm without results"
components = ["doxo"]
backbone = "doxorubicin"
reported = false

[[survival]]
arm = "both"
endpoint = "OS"
population = "all"
analysis = "first"
quantity = "median"
value = 13.0
source = "early"

[[survival]]
arm = "alone"
endpoint = "OS"
population = "all"
analysis = "first"
quantity = "median"
value = 10.0
source = "early"

[[survival]]
arm = "both"
endpoint = "OS"
population = "all"
analysis = "second"
quantity = "median"
value = 13.4
source = "late"

[[at_risk]]
arm = "both"
endpoint = "OS"
population = "all"
analysis = "first"
time = [0, 6, 12, 18, 24]
n = [150, 118, 76, 36, 10]
source = "early"

[[at_risk]]
arm = "alone"
endpoint = "OS"
population = "all"
analysis = "first"
time = [0, 6, 12, 18, 24]
n = [150, 104, 58, 22, 5]
source = "early"

[[effect]]
endpoint = "OS"
arm = "both"
versus = "alone"
measure = "HR"
population = "all"
analysis = "first"
value = 0.75
lower = 0.57
upper = 0.99
level = 0.95
source = "early"

[[response]]
arm = "both"
category = "ORR"
analysis = "first"
count = 90
n = 150
percent = 60.0
source = "early"

[[response]]
arm = "alone"
category = "ORR"
analysis = "first"
percent = 40.0
source = "early"

[[inconsistency]]
about = "median of both"
printed = "13.0 against 13.4"
finding = "different cut-offs"
"""

BENCHMARK = """
[trial]
id = "benchmark"
name = "Benchmark"
phase = "3"
design = "randomised"
region = "Atlantis"
setting = "first line"

[[source]]
id = "note"
citation = "A note"

[[arm]]
id = "with"
label = "With"
components = ["doxo", "primer", "blocker"]
backbone = "doxorubicin"

[[arm]]
id = "without"
label = "Without"
components = ["doxo", "primer"]
backbone = "doxorubicin"

[[effect]]
endpoint = "OS"
arm = "with"
versus = "without"
measure = "HR"
population = "all"
value = 0.92
source = "note"
"""


def write_evidence(folder: Path) -> Path:
    """Write the folder of the made-up disease."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("question", QUESTION), ("solo", SOLO), ("pair", PAIR), ("benchmark", BENCHMARK)):
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def evidence_folder(tmp_path: Path) -> Path:
    return write_evidence(tmp_path / "sarcoma")
