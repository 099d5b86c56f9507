"""The report in headless Chromium: loads, follows its sliders, breaks nothing, asks the network for nothing.

Needs the Debian package `chromium`; run with `pytest -m slow tests/analysis/report`.
"""

import html
import json
import re
import shutil
import subprocess

import numpy as np
import pypdfium2 as pdfium
import pytest

from analysis.sensitivity.single_arm_shift import shift_prior
from models.covariate_mix import stratum_proportions
from models.priors import SingleArmShift

PROBE = """
<script>
window.faults = [];
window.addEventListener("error", (e) => window.faults.push(e.message || "resource " + e.target.src), true);
for (const name of ["error", "warn"]) console[name] = (...words) => window.faults.push(words.join(" "));
</script>
"""
MOVE = """
<script>
window.addEventListener("load", () => {
  const box = document.getElementById("explorer-OS"), out = {};
  const names = ["prior", "ratio", "benefit", "mixed", "mixed-benefit", "rmst", "rmst-benefit", "effective", "trust"];
  names.push("table");
  const path = (kind) => box.querySelector(`path[data-${kind}=triple]`).getAttribute("d");
  const seen = () => {
    const found = Object.fromEntries(names.map((name) => [name, box.querySelector(`[data-out=${name}]`).textContent]));
    return { ...found, curve: path("arm"), band: path("band") };
  };
  const move = (name, value) => {
    const input = box.querySelector(`[data-control=${name}]`);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  out.start = seen();
  move("mean", "0.74"); move("sd", "0.30");
  out.fitted = seen();
  move("mean", "0.90"); move("sd", "0.20");
  out.own = seen();
  move("liver", "60");
  out.liver = seen();
  move("mean", "1.10"); move("sd", "0.05");
  out.far = seen();
  box.querySelector("button[data-rung=base]").click();
  out.again = seen();
  out.pressed = [...box.querySelectorAll("button")].map((b) => b.getAttribute("aria-pressed"));
  const controls = [...document.querySelectorAll(".explorer input")];
  out.ranges = controls.every((c) => c.type === "range" && c.tabIndex === 0);
  out.labels = controls.every((c) => c.labels.length === 1 && c.labels[0].textContent);
  out.focus = controls.every((c) => { c.focus(); return document.activeElement === c; });
  out.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  out.requests = performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:"));
  out.faults = window.faults;
  const place = document.createElement("pre");
  place.id = "probe";
  place.textContent = JSON.stringify(out);
  document.body.append(place);
});
</script>
"""


@pytest.fixture(scope="module")
def folder(drawn_run, tmp_path_factory):
    place = tmp_path_factory.mktemp("browser")
    shutil.copy(drawn_run / "report.html", place)
    return place


def chromium(folder, *words):
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder / 'user'}",
    ]
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def seen(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    page = page.replace("<head>", f"<head>{PROBE}", 1).replace("</body>", f"{MOVE}</body>")
    (folder / "probed.html").write_text(page, encoding="utf-8")
    address = (folder / "probed.html").as_uri()
    shown = chromium(folder, "--window-size=400,900", "--virtual-time-budget=5000", "--dump-dom", address)
    return json.loads(html.unescape(re.search(r'<pre id="probe">(.*?)</pre>', shown, re.DOTALL)[1]))


@pytest.fixture(scope="module")
def panel(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)[1])[0]


def weights(panel, mean, sd):
    """Weights of the embedded draws under another prior of c, by the function that reweights whole runs."""
    fitted = SingleArmShift("fitted", panel["mu"], panel["sd"], panel["correlation"])
    wanted = SingleArmShift("wanted", float(np.log(mean)), sd, panel["correlation"])
    c = np.array(panel["c"])
    weight = np.exp(
        shift_prior(wanted, c.shape[1]).log_density(c) - shift_prior(fitted, c.shape[1]).log_density(c)
    )
    return weight / weight.sum()


def interval(values, weight):
    order = np.argsort(values, kind="stable")
    places = np.searchsorted(np.cumsum(weight[order]), [0.5, 0.025, 0.975])
    return "{:.2f} ({:.2f} to {:.2f})".format(*values[order][places])


def mixed(panel, arm, liver, pdl1):
    """(D, T) survival of the mix."""
    share = stratum_proportions(np.array(liver), np.array(pdl1))
    return np.einsum("s,dst->dt", share, np.array(panel[arm]) / panel["scale"])


