"""For a device the knobs are set, and it is said how much of it a release takes; a cookie remembers, and forgets."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import OFFERED, Format, fitted
from obbligato.storefront import bench, sounding
from obbligato.storefront.devices import BY_KEY, DEVICES, GIGABYTE, Carried, Device
from obbligato.storefront.side_by_side import USUAL
from tests.makers import alice, fill_wallet
from tests.storefront.makers import a_silent_release
from tests.storefront.test_library_pages import buy

FINE = MasterFacts("flac", "flac", 96_000, 24, 2, 96_000 * 180, "0" * 32, 96_000 * 500, 4096)
each_device = pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.key)


@each_device
def test_what_is_suggested_plays_there_even_of_a_fine_master_and_can_be_set_by_the_knobs(device: Device) -> None:
    assert device.verdict(fitted(device.format, FINE)).kind == "plays"
    selected = {
        knob.name: next(one.value for one in knob.choices if one.is_chosen) for knob in bench.knobs_of(device.format)
    }
    assert selected["codec"] == device.format.codec
    assert device.usual_gigabytes in device.gigabytes
    assert list(device.gigabytes) == sorted(device.gigabytes)
    assert device.reason.endswith(".")


@each_device
def test_each_format_has_a_verdict_and_what_plays_only_in_part_says_so(device: Device) -> None:
    for format_ in OFFERED:
        verdict = device.verdict(fitted(format_, FINE))
        assert verdict.kind in {"plays", "partly", "not"}
        assert bool(verdict.sentence) == (verdict.kind != "plays")
        assert verdict.sentence == "" or verdict.sentence.endswith(".")


def test_a_car_plays_high_rates_and_opus_in_part_and_wavpack_not_at_all() -> None:
    car = BY_KEY["car"]
    assert "16 bit and 48 kHz" in car.verdict(fitted(Format.parse("flac"), FINE)).sentence
    assert "old" in car.verdict(fitted(Format.parse("flac-16-44"), FINE)).sentence
    assert car.verdict(fitted(Format.parse("opus-128"), FINE)).kind == "partly"
    assert "MP3 320" in car.verdict(fitted(Format.parse("wavpack"), FINE)).sentence


def test_shares_are_told_as_one_says_them() -> None:
    stick = Carried.named("car", "32")
    assert stick is not None
    assert stick.percent(120_000_000) == "0.4 %"
    assert stick.how_many(120_000_000) == 260
    assert stick.percent(6_400_000_000) == "20 %"
    assert stick.percent(64 * GIGABYTE) == "200 %"
    assert stick.how_many(64 * GIGABYTE) == 0
    assert stick.capacity == "32 GB"
    assert Carried(BY_KEY["archive"], 2_000).capacity == "2 TB"


@given(st.sampled_from(DEVICES), st.integers(1, 10**13), st.integers(0, 5))
def test_nothing_is_promised_that_does_not_fit(device: Device, size_bytes: int, place: int) -> None:
    carried = Carried(device, device.gigabytes[place])
    assert carried.how_many(size_bytes) * size_bytes <= carried.gigabytes * GIGABYTE
    percent = float(carried.percent(size_bytes).removesuffix(" %").replace(",", ""))
    assert percent * carried.gigabytes * GIGABYTE >= 100 * size_bytes * 0.999_999


@given(st.text(max_size=20))
def test_whatever_a_cookie_holds_is_a_device_or_none(text: str) -> None:
    carried = Carried.parse(text)
    assert carried is None or Carried.parse(str(carried)) == carried


def test_every_format_is_said_in_plain_words() -> None:
    said = {format_.name: sounding.sounds_like(format_) for format_ in (*OFFERED, Format.parse("mp3-v9-mono"))}
    assert said["mp3-320"] == said["opus-128"] == said["mp3-v0"] == said["vorbis-q6"] == sounding.SAME
    assert said["mp3-192"] == said["mp3-v2"] == sounding.NEARLY
    assert said["mp3-64"] == sounding.SMALL
    assert said["flac"].startswith("An exact copy of the master")
    assert "FLAC is the same sound" in said["wav"]
    assert said["flac-16-44"].startswith("The master at this depth")
    assert "one" in said["mp3-v9-mono"]
    assert "Exact" in sounding.sounds_like(Format.parse("flac-mono"))
    assert sounding.sounds_like(Format.parse("vorbis-q0")) == sounding.SMALL


@pytest.mark.django_db
class TestThePage:
    def test_a_device_sets_the_knobs_and_is_remembered(self, client: Client) -> None:
        page = a_silent_release().get_absolute_url()
        shown = client.get(f"{page}?device=player&capacity=8&device_before=&codec=flac&quality=&rate=&channels=")
        text = shown.content.decode()
        assert '<option value="192" selected>' in text
        assert "% of 8 GB" in text
        assert "MP3 is what they all play" in text
        assert shown.cookies["device"].value == "player.8"
        assert shown.cookies["device"]["samesite"] == "Lax"
        assert shown.cookies["device"]["httponly"]
        again = client.get(page).content.decode()
        assert '<option value="192" selected>' in again
        assert "% of 8 GB" in again

    def test_a_knob_turned_afterwards_wins_and_the_page_says_what_suits_better(self, client: Client) -> None:
        page = a_silent_release().get_absolute_url()
        asked = "?device=car&capacity=32&device_before=car&codec=wavpack&quality=&rate=&channels="
        text = client.get(page + asked).content.decode()
        assert '<option value="wavpack" selected>' in text
        assert "WavPack is not played here" in text
        assert "MP3 320 kbit/s suits it best" in text

    def test_there_is_a_way_out(self, client: Client) -> None:
        page = a_silent_release().get_absolute_url()
        client.get(f"{page}?device=car")
        text = client.get(page).content.decode()
        assert "Forget the device" in text
        forgotten = client.get(f"{page}?device=&format=mp3-320")
        assert forgotten.cookies["device"].value == ""
        assert "GB" not in client.get(page).content.decode().split('id="on-device"')[1].split("</div>")[0]

    @pytest.mark.parametrize(
        "odd", ["?device=toaster", "?device=car&capacity=-1", "?device=%00", "?device=car&capacity=x"]
    )
    def test_an_odd_device_breaks_nothing(self, client: Client, odd: str) -> None:
        assert client.get(a_silent_release().get_absolute_url() + odd).status_code in {200, 422}
        client.cookies["device"] = "toaster.7"
        assert client.get(a_silent_release().get_absolute_url()).status_code == 200

    def test_the_usual_formats_stand_beside_one_another_with_their_prices(self, client: Client) -> None:
        text = client.get(f"{a_silent_release().get_absolute_url()}?format=flac").content.decode()
        bars = text.split('id="sizes"')[1].split("</ul>")[0]
        assert bars.count("<li>") == len(USUAL)
        assert bars.count('aria-current="true"') == 1
        assert "--width: 100.0%" in bars
        assert bars.count("€") == len(USUAL)

    def test_what_is_owned_is_said_to_be_hers_beside_what_the_larger_ones_cost(self, client: Client) -> None:
        person, release = alice("20"), a_silent_release()
        buy(person, release, "mp3-320")
        client.force_login(person)
        bars = client.get(release.get_absolute_url()).content.decode().split('id="sizes"')[1].split("</ul>")[0]
        owned = [bar for bar in bars.split("<li>")[1:] if "yours" in bar]
        assert {"MP3 192 kbit/s", "MP3 320 kbit/s"} <= {bar.split('class="name">')[1].split("<")[0] for bar in owned}
        assert "yours" not in next(bar for bar in bars.split("<li>") if "WAV" in bar)

    def test_a_turned_knob_changes_all_that_depends_on_it_and_tells_it_in_one_sentence(self, client: Client) -> None:
        release = a_silent_release(tracks=2)
        answer = client.get(f"{release.get_absolute_url()}/quote?format=flac", headers={"HX-Request": "true"})
        text = answer.content.decode()
        for part in ("knobs", "device-knobs", "sounds", "on-device", "sizes", "bench-told"):
            assert f'id="{part}" hx-swap-oob="innerHTML"' in text
        assert text.count('class="deal"') == 2
        told = text.split('id="bench-told"')[1].split("</p>")[0]
        assert "FLAC: " in told
        assert "€" in told
        assert "ready" in told

    def test_a_library_says_how_much_of_a_device_it_fills(self, client: Client) -> None:
        person = alice("20")
        fill_wallet(person, "20")
        buy(person, a_silent_release(), "mp3-320")
        client.force_login(person)
        text = client.get("/library?device=car&capacity=16").content.decode()
        assert "All you own as MP3 320 kbit/s" in text
        assert "% of 16 GB" in text
        assert "Forget the device" in client.get("/library").content.decode()
        assert "Forget the device" not in client.get("/library?device=").content.decode()
