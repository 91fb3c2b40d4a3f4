"""Loads the audio libraries in the one order that is fast; never imports anything else of this package.

The LAME inside PyAV's wheel is compiled without optimisation and three times slower than the one inside
lameenc's. The dynamic linker takes the first symbol it finds, so opening lameenc's library for everyone
before PyAV is imported gives both the fast one. Therefore every module of this package writes
`from obbligato.audio.libraries import av` and never `import av`.
"""

import ctypes
import functools
import hashlib
import importlib.metadata
import importlib.util
import json

import soundfile


@functools.cache
def preload() -> ctypes.CDLL:
    """Open lameenc's LAME for the whole process, once, and return it: it exports the whole C API of LAME."""
    spec = importlib.util.find_spec("lameenc")
    assert spec is not None, "lameenc is a dependency of this package"
    assert spec.origin is not None, "lameenc is a compiled module in a file"
    lame = ctypes.CDLL(spec.origin, mode=ctypes.RTLD_GLOBAL)
    lame.get_lame_version.restype = ctypes.c_char_p
    return lame


preload()
import av as av  # noqa: E402  LAME must be there before PyAV.


@functools.cache
def versions() -> dict[str, str]:
    """Versions of everything that decides encoded bytes, by name: lame, lameenc, av, libavcodec, numpy ..."""
    found = {
        "lame": preload().get_lame_version().decode("ascii"),
        "lameenc": importlib.metadata.version("lameenc"),
        "av": av.__version__,
        "soundfile": importlib.metadata.version("soundfile"),
        "libsndfile": soundfile.__libsndfile_version__,
        "numpy": importlib.metadata.version("numpy"),
    }
    for library, numbers in av.library_versions.items():
        if library in {"libavcodec", "libavformat", "libavutil", "libavfilter", "libswresample"}:
            found[library] = ".".join(str(number) for number in numbers)
    return found


@functools.cache
def build_id() -> str:
    """Twelve hexadecimal digits that change with any encoder library; a part of all keys of encoded audio."""
    return hashlib.sha256(json.dumps(versions(), sort_keys=True).encode()).hexdigest()[:12]
