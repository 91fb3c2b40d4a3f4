"""A data folder of its own for each test of the catalogue, so that nothing of another test is found in it."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.catalog.makers import Importer


@pytest.fixture
def store(tmp_path: Path, settings: Settings, db: None) -> Path:
    """An empty store's data folder."""
    folder = tmp_path / "store"
    folder.mkdir()
    settings.DATA_FOLDER = folder
    return folder


@pytest.fixture
def importer(store: Path) -> Importer:
    """Imports into the empty store."""
    return Importer()


@pytest.fixture
def label(tmp_path: Path) -> Path:
    """A label's folder, still empty."""
    folder = tmp_path / "label"
    folder.mkdir()
    return folder
