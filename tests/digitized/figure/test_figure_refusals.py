"""What is refused, and that the sentence says why."""

import io
import zlib
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from matplotlib.figure import Figure
from PIL import Image

from digitized.errors import FigureRefused, InputError
from digitized.figure.other_charts import other_chart
from digitized.figure.read import read_figure
from digitized.figure.reading import Axis, ReadingOptions
from digitized.figure.vector import limits

MONTHS = Axis(0.0, 0.1, ticks=((0.0, 0.0), (240.0, 24.0)))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">'


def refusal(path: Path, options: ReadingOptions | None = None) -> str:
    with pytest.raises(FigureRefused) as caught:
        read_figure(path, options)
    assert len(caught.value.faults) == 1
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"hello, world", "neither a PDF nor an SVG nor an image"),
        (b"%PDF-1.7\nbroken", "damaged or incomplete PDF"),
        (b"\x89PNG\r\n\x1a\nbroken", "damaged image|no image"),
        (b"<svg><g></svg>", "no well-formed SVG"),
        (b"\x1f\x8bbroken", "damaged gzip"),
        (b"<?xml version='1.0'?><html/>", "no SVG"),
        (SVG.encode() + b"</svg>", "no lines are drawn"),
    ],
)
def test_broken_files(content, reason, tmp_path: Path):
    path = tmp_path / "figure"
    path.write_bytes(content)
    with pytest.raises(FigureRefused, match=reason):
        read_figure(path)


def test_entities_are_refused_and_nothing_outside_is_opened(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("0 6 12")
    path = tmp_path / "entity.svg"
    path.write_text(
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{secret}">]>{SVG}<text x="1" y="1">&x;</text></svg>'
    )
    assert "entity 'x'" in refusal(path)
    path.write_text(
        f'{SVG}<image href="file://{secret}" width="9" height="9"/><use href="{secret}#a"/>'
        '<line x1="0" y1="0" x2="9" y2="9" stroke="red"/></svg>'
    )
    assert "no pair of axes" in refusal(path)


def test_expansion_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_ELEMENTS", 2000)
    levels = "".join(f'<g id="l{k}">' + f'<use href="#l{k - 1}"/>' * 10 + "</g>" for k in range(1, 9))
    path = tmp_path / "laughs.svg"
    path.write_text(f'{SVG}<g id="l0"><path d="M0,0 L1,1" stroke="red"/></g>{levels}</svg>')
    assert "more than 2000 elements" in refusal(path)
    path.write_text(SVG + "<g>" * 200 + "</g>" * 200 + "</svg>")
    assert "deep" in refusal(path)
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 100_000)
    packer = zlib.compressobj(wbits=31)
    path.write_bytes(packer.compress(b" " * 10**6) + packer.flush())
    assert "unpacks to more than" in refusal(path)
    path.write_text(f'{SVG}<g id="a"><use href="#a"/></g></svg>')
    assert "no lines" in refusal(path)


def test_too_many_pixels_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    buffer = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(buffer, "PNG")
    path = tmp_path / "bomb.png"
    path.write_bytes(buffer.getvalue())
    assert "pixels" in refusal(path)
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    assert "MB" in refusal(path)


def test_encrypted_pdf(tmp_path: Path):
    path = tmp_path / "locked.pdf"
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"3 0 obj<</Filter/Standard/V 1/R 2/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">/P -4>>endobj\n"
        b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]>>\n%%EOF"
    )
    assert "encrypted" in refusal(path)


def chart(kind: str) -> Figure:
    figure = Figure(figsize=(5, 4))
    axes = figure.add_subplot()
    x = np.linspace(0, 36, 30)
    if kind == "bars":
        axes.bar(range(6), [5, 3, 8, 2, 9, 4])
    elif kind == "smooth":
        axes.plot(x, np.exp(-x / 20))
        axes.set_ylim(0, 1)
    elif kind == "outlined histogram":
        axes.hist(np.random.default_rng(3).gamma(3, 5, 300), bins=20, histtype="step")
    elif kind == "scatter":
        axes.plot(x, np.sin(x) / 2 + 0.5, "o")
    return figure


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("bars", "no pair|no step curve"),
        ("smooth", "slanted"),
        ("outlined histogram", "rise and fall"),
        ("scatter", "no step|no pair"),
    ],
)
@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_other_charts(kind, reason, form, kit, tmp_path: Path):
    path = kit.save(chart(kind), tmp_path / f"chart.{form}")
    with pytest.raises(FigureRefused, match=reason):
        read_figure(path)


