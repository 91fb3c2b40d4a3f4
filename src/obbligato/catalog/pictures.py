"""Keep covers: as delivered, and smaller for tags, pages and lists. It never enlarges, and never trusts a picture.

Smaller versions are JPEGs in sRGB without any metadata, so that no camera's place or profile reaches a buyer.
"""

import hashlib
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from obbligato.catalog.models import Picture
from obbligato.kernel.folders import put_file
from obbligato.kernel.refusals import Invalid

LARGEST_BYTES = 20_000_000
LARGEST_PIXELS = 40_000_000
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF")
TAG_BYTES = 150_000
QUALITIES = (88, 80, 70, 60, 45)
SIDES = {"tag": 1000, "page": 1400, "thumb": 480}
PAGE_QUALITY = 85


class BadPicture(Invalid):
    """The file is not a picture that can be shown; the release is imported without it."""


@dataclass(frozen=True)
class PreparedPicture:
    """A picture that was checked and made smaller, but not stored yet."""

    sha256: str
    media_type: str
    width: int
    height: int
    sizes: dict[str, bytes]


def keep(data: bytes) -> Picture:
    """Store a cover in all its sizes; the same bytes again are the same row. Raises BadPicture, OSError."""
    sha256 = hashlib.sha256(data).hexdigest()
    known = Picture.objects.filter(sha256=sha256).first()
    if known and all(known.file(size).is_file() for size in ("original", *SIDES)):
        return known
    prepared = prepare(data)
    picture = known or Picture(
        sha256=sha256,
        media_type=prepared.media_type,
        width=prepared.width,
        height=prepared.height,
        size_bytes=len(data),
    )
    for size, content in prepared.sizes.items():
        put_file(picture.file(size), content)
    if not known:
        picture.save()
    return picture


def prepare(data: bytes) -> PreparedPicture:
    """Check a picture and make its smaller versions. Raises BadPicture with a sentence."""
    if len(data) > LARGEST_BYTES:
        raise BadPicture(f"The cover is larger than {LARGEST_BYTES // 1_000_000} MB.")
    image, media_type = _opened(data)
    width, height = image.size
    small = {size: _reduced(image, side) for size, side in SIDES.items()}
    sizes = {
        "original": data,
        "tag": _jpeg_within(small["tag"], TAG_BYTES),
        "page": _jpeg(small["page"], PAGE_QUALITY),
        "thumb": _jpeg(small["thumb"], PAGE_QUALITY),
    }
    return PreparedPicture(hashlib.sha256(data).hexdigest(), media_type, width, height, sizes)


def _opened(data: bytes) -> tuple[Image.Image, str]:
    """The picture upright, in sRGB and without transparency, and its media type."""
    with warnings.catch_warnings():
        # What Pillow only warns of (too many pixels, odd metadata) is either caught below or harmless here.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(BytesIO(data), formats=ACCEPTED)
            if image.width * image.height > LARGEST_PIXELS:
                raise BadPicture(f"The cover has more than {LARGEST_PIXELS // 1_000_000} million pixels.")
            media_type = Image.MIME[image.format or "JPEG"]
            image.load()
            return _flat(_in_srgb(ImageOps.exif_transpose(image))), media_type
        except BadPicture:
            raise
        except Image.DecompressionBombError:
            raise BadPicture(f"The cover has more than {LARGEST_PIXELS // 1_000_000} million pixels.") from None
        except Exception as error:
            # A broken picture makes decoders raise nearly anything; whatever it is, it is the picture's fault.
            raise BadPicture("The cover is broken, or not JPEG, PNG, WebP or GIF.") from error


def _in_srgb(image: Image.Image) -> Image.Image:
    """Colours brought from the picture's own profile to sRGB; as they are where the profile is unusable."""
    profile = image.info.get("icc_profile")
    if image.mode not in {"RGB", "RGBA", "CMYK", "L"} or not profile:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _flat(image: Image.Image) -> Image.Image:
    """RGB on white."""
    if image.mode == "RGB":
        return image
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return image.convert("RGB")


def _reduced(image: Image.Image, side: int) -> Image.Image:
    smaller = image.copy()
    smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    return smaller


def _jpeg_within(image: Image.Image, limit_bytes: int) -> bytes:
    """The best quality that fits; a picture that never does is made smaller until it does."""
    while True:
        for quality in QUALITIES:
            content = _jpeg(image, quality)
            if len(content) <= limit_bytes:
                return content
        image = _reduced(image, max(image.size) * 3 // 4)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # A fresh image carries no metadata along.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    file = BytesIO()
    bare.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
    return file.getvalue()
