"""What a store asks of whoever opens it, form by form, and which settings come of the answers. It keeps nothing."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from stdnum import bic, iban
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.mail_servers import PORTS, MailServer, mail_server
from obbligato.sales.documents.seller import is_vat_id
from obbligato.sales.models import Tariff

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "NZD", "JPY", "RUB", "BRL")
TAX_MODES = [("eu", "VAT of the European Union, by the buyer's country"), ("none", "No tax")]
SECURITIES = [("smtps", "TLS (port 465)"), ("smtp", "STARTTLS (port 587)")]
NO_SENDER = "store@localhost"


class SettingsForm(forms.Form):
    """Fields named as settings are, in small letters. What the environment fixes is shown and cannot be changed."""

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401
        super().__init__(data, initial=self.now())
        for name, field in self.fields.items():
            if name.upper() in settings.FIXED_NAMES:
                field.disabled = True
                field.help_text = f"The environment variable {name.upper()} says so."

    def now(self) -> dict[str, Any]:
        """What is chosen so far."""
        return {name: getattr(settings, name.upper()) for name in self.base_fields}

    def values(self) -> dict[str, str]:
        """The settings that follow; only of a form that is valid."""
        return {name.upper(): str(value).strip() for name, value in self.cleaned_data.items()}


class StoreForm(SettingsForm):
    """What the store is called, and what it sells in."""

    site_name = forms.CharField(label="Name of the store", max_length=60, widget=UnfoldAdminTextInputWidget)
    currency = forms.ChoiceField(label="Currency", widget=UnfoldAdminSelectWidget)
    store_language = forms.ChoiceField(
        label="Language", choices=settings.LANGUAGES, required=False, widget=UnfoldAdminSelectWidget,
        help_text="Where a visitor's browser asks for none of these. She can always choose another.",
    )  # fmt: skip
    home_country = forms.ChoiceField(
        label="Country it is in", choices=list(COUNTRIES.items()), widget=UnfoldAdminSelectWidget
    )
    tax_mode = forms.ChoiceField(label="Tax", choices=TAX_MODES, widget=UnfoldAdminSelectWidget)

    def __init__(self, data: Any = None) -> None:  # noqa: ANN401
        super().__init__(data)
        known = dict.fromkeys([*CURRENCIES, settings.CURRENCY])
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        if Tariff.objects.exists():
            self.fields["currency"].disabled = True
            self.fields["currency"].help_text = "Releases have prices in it already."

    def clean_store_language(self) -> str:
        return str(self.cleaned_data["store_language"] or settings.STORE_LANGUAGE)


class SellerForm(SettingsForm):
    """Who sells, as receipts and invoices say it."""

    seller_name = forms.CharField(label="Who sells", max_length=100, widget=UnfoldAdminTextInputWidget)
    seller_address = forms.CharField(
        label="Address", required=False, max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Without it no invoice can be given.",
    )  # fmt: skip
    seller_vat_id = forms.CharField(label="VAT id", required=False, max_length=20, widget=UnfoldAdminTextInputWidget)
    seller_email = forms.EmailField(label="E-mail for questions", required=False, widget=UnfoldAdminEmailInputWidget)

    def now(self) -> dict[str, Any]:
        return super().now() | {"seller_address": settings.SELLER_ADDRESS.replace(";", "\n")}

    def clean_seller_address(self) -> str:
        lines = (line.strip().replace(";", ",") for line in self.cleaned_data["seller_address"].splitlines())
        return "; ".join(filter(None, lines))

    def clean_seller_vat_id(self) -> str:
        told = self.cleaned_data["seller_vat_id"].replace(" ", "").upper()
        if told and not is_vat_id(told):
            raise forms.ValidationError("That is no VAT id of the European Union: a digit is wrong or missing.")
        return str(told)


class MoneyForm(SettingsForm):
    """The rail that needs no payment company, and the one that moves no money."""

    bank_name = forms.CharField(
        label="Holder of the bank account", required=False, max_length=70, widget=UnfoldAdminTextInputWidget,
        help_text="As the bank has it.",
    )  # fmt: skip
    bank_iban = forms.CharField(label="IBAN", required=False, max_length=42, widget=UnfoldAdminTextInputWidget)
    bank_bic = forms.CharField(
        label="BIC", required=False, max_length=11, widget=UnfoldAdminTextInputWidget,
        help_text="Only payers outside the European Economic Area need it.",
    )  # fmt: skip
    sandbox = forms.BooleanField(
        label="The practice processor, which lets everybody pay with no money. Not in a store that sells.",
        required=False, widget=UnfoldBooleanWidget,
    )  # fmt: skip

    def clean_bank_iban(self) -> str:
        told = self.cleaned_data["bank_iban"]
        if told and not iban.is_valid(told):
            raise forms.ValidationError("That is no IBAN: a digit is wrong or missing.")
        return str(iban.compact(told))

    def clean_bank_bic(self) -> str:
        told = self.cleaned_data["bank_bic"]
        if told and not bic.is_valid(told):
            raise forms.ValidationError("That is no BIC.")
        return str(bic.compact(told))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("bank_iban") and not values.get("bank_name"):
            self.add_error("bank_name", "Banks compare it with the IBAN; payers are asked for it.")
        return values

    def values(self) -> dict[str, str]:
        return super().values() | {"SANDBOX": "1" if self.cleaned_data["sandbox"] else "0"}


class MailForm(SettingsForm):
    """The server that takes the store's mails. It is tried before it is kept."""

    mail_from = forms.EmailField(label="Mails come from", widget=UnfoldAdminEmailInputWidget)
    server_host = forms.CharField(label="Server", max_length=200, widget=UnfoldAdminTextInputWidget)
    security = forms.ChoiceField(label="Security", choices=SECURITIES, widget=UnfoldAdminSelectWidget)
    server_port = forms.IntegerField(
        label="Port, where it is another", required=False, min_value=1, max_value=65_535,
        widget=UnfoldAdminIntegerFieldWidget,
    )  # fmt: skip
    server_user = forms.CharField(label="Name there", required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    server_password = forms.CharField(
        label="Password there", required=False, max_length=200, strip=False, widget=UnfoldAdminPasswordWidget,
        help_text="Left empty, it stays as it is.",
    )  # fmt: skip

    def now(self) -> dict[str, Any]:
        sender = "" if settings.DEFAULT_FROM_EMAIL == NO_SENDER else settings.DEFAULT_FROM_EMAIL
        if not settings.MAIL_URL:
            return {"mail_from": sender}
        known = mail_server(settings.MAIL_URL)
        port = None if known.port == PORTS[known.scheme] else known.port
        return {
            "mail_from": sender,
            "server_host": known.host,
            "security": known.scheme,
            "server_port": port,
            "server_user": known.user,
        }

    def values(self) -> dict[str, str]:
        return {"MAIL_FROM": self.cleaned_data["mail_from"], "MAIL_URL": self._server().url}

    def send_one(self, address: str) -> str:
        """Send a mail there by what was typed in; nothing where it was taken, else what went wrong."""
        server = self._server()
        words = f"{settings.SITE_NAME} can send mails."
        connection = EmailBackend(
            host=server.host, port=server.port, username=server.user, password=server.password,
            use_ssl=server.is_tls, use_tls=server.is_starttls, timeout=settings.EMAIL_TIMEOUT,
        )  # fmt: skip
        try:
            EmailMessage(words, words, self.cleaned_data["mail_from"], [address], connection=connection).send()
        except (OSError, ValueError) as error:
            return f"No mail could be sent: {error}"
        return ""

    def _server(self) -> MailServer:
        told = self.cleaned_data
        kept = mail_server(settings.MAIL_URL).password if settings.MAIL_URL else ""
        port = told["server_port"] or PORTS[told["security"]]
        return MailServer(
            told["security"], told["server_host"], port, told["server_user"], told["server_password"] or kept
        )
