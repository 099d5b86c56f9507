import models
from analysis.model_source import models_digest
from analysis.run.fits import FitStore
from models.priors import BASE


def test_digest_follows_imports_and_nothing_else(tmp_path, monkeypatch):
    """A fit is keyed by the source it rests on: its own module, what that imports, and no other."""
    (tmp_path / "top.py").write_text("from models.below import x\n")
    (tmp_path / "below.py").write_text("from models.top import y\nx = 1\n")
    (tmp_path / "beside.py").write_text("z = 1\n")
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])

    def digest():
        models_digest.cache_clear()
        return models_digest("top")

    before = digest()
    (tmp_path / "beside.py").write_text("z = 2\n")
    assert digest() == before
    (tmp_path / "below.py").write_text("x = 2\n")
    assert digest() != before
    models_digest.cache_clear()


def test_a_fit_kept_by_another_version_of_the_models_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "any.py").write_text("x = 1\n")
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    store = FitStore(tmp_path / "fits", "the same evidence")

    def kept():
        models_digest.cache_clear()
        return store.path("OS", 0, BASE)

    before = kept()
    assert kept() == before
    (tmp_path / "any.py").write_text("x = 2\n")
    assert kept() != before
    models_digest.cache_clear()