@pytest.mark.parametrize(
    ("titles", "months", "reason"),
    [
        (("1 - Specificity", "Sensitivity"), 1.0, "a ROC curve"),
        (("False positive fraction", ""), 1.0, "a ROC curve"),
        (("", ""), 1.0, "as a ROC curve does; .* give --unit"),
        (("Months", "Cumulative hazard"), 36.0, "a cumulative hazard"),
        (("Time (months)", "Nelson-Aalen estimate"), 36.0, "a cumulative hazard"),
    ],
)
@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_rising_steps_that_are_no_incidence(titles, months, reason, form, kit, tmp_path: Path):
    figure = Figure(figsize=(5, 4))
    axes = figure.add_subplot()
    x = np.linspace(0, months, 40)
    axes.step(x, np.linspace(0, 1, 40) ** 0.7, where="post")
    axes.set(xlim=(0, months), ylim=(0, 1), xlabel=titles[0], ylabel=titles[1])
    with pytest.raises(FigureRefused, match=reason):
        read_figure(kit.save(figure, tmp_path / f"rising.{form}"))


def test_a_caption_that_speaks_of_sensitivity_or_hazard_refuses_nothing(kit, two_arms, tmp_path: Path):
    figure = kit.drawn(two_arms)
    figure.axes[0].text(
        0, -0.3, "Sensitivity analysis of overall survival; hazard ratio 0.71 (95% CI 0.60-0.85)", fontsize=7
    )
    (panel,) = read_figure(kit.save(figure, tmp_path / "caption.svg")).panels
    kit.check(panel, two_arms)


def test_no_such_page_or_panel_or_range(kit, two_arms, tmp_path: Path):
    figure = Figure(figsize=(6, 4))
    axes = kit.axes(figure)
    for arm in two_arms:
        axes.plot(*arm.line)
    path = kit.save(figure, tmp_path / "one.pdf")
    assert "has 1 page(s), page 3" in refusal(path, ReadingOptions(page=3))
    assert "has 1 panel(s), panel 2" in refusal(path, ReadingOptions(panel=2))
    with pytest.raises(InputError) as caught:
        read_figure(path, ReadingOptions(x_range=(9, 1), crop=(5, 5, 1, 9), panel=0))
    assert len(caught.value.faults) == 3


def test_page_of_a_longer_pdf_is_found(kit, two_arms, tmp_path: Path):
    one = kit.save(kit.drawn(two_arms), tmp_path / "one.pdf")
    paper = pdfium.PdfDocument.new()
    paper.new_page(400, 400)
    paper.new_page(400, 400)
    paper.import_pages(pdfium.PdfDocument(one))
    path = tmp_path / "paper.pdf"
    paper.save(path)
    reading = read_figure(path)
    assert reading.page == 3
    kit.check(reading.panels[0], two_arms)


@pytest.mark.parametrize(
    "title",
    ["Patients (%)", "Subjects", "Hazard ratio for death, 0.62 (95% CI 0.50-0.77)", "Time since dose 1"],
)
def test_words_of_a_survival_figure_refuse_nothing(title):
    assert other_chart([title], MONTHS, rising=False, unit="") == ""


@pytest.mark.parametrize(
    "title", ["Hazard ratio (95% CI)", "Change from baseline (%)", "Dose (mg)", "Sensitivity"]
)
def test_axis_titles_of_other_charts_are_named(title):
    assert repr(title) in other_chart([title], MONTHS, rising=False, unit="")


def test_rising_steps_need_a_word_of_time():
    assert "give --unit" in other_chart(["Biomarker (ng/ml)"], MONTHS, rising=True, unit="")
    assert other_chart(["Time"], MONTHS, rising=True, unit="") == ""
    assert other_chart(["Biomarker (ng/ml)"], MONTHS, rising=True, unit="months") == ""
