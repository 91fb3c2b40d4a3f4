"""People, roles and tokens. Nobody is deleted while money or purchases hang on them: they are made inactive."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from obbligato.backoffice import showing
from obbligato.backoffice.desk import Desk, ReadOnlyDesk
from obbligato.ledger.models import Account, Transfer
from obbligato.people.models import AccessToken, Person

if TYPE_CHECKING:
    PersonAdmin = UserAdmin[Person]
else:
    PersonAdmin = UserAdmin


@admin.register(Person)
class PersonDesk(PersonAdmin, Desk):
    """Buyers and operators."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "country", "is_active", "is_staff", "date_joined"]
    list_filter: ClassVar = ["is_active", "is_staff", "is_superuser", "groups"]
    search_fields: ClassVar = ["username", "email"]
    date_hierarchy = "date_joined"
    ordering: ClassVar = ["-date_joined"]
    readonly_fields: ClassVar = ["last_login", "date_joined", "wallets"]
    fieldsets = [
        (None, {"fields": ["username", "email", "password", "country", "wallets"]}),
        ("Role", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only who never bought, paid or held anything, and never oneself."""
        if not request.user.has_perm("people.delete_person") or not isinstance(obj, Person):
            return False
        return obj.pk != request.user.pk and not has_money_hanging(obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:  # noqa: ANN401
        # Only a superuser hands out roles: else a role could enlarge itself.
        roles = [] if getattr(request.user, "is_superuser", False) else _ROLES
        return [*self.readonly_fields, *roles]

    @admin.display(description="wallets")
    def wallets(self, person: Person) -> SafeString:
        found = Account.objects.filter(name=f"wallet:{person.pk}").order_by("currency")
        rows = [
            [showing.link("ledger_account", one.pk, one), showing.money(one.balance_micro, one.currency)]
            for one in found
        ]
        return showing.table(["Account", "Balance"], rows)


def has_money_hanging(person: Person) -> bool:
    """Whether the person ordered, owns, tried to pay, or has a wallet through which money moved."""
    wallets = Account.objects.filter(name=f"wallet:{person.pk}")
    return (
        person.orders.exists()
        or person.purchases.exists()
        or person.attempts.exists()
        or Transfer.objects.filter(Q(source__in=wallets) | Q(target__in=wallets)).exists()
    )


_ROLES = ["is_staff", "is_superuser", "groups", "user_permissions"]

admin.site.unregister(Group)


@admin.register(Group)
class RoleDesk(GroupAdmin, Desk):
    """A role is a set of permissions that several people have."""

    list_display = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("auth.delete_group")


@admin.register(AccessToken)
class AccessTokenDesk(ReadOnlyDesk):
    """Programs that are signed in. Deleting a token signs its program out; its text is nowhere."""

    list_display = ["person", "note", "created_at", "expires_at"]
    list_select_related = ("person",)
    search_fields: ClassVar = ["person__username", "person__email", "note"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at"]
    fields: ClassVar = ["person", "note", "created_at", "expires_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("people.delete_accesstoken")