@pytest.mark.slow
def test_numbers_follow_the_sliders_as_the_weights_say(panel, seen):
    weight, delta = weights(panel, 0.9, 0.2), np.array(panel["delta"])
    assert seen["own"]["prior"] == "c ~ N(log 0.90, 0.20)"
    assert seen["own"]["ratio"] == interval(np.exp(delta), weight)
    assert float(seen["own"]["benefit"]) == pytest.approx(weight[delta < 0].sum(), abs=0.006)
    assert seen["own"]["effective"] == f"{1 / np.sum(weight**2):.0f} of {len(delta)}"
    assert "no line of this prior" in seen["own"]["table"]
    ratio = np.exp(delta)
    spread = np.sqrt(np.average((ratio - np.average(ratio, weights=weight)) ** 2, weights=weight))
    error = 1.25 * spread * np.sqrt(np.sum(weight**2))
    assert seen["own"]["trust"] == f"Monte Carlo error of exp(Delta) about {error:.2f}"


@pytest.mark.slow
@pytest.mark.parametrize(("state", "liver"), [("own", 0.14), ("liver", 0.60)])
def test_the_mix_moves_curves_restricted_means_and_the_mixed_hazard_ratio(panel, seen, state, liver):
    weight, times = weights(panel, 0.9, 0.2), np.array(panel["times"])
    triple, comparator = (mixed(panel, arm, liver, 0.105) for arm in ("triple", "comparator"))
    upto = times <= panel["tau"]
    gain = np.trapezoid((triple - comparator)[:, upto], times[upto])
    at = list(times).index(panel["tau"])
    assert seen[state]["rmst"] == interval(gain, weight)
    assert float(seen[state]["rmst-benefit"]) == pytest.approx(weight[gain > 0].sum(), abs=0.006)
    assert seen[state]["mixed"] == interval(np.log(triple[:, at]) / np.log(comparator[:, at]), weight)
    assert seen["liver"]["curve"] != seen["own"]["curve"]
    assert seen["liver"]["band"] != seen["own"]["band"]
    assert seen["liver"]["ratio"] == seen["own"]["ratio"]


@pytest.mark.slow
def test_the_panel_starts_at_the_headline_and_names_the_tables_of_a_prior_that_was_run(panel, seen):
    base, pessimistic = panel["rungs"]
    assert seen["start"]["prior"] == "c ~ N(log 0.86, 0.25)"
    assert base["ratio"] in seen["start"]["table"]
    assert pessimistic["ratio"] in seen["fitted"]["table"]
    assert pessimistic["rmst"] in seen["fitted"]["table"]
    assert seen["fitted"]["effective"] == f"{len(panel['c'])} of {len(panel['c'])}"
    assert seen["again"] == seen["start"]
    assert seen["pressed"] == ["true", "false"]


@pytest.mark.slow
def test_a_prior_that_the_draws_do_not_reach_is_refused(seen):
    assert "too few" in seen["far"]["ratio"]
    assert "--c-prior" in seen["far"]["trust"]
    assert seen["far"]["rmst"] == "-"
    assert seen["far"]["curve"] == ""
    assert seen["far"]["band"] == ""


@pytest.mark.slow
def test_no_fault_no_request_and_everything_by_keyboard_at_400_pixels(seen):
    assert seen["faults"] == []
    assert seen["requests"] == []
    assert seen["ranges"]
    assert seen["labels"]
    assert seen["focus"]
    assert seen["wide"] <= 0


@pytest.fixture(scope="module")
def printed(folder):
    pdf = folder / "report.pdf"
    address = (folder / "report.html").as_uri()
    chromium(folder, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", address)
    document = pdfium.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.slow
def test_the_summary_prints_on_one_page(printed):
    assert "Summary" in printed[0]
    assert "death due to AE" in printed[0]
    assert "PFS is not survival benefit" in printed[0]
    assert printed[1].startswith("Question and estimands")


@pytest.mark.slow
def test_print_opens_what_is_closed_and_drops_what_only_a_screen_can_use(printed):
    everything = " ".join(printed)
    assert "not applicable because" in everything
    assert "1 Randomisation process" in everything
    # The sliders' numbers and curves are printed as they stand, what moves them is not.
    assert "Hazard ratio of the whole mix" in everything
    assert "Arrow keys move a slider" not in everything
    assert len(printed) <= 20
