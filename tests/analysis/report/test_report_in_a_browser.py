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

from analysis.reweighting import log_shift_density
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
  const read = (name) => box.querySelector(`[data-out=${name}]`).textContent;
  const curve = () => box.querySelector("path[data-arm=triple]").getAttribute("d");
  const move = (name, value) => {
    const input = box.querySelector(`[data-control=${name}]`);
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  out.start = { ratio: read("ratio"), benefit: read("benefit"), curve: curve() };
  move("mean", "0.86"); move("sd", "0.25");
  out.base = { ratio: read("ratio"), benefit: read("benefit"), effective: read("effective"), curve: curve() };
  move("liver", "60");
  out.liver = { ratio: read("ratio"), curve: curve() };
  move("mean", "1.10"); move("sd", "0.05");
  out.far = { ratio: read("ratio"), curve: curve() };
  const controls = [...document.querySelectorAll(".explorer input")];
  out.ranges = controls.every((c) => c.type === "range" && c.tabIndex === 0 && c.labels.length === 1);
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


@pytest.mark.slow
def test_numbers_follow_the_sliders_as_the_weights_say(folder, seen):
    page = (folder / "report.html").read_text(encoding="utf-8")
    panel = json.loads(re.search(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)[1])[0]
    fitted = SingleArmShift("fitted", panel["mu"], panel["sd"], panel["correlation"])
    wanted = SingleArmShift("base", float(np.log(0.86)), 0.25, panel["correlation"])
    c, delta = np.array(panel["c"]), np.array(panel["delta"])
    weight = np.exp(log_shift_density(c, wanted) - log_shift_density(c, fitted))
    weight /= weight.sum()
    order = np.argsort(delta)
    median = np.exp(delta[order][np.searchsorted(np.cumsum(weight[order]), 0.5)])
    assert seen["base"]["ratio"].startswith(f"{median:.2f} /")
    assert "c ~ N(log 0.86, 0.25)" in seen["base"]["ratio"]
    assert float(seen["base"]["benefit"]) == pytest.approx(weight[delta < 0].sum(), abs=0.006)
    assert seen["base"]["effective"] == f"{1 / np.sum(weight**2):.0f} of {len(delta)}"
    assert seen["start"]["ratio"] != seen["base"]["ratio"]


@pytest.mark.slow
def test_the_mix_moves_the_curve_and_not_the_ratio(seen):
    assert seen["liver"]["curve"] != seen["base"]["curve"]
    assert seen["liver"]["ratio"] == seen["base"]["ratio"]


@pytest.mark.slow
def test_a_prior_that_the_draws_do_not_reach_is_refused(seen):
    assert "too few" in seen["far"]["ratio"]
    assert seen["far"]["curve"] == ""


@pytest.mark.slow
def test_no_fault_no_request_and_everything_by_keyboard_at_400_pixels(seen):
    assert seen["faults"] == []
    assert seen["requests"] == []
    assert seen["ranges"]
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
    assert "Move the assumptions yourself" not in everything
    assert len(printed) <= 20
