"""Every page of the back office answers, for staff only, and what was settled is only read."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from obbligato.catalog.aliases import know_as
from obbligato.catalog.models import Booklet, Edition, Release, Track, Withdrawal
from obbligato.kernel import clock
from obbligato.ledger.models import Account, Transfer
from obbligato.payments.models import Attempt, Credit, Refund
from obbligato.payments.vouchers.models import BonusTier, Redemption, Voucher, VoucherBatch
from obbligato.people.models import AccessToken, Person
from obbligato.rights.models import Licence
from obbligato.sales.models import Order, Purchase, Settlement, Tariff
from obbligato.sales.preorders.announcing import announce
from tests import makers
from tests.backoffice.goods import a_busy_store, an_order
from tests.transparency.making import a_log

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
VOUCHERS = [VoucherBatch, Voucher, Redemption, BonusTier]
IMMUTABLE = [Transfer, Account, Edition, Purchase, Order, Settlement, Attempt, Tariff, Licence, Release, *VOUCHERS]


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(a_busy_store())
    Group.objects.create(name="Bookkeeping")
    a_log(1)
    know_as("The Test Ensemble", ["The Tests"])
    Withdrawal.objects.create(
        release=makers.a_release("Gone", upc="", tracks=1), by="dana", reason="The label asked for it."
    )
    later = makers.a_release("Still to Come", upc="4006381333948", tracks=1)
    announce(later, at=clock.now() + timedelta(days=30), takes_orders=True, by="dana")
    return client


def test_everything_that_matters_is_registered() -> None:
    labels = {model._meta.label for model in MODELS}
    assert {
        "catalog.Alias",
        "catalog.Artist",
        "catalog.Label",
        "catalog.Release",
        "catalog.Edition",
        "catalog.Recording",
        "catalog.Master",
        "catalog.Withdrawal",
        "rights.Licence",
        "rights.SplitSheet",
        "rights.Party",
        "sales.Order",
        "sales.Purchase",
        "sales.Settlement",
        "sales.Tariff",
        "ledger.Account",
        "ledger.Transfer",
        "payments.Attempt",
        "payments.Refund",
        "payments.Dispute",
        "payments.Credit",
        "payments.RailBlock",
        "payments.Alert",
        "bank.BankEntry",
        "bank.OutgoingTransfer",
        "bank.StatementFile",
        "vouchers.VoucherBatch",
        "vouchers.Voucher",
        "vouchers.Redemption",
        "vouchers.BonusTier",
        "reconciliation.Difference",
        "standing.Incident",
        "standing.ProviderStanding",
        "people.Person",
        "people.AccessToken",
        "auth.Group",
    } <= labels


def test_each_list_and_each_page_answers_with_data(staff: Client) -> None:
    for model in MODELS:
        if model._meta.app_label == "account":
            continue  # Addresses of the sign-in library: its own pages, tested there.
        listed = staff.get(_list(model))
        assert listed.status_code == 200, model
        row = model._default_manager.order_by("-pk").first()
        assert row is not None, model
        assert staff.get(_page(row)).status_code == 200, model
        assert staff.get(f"{_list(model)}?q=a").status_code in {200, 302}, model


def test_a_release_and_its_edition_show_their_booklet(staff: Client) -> None:
    release = Release.objects.get(edition__title="Three Small Pieces")
    booklet = Booklet.objects.create(sha256="b" * 64, original_name="<i>notes.pdf", size_bytes=2_140_000)
    assert b"notes.pdf" not in staff.get(_page(release)).content
    release.editions.update(booklet=booklet)
    for row in (release, release.editions.get()):
        assert "&lt;i&gt;notes.pdf, 2.14 MB" in staff.get(_page(row)).content.decode(), row


def test_nobody_but_staff_comes_in() -> None:
    alice = makers.alice()
    client = Client()
    client.force_login(alice)
    for address in (reverse("admin:index"), *(_list(model) for model in MODELS)):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("admin:login"))


def test_a_buyer_at_the_back_office_door_is_turned_away() -> None:
    client = Client()
    client.force_login(makers.alice())
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_an_operator_comes_in_by_the_door_of_all_buyers() -> None:
    makers.dana()
    client = Client()
    address, _ = client.get(reverse("admin:index"), follow=True).redirect_chain[-1]
    assert address == "/account/login/?next=%2Fdesk%2F"
    inside = client.post(address, {"login": "dana", "password": "a long password", "next": "/desk/"}, follow=True)
    assert inside.redirect_chain == [("/desk/", 302)]
    assert inside.status_code == 200


def test_the_back_office_has_no_door_of_its_own() -> None:
    makers.dana()
    client = Client()
    answer = client.post(reverse("admin:login"), {"username": "dana", "password": "a long password"})
    assert answer.headers["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session


def test_staff_without_a_role_sees_no_row_and_no_figure() -> None:
    a_busy_store()
    newcomer = Person.objects.create_user("newcomer", password="a long password", is_staff=True)
    client = Client()
    client.force_login(newcomer)
    page = client.get(reverse("admin:index")).content.decode()
    assert "Sales today" not in page
    assert "Books" not in page
    for model in MODELS:
        assert client.get(_list(model)).status_code == 403


@pytest.mark.parametrize("model", IMMUTABLE, ids=lambda model: model._meta.label)
def test_what_was_settled_refuses_to_be_changed_or_deleted(staff: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    rows = model._default_manager.filter(pk__in=list(model._default_manager.values_list("pk", flat=True)))
    before = list(rows.order_by("pk").values())
    assert staff.post(_page(row), {"amount_micro": "1"}).status_code == 403
    assert staff.post(f"{_page(row).removesuffix('change/')}delete/", {"post": "yes"}).status_code == 403
    staff.post(_list(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert list(rows.order_by("pk").values()) == before


@pytest.mark.parametrize("model", [Transfer, Account, Edition, Purchase, Order, Settlement, Attempt, Release])
def test_what_acts_make_is_never_added_by_a_form(staff: Client, model: type[Model]) -> None:
    assert staff.get(f"{_list(model)}add/").status_code == 403
    assert staff.post(f"{_list(model)}add/", {}).status_code == 403


def test_an_order_shows_where_each_cent_went(staff: Client) -> None:
    order = Order.objects.get()
    page = staff.get(_page(order)).content.decode()
    made = Transfer.objects.filter(reference=f"order:{order.number}")
    assert made.count() == 8  # Four of the sale, four of the refund.
    assert sum(one.amount_micro for one in made.filter(kind="sale")) == order.total_micro
    for one in made.select_related("source", "target"):
        assert one.amount in page
        assert one.target.name in page
        assert _page(one) in page
    assert f"wallet:{order.person_id} (alice)" in page
    assert "(Ada Performer)" in page
    assert "(Ben Composer)" in page


def test_a_transfer_leads_to_what_it_belongs_to(staff: Client) -> None:
    order, attempt = Order.objects.get(), Attempt.objects.get()
    for kind, target in (("sale", _page(order)), ("top_up", _page(attempt))):
        transfer = Transfer.objects.filter(kind=kind).first()
        assert transfer is not None
        assert target in staff.get(_page(transfer)).content.decode()
    vouchers = [("voucher_issued", VoucherBatch.objects.get()), ("voucher", Redemption.objects.get())]
    for kind, row in (("refund_due", Refund.objects.get()), ("goodwill", Credit.objects.get()), *vouchers):
        assert _page(row) in staff.get(_page(Transfer.objects.get(kind=kind))).content.decode()
    credit = Transfer.objects.filter(kind="credit").first()
    assert credit is not None
    assert staff.get(_page(credit)).status_code == 200


def test_an_account_shows_its_balance_as_money_whether_guarded_or_open(staff: Client) -> None:
    page = staff.get(_list(Account)).content.decode()
    assert "€12.71" in page
    assert "-€5.00" in page


def test_a_master_shows_its_loudness_and_waveform(staff: Client) -> None:
    track = Track.objects.first()
    assert track is not None
    page = staff.get(_page(track.master)).content.decode()
    assert "LUFS" in page
    assert "dBTP" in page
    assert "<svg" in page


def test_a_release_can_be_withdrawn_with_a_reason_and_put_back(staff: Client) -> None:
    release = Release.objects.get(edition__title="Three Small Pieces")
    answer = staff.get(f"{_page(release).removesuffix('change/')}withdraw/")
    assert answer.headers["Location"] == f"{_list(Withdrawal)}add/?release={release.pk}"
    assert staff.get(answer.headers["Location"]).status_code == 200
    assert staff.post(f"{_list(Withdrawal)}add/", {"release": release.pk, "reason": ""}).status_code == 200
    assert not Withdrawal.objects.filter(release=release).exists()
    staff.post(f"{_list(Withdrawal)}add/", {"release": release.pk, "reason": "A cover song was not cleared."})
    made = Withdrawal.objects.get(release=release)
    assert (made.by, made.reason) == ("dana", "A cover song was not cleared.")
    assert "withdrawn" in staff.get(_page(release)).content.decode()
    assert staff.post(_page(made), {"reason": "Another."}).status_code == 403
    staff.post(f"{_page(made).removesuffix('change/')}delete/", {"post": "yes"})
    assert not Withdrawal.objects.filter(release=release).exists()


def test_a_licence_declared_here_replaces_the_one_before(staff: Client) -> None:
    before = Licence.objects.filter(replaced_at__isnull=True).first()
    assert before is not None
    form = {
        "recording": before.recording_id,
        "basis": "licensed",
        "evidence": "Contract of 3 March.",
        "territory_codes": "fr, DE",
        "valid_from": "2026-01-01",
        "valid_until": "",
    }
    assert staff.post(f"{_list(Licence)}add/", form).status_code == 302
    made = Licence.objects.get(recording_id=before.recording_id, replaced_at__isnull=True)
    assert (made.basis, made.territories, made.declared_by) == ("licensed", ["FR", "DE"], "dana")
    before.refresh_from_db()
    assert before.replaced_at is not None


@pytest.mark.parametrize(
    "wrong", [{"territory_codes": "Europe"}, {"valid_until": "2025-01-01"}, {"evidence": ""}, {"basis": "none"}]
)
def test_a_licence_that_makes_no_sense_is_not_declared(staff: Client, wrong: dict[str, str]) -> None:
    licence = Licence.objects.first()
    assert licence is not None
    count = Licence.objects.count()
    form = {
        "recording": str(licence.recording_id),
        "basis": "own",
        "evidence": "Ours.",
        "territory_codes": "WORLD",
        "valid_from": "2026-01-01",
        **wrong,
    }
    assert staff.post(f"{_list(Licence)}add/", form).status_code == 200
    assert Licence.objects.count() == count


def test_a_new_price_is_a_new_tariff(staff: Client) -> None:
    release = Release.objects.get(edition__title="Three Small Pieces")
    form = {"release": release.pk, "currency": "EUR", "per_megabyte": "0.125", "album_maximum": "9", "takes_more": "on"}
    assert staff.post(f"{_list(Tariff)}add/", form).status_code == 302
    made = Tariff.objects.filter(release=release).first()
    assert made is not None
    assert (made.per_megabyte_micro, made.track_minimum_micro) == (125_000, 0)
    assert (made.track_maximum_micro, made.album_maximum_micro) == (None, 9_000_000)
    assert made.takes_more
    assert Tariff.objects.filter(release=release).count() == 2


@pytest.mark.parametrize("price", ["", "free", "-1", "1e999999999", "0.0000001", "NaN"])
def test_a_price_that_is_none_is_not_taken(staff: Client, price: str) -> None:
    release = Release.objects.get(edition__title="Three Small Pieces")
    form = {"release": release.pk, "currency": "EUR", "per_megabyte": price}
    assert staff.post(f"{_list(Tariff)}add/", form).status_code == 200
    assert staff.post(f"{_list(Tariff)}add/", {**form, "per_megabyte": "1", "currency": "XQX"}).status_code == 200
    assert Tariff.objects.filter(release=release).count() == 1


def test_nobody_with_money_is_deleted_and_nobody_deletes_herself(staff: Client) -> None:
    stranger = Person.objects.create_user("stranger", password="a long password")
    credited = makers.bob("1")
    for person, status in (
        (Person.objects.get(username="alice"), 403),
        (Person.objects.get(username="dana"), 403),
        (credited, 403),
        (stranger, 302),
    ):
        answer = staff.post(f"{_page(person).removesuffix('change/')}delete/", {"post": "yes"})
        assert answer.status_code == status, person
    assert not Person.objects.filter(username="stranger").exists()


def test_a_password_is_changed_on_its_own_page(staff: Client) -> None:
    alice = Person.objects.get(username="alice")
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    assert staff.get(address).status_code == 200
    words = {"usable_password": "true", "password1": "another long password", "password2": "another long password"}
    assert staff.post(address, words).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("another long password")


def test_a_person_is_added_and_made_inactive(staff: Client) -> None:
    words = {"username": "carol", "email": "carol@example.org", "usable_password": "true"}
    secret = "a very long password"
    answer = staff.post(f"{_list(Person)}add/", {**words, "password1": secret, "password2": secret})
    assert answer.status_code == 302
    carol = Person.objects.get(username="carol")
    form = {"username": "carol", "email": "carol@example.org", "country": "DE"}
    assert staff.post(_page(carol), form).status_code == 302
    carol.refresh_from_db()
    assert (carol.is_active, carol.country) == (False, "DE")


def test_only_a_superuser_hands_out_roles() -> None:
    helper = Person.objects.create_user("helper", password="a long password", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="people"))
    client = Client()
    client.force_login(helper)
    client.post(_page(helper), {"username": "helper", "is_active": "on", "is_staff": "on", "is_superuser": "on"})
    helper.refresh_from_db()
    assert helper.is_superuser is False


def test_deleting_a_token_signs_its_program_out(staff: Client) -> None:
    token = AccessToken.objects.get()
    assert token.digest not in staff.get(_page(token)).content.decode()
    staff.post(f"{_page(token).removesuffix('change/')}delete/", {"post": "yes"})
    assert not AccessToken.objects.exists()


def test_orders_are_filtered_by_state(staff: Client) -> None:
    bob = makers.bob()
    waiting = an_order(bob, Release.objects.get(edition__title="Three Small Pieces"))
    paid = Order.objects.exclude(pk=waiting.pk).get()
    for state, shown, hidden in (("waiting", waiting, paid), ("paid", paid, waiting)):
        page = staff.get(f"{_list(Order)}?state={state}").content.decode()
        assert shown.number in page
        assert hidden.number not in page
    assert staff.get(f"{_list(Order)}?state=cancelled").status_code == 200


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(staff: Client) -> None:
    few = {model: _queries(staff, _list(model)) for model in MODELS}
    an_order(makers.bob("5"), makers.a_release("Another", upc="", tracks=5))
    many = {model: _queries(staff, _list(model)) for model in MODELS}
    assert many == few


def _list(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _page(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
