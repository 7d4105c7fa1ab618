"""Shared by the conversion tests: a LibreOffice profile that had its first start."""

from pathlib import Path

import pytest

from uploads.processing.convert import ConvertOptions, make_profile_template
from uploads.processing.pipeline import ProcessOptions
from uploads.processing.render import RenderOptions

from .builders import need_converter


@pytest.fixture(scope="session")
def options(tmp_path_factory: pytest.TempPathFactory) -> ProcessOptions:
    """Real conversion, pictures a third of the hall's size to keep the tests short."""
    need_converter()
    template = make_profile_template(tmp_path_factory.mktemp("profile") / "template")
    assert isinstance(template, Path)
    return ProcessOptions(
        convert=ConvertOptions(profile_template=template),
        render=RenderOptions(thumb_width=240, hall_width=640),
    )
