"""Covers are kept in every size that is shown, and no picture can break an import."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from obbligato.catalog.models import Picture
from obbligato.catalog.pictures import BadPicture, keep, prepare
from tests.catalog.makers import picture_bytes


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_accepted_kind_is_kept_in_all_sizes(store: Path, kind: str, mode: str) -> None:
    data = picture_bytes(side=600, kind=kind, mode=mode)
    picture = keep(data)
    assert picture.file("original").read_bytes() == data
    assert (picture.width, picture.height, picture.size_bytes) == (600, 600, len(data))
    assert size_of(picture, "thumb") == (480, 480)
    assert size_of(picture, "page") == (600, 600), "nothing is enlarged"


def test_the_picture_in_tags_is_at_most_150_kilobytes_and_1000_pixels(store: Path) -> None:
    picture = keep(picture_bytes(side=1600, noise=True))
    assert picture.file("tag").stat().st_size <= 150_000
    assert max(size_of(picture, "tag")) <= 1000
    assert size_of(picture, "page") == (1400, 1400)


def test_the_same_picture_again_is_the_same_row(store: Path) -> None:
    data = picture_bytes()
    assert keep(data) == keep(data)
    assert Picture.objects.count() == 1


def test_a_size_that_was_lost_is_made_again(store: Path) -> None:
    picture = keep(picture_bytes())
    picture.file("tag").unlink()
    assert keep(picture_bytes()) == picture
    assert picture.file("tag").is_file()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        picture_bytes()[:200],
        picture_bytes(kind="PNG")[:60],
        picture_bytes(kind="BMP"),
        b"GIF89a" + bytes(9),
    ],
)
def test_a_broken_picture_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(BadPicture, match="broken, or not JPEG"):
        prepare(data)


@pytest.mark.parametrize("side", [7_000, 30_000, 2_000_000_000])
def test_a_small_file_of_endless_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    with pytest.raises(BadPicture, match="million pixels"):
        prepare(data + struct.pack(">I", 4) + b"IDAT" + bytes(8))


def test_a_picture_of_more_than_20_megabytes_is_refused() -> None:
    with pytest.raises(BadPicture, match="larger than 20 MB"):
        prepare(bytes(20_000_001))


def test_smaller_versions_carry_no_metadata_and_stand_upright() -> None:
    file = BytesIO()
    image = Image.new("RGB", (60, 30), "red")
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010E] = "a secret place"
    image.save(file, "JPEG", exif=exif)
    page = prepare(file.getvalue()).sizes["page"]
    assert b"secret" not in page
    with Image.open(BytesIO(page)) as shown:
        assert shown.size == (30, 60)


def test_colours_of_another_profile_come_out_in_srgb() -> None:
    file = BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (20, 20), (10, 200, 30)).save(file, "PNG", icc_profile=profile)
    page = prepare(file.getvalue()).sizes["page"]
    with Image.open(BytesIO(page)) as shown:
        assert "icc_profile" not in shown.info
        red, green, blue = shown.getpixel((5, 5))  # type: ignore[misc]
        assert (red < 30, green > 180, blue < 50) == (True, True, True)


def test_a_profile_that_is_no_profile_is_ignored() -> None:
    file = BytesIO()
    Image.new("RGB", (20, 20)).save(file, "PNG", icc_profile=b"nonsense")
    assert prepare(file.getvalue()).width == 20


def test_transparent_parts_become_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(file, "PNG")
    with Image.open(BytesIO(prepare(file.getvalue()).sizes["page"])) as shown:
        assert shown.getpixel((3, 3)) == (255, 255, 255)


def size_of(picture: Picture, size: str) -> tuple[int, int]:
    with Image.open(picture.file(size)) as image:
        return image.size
