"""Names of formats go in and out unchanged, and no copy is promised more than its master has."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.audio.errors import TooLong, UnknownFormat, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import (
    BITRATES_KBPS,
    CODECS,
    LOSSY_RATES_HZ,
    OFFERED,
    VORBIS_RATES_HZ,
    Format,
    Window,
    choices,
    every_format,
    fitted,
    is_copied,
    windowed,
)
from obbligato.audio.planning import planned_sound

CD = MasterFacts("flac", "flac", 44100, 16, 2, 44100 * 60, "0" * 32, 5_000_000, 8288)

facts_of_any_kind = st.builds(
    MasterFacts,
    container=st.just("flac"),
    codec=st.just("flac"),
    sample_rate=st.one_of(
        st.sampled_from([8000, 11025, 22050, 44100, 48000, 88200, 96000, 192000]), st.integers(4000, 384000)
    ),
    bits=st.integers(4, 24),
    channels=st.integers(1, 8),
    samples=st.integers(1, 2**31),
    pcm_md5=st.just("0" * 32),
    flac_bytes=st.integers(1, 2**31),
    frames_offset=st.none() | st.just(8288),
)


@pytest.mark.parametrize("format_", OFFERED, ids=lambda format_: format_.name)
def test_an_offered_name_names_its_format(format_: Format) -> None:
    assert Format.parse(format_.name) == format_
    assert format_.label
    assert format_.extension
    assert "/" in format_.media_type


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("mp3-320", "MP3 320 kbit/s"),
        ("mp3-320-44", "MP3 320 kbit/s, 44.1 kHz"),
        ("mp3-v0", "MP3 V0"),
        ("opus-128", "Opus 128 kbit/s"),
        ("opus-vbr-128", "Opus 128 kbit/s VBR"),
        ("opus-cbr-64", "Opus 64 kbit/s CBR"),
        ("vorbis-q6", "Vorbis Q6"),
        ("vorbis-q10-44", "Vorbis Q10, 44.1 kHz"),
        ("flac", "FLAC"),
        ("flac-24-96", "FLAC 24 bit, 96 kHz"),
        ("flac-16-44-l8", "FLAC 16 bit, 44.1 kHz, level 8"),
        ("flac-l0", "FLAC, level 0"),
        ("flac-16-44-l8-mono", "FLAC 16 bit, 44.1 kHz, level 8, mono"),
        ("mp3-128-mono", "MP3 128 kbit/s, mono"),
        ("opus-cbr-64-mono", "Opus 64 kbit/s CBR, mono"),
        ("wav-mono", "WAV, mono"),
        ("wavpack-24", "WavPack 24 bit"),
        ("wav-16-44", "WAV 16 bit, 44.1 kHz"),
    ],
)
def test_a_label_is_for_people(name: str, label: str) -> None:
    assert Format.parse(name).label == label


@pytest.mark.parametrize(
    "name",
    [
        "", "mp3", "mp3-", "mp3-321", "mp3-0320", "mp3-320-43", "mp3-320-44100", "mp3-320-22", "mp3-v10", "MP3-320",
        "mp3-320-44-1", "aac-320", "aac-v0", "opus-128-44", "opus-vbr", "opus-vbr-v0", "opus-abr-128",
        "opus-cbr-128-48", "mp3-cbr-128", "vorbis", "vorbis-q11", "vorbis-q6-96", "vorbis-vbr-q6", "vorbis-192",
        "flac-20", "flac-16-", "flac-44-16",
        "flac-16-044", "flac--44", "flac-l9", "flac-l", "flac-l8-16", "alac-l5", "wavpack-l5", "flac-l05",
        "wav-16-4²", "../etc", "flac-16-999", "x" * 10_000,
        "mono", "mp3-mono", "mp3-mono-128", "mp3-128-mono-44", "mp3-128-mono-mono", "flac-mono-l8", "wav-stereo",
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused_with_what_exists(name: str) -> None:
    with pytest.raises(
        UnknownFormat, match=r"There is no format .*mp3-64\|96\|128.*flac\|alac\|wavpack\|wav\|aiff"
    ) as caught:
        Format.parse(name)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=20))
def test_any_text_parses_or_is_refused(name: str) -> None:
    try:
        assert Format.parse(name).name == name
    except UnknownFormat:
        pass


@given(facts=facts_of_any_kind, wanted=st.sampled_from(OFFERED))
def test_a_fitted_format_has_a_name_and_stays_fitted(facts: MasterFacts, wanted: Format) -> None:
    try:
        format_ = fitted(wanted, facts)
    except (UnsupportedAudio, TooLong):
        return
    assert fitted(format_, facts) == format_
    assert fitted(Format.parse(format_.name), facts) == format_


@given(facts=facts_of_any_kind, wanted=st.sampled_from(OFFERED))
def test_nothing_is_sold_that_the_master_does_not_have(facts: MasterFacts, wanted: Format) -> None:
    try:
        format_ = fitted(wanted, facts)
    except (UnsupportedAudio, TooLong):
        return
    assert format_.sample_rate is not None
    assert format_.channels is not None
    assert format_.channels <= facts.channels
    if format_.is_lossless:
        assert format_.sample_rate <= facts.sample_rate
        assert format_.bits == 16 or facts.bits > 16
    elif format_.codec != "opus":
        assert format_.sample_rate in (VORBIS_RATES_HZ if format_.codec == "vorbis" else LOSSY_RATES_HZ)
        assert format_.sample_rate <= max(facts.sample_rate, 16000)
        assert format_.channels <= 2


@pytest.mark.parametrize(
    ("name", "sample_rate", "fits"),
    [
        ("mp3-320", 22050, "mp3-160-22"),
        ("mp3-128", 22050, "mp3-128-22"),
        ("mp3-320", 96000, "mp3-320-48"),
        ("mp3-320", 88200, "mp3-320-44"),
        ("mp3-320", 192000, "mp3-320-48"),
        ("mp3-320", 176400, "mp3-320-44"),
        ("mp3-320-48", 44100, "mp3-320-44"),
        ("mp3-320-44", 48000, "mp3-320-44"),
        ("mp3-v0", 8000, "mp3-v0-16"),
        ("vorbis-q6", 8000, "vorbis-q6-8"),
        ("vorbis-q6", 96000, "vorbis-q6-48"),
        ("aac-256", 96000, "aac-256-48"),
        ("aac-256", 16000, "aac-192-16"),
        ("opus-128", 44100, "opus-128"),
        ("flac", 44100, "flac-16-44"),
        ("flac-24-96", 44100, "flac-16-44"),
        ("flac-16-44", 96000, "flac-16-44"),
        ("flac-l8", 44100, "flac-16-44-l8"),
        ("wavpack", 96000, "wavpack-16-96"),
        ("wav", 37800, "wav-16-37800"),
        ("wav-16-22", 37800, "wav-16-22"),
        ("flac-24-192", 384_000, "flac-16-192"),
        ("alac-16-8", 44100, "alac-16-8"),
        ("wav-16-37801", 44100, "wav-16-44"),
        ("mp3-320-mono", 22050, "mp3-160-22-mono"),
        ("aac-256-mono", 16000, "aac-96-16-mono"),
    ],
)
def test_a_format_is_fitted_to_the_rate_of_its_master(name: str, sample_rate: int, fits: str) -> None:
    facts = replace(CD, sample_rate=sample_rate)
    assert fitted(Format.parse(name), facts).name == fits


def test_depth_is_kept_or_lowered() -> None:
    deep = replace(CD, bits=24, sample_rate=96000)
    assert fitted(Format.parse("flac"), deep).name == "flac-24-96"
    assert fitted(Format.parse("flac-16"), deep).name == "flac-16-96"
    assert fitted(Format.parse("wav"), replace(CD, bits=20)).bits == 24
    assert fitted(Format.parse("wav"), replace(CD, bits=12)).bits == 16


def test_many_channels_become_stereo_where_the_codec_is_lossy() -> None:
    surround = replace(CD, channels=6)
    assert fitted(Format.parse("opus-128"), surround).channels == 2
    assert fitted(Format.parse("flac"), surround).channels == 6
    with pytest.raises(UnsupportedAudio, match="ALAC cannot carry 4 channels"):
        fitted(Format.parse("alac"), replace(CD, channels=4))


@pytest.mark.parametrize("name", ["mp3-128-mono", "opus-vbr-64-mono", "flac-mono", "aiff-16-44-mono", "vorbis-q3-mono"])
def test_mono_is_a_part_of_the_name_only_where_the_master_has_more(name: str) -> None:
    mixed, own = fitted(Format.parse(name), CD), fitted(Format.parse(name), replace(CD, channels=1))
    assert (mixed.channels, mixed.is_mono, mixed.name.endswith("-mono")) == (1, True, True)
    assert own == fitted(Format.parse(name.removesuffix("-mono")), replace(CD, channels=1))
    assert not is_copied(Format.parse(name), CD)
    identities = {planned_sound(Format.parse(one), CD).identity for one in (name, name.removesuffix("-mono"))}
    assert len(identities) == 2


def test_mono_lets_alac_carry_what_it_else_cannot() -> None:
    assert fitted(Format.parse("alac-mono"), replace(CD, channels=4)).channels == 1


def test_a_lossy_copy_of_more_than_a_day_is_refused() -> None:
    with pytest.raises(TooLong, match="up to 24 hours"):
        fitted(Format.parse("mp3-320"), replace(CD, samples=44100 * 86401))
    assert fitted(Format.parse("flac"), replace(CD, samples=44100 * 86401)).name == "flac-16-44"


def test_an_aiff_beyond_four_gigabytes_is_refused() -> None:
    with pytest.raises(TooLong, match="4 GiB"):
        fitted(Format.parse("aiff"), replace(CD, samples=2**30))


def test_frames_are_copied_only_where_they_are_the_wanted_sound() -> None:
    deep = replace(CD, bits=24, sample_rate=96000)
    assert is_copied(Format.parse("flac"), CD)
    assert is_copied(Format.parse("flac-24-96"), CD)
    assert is_copied(Format.parse("flac-24-96"), deep)
    assert not is_copied(Format.parse("flac-16-44"), deep)
    assert not is_copied(Format.parse("flac-l5"), CD)
    assert not is_copied(Format.parse("alac"), CD)
    assert not is_copied(Format.parse("flac"), replace(CD, frames_offset=None))
    assert not is_copied(Format.parse("flac"), windowed(CD, Window(0, 1000)))


def test_a_window_ends_where_its_master_ends() -> None:
    assert windowed(CD, Window(CD.samples - 10, 1000)).samples == 10
    assert windowed(CD, Window(5, 1000)).samples == 1000
    assert windowed(CD, None) == CD


def test_every_format_has_its_own_name_and_the_offered_ones_are_of_their_kinds() -> None:
    names = [one.name for one in every_format()]
    assert len(set(names)) == len(names)
    assert {"mp3-v9", "mp3-64", "aac-96", "opus-cbr-96", "opus-vbr-256", "vorbis-q0", "flac-l0", "wavpack-24"} <= {
        *names
    }
    assert {replace(one, sample_rate=None).name for one in OFFERED} <= {*names}


def test_a_form_is_told_every_codec_with_its_legal_values() -> None:
    described = {choice["codec"]: choice for choice in choices()}
    assert set(described) == set(CODECS)
    assert described["mp3"]["bitrates_kbps"] == BITRATES_KBPS["mp3"]
    assert described["mp3"]["qualities"] == tuple(f"v{one}" for one in range(10))
    assert described["flac"]["bits"] == (16, 24)
    assert described["opus"]["sample_rates"] == (48000,)
