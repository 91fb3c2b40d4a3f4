"""What every page of the back office has in common: Unfold's look, and pages that can only be read. No rules."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as _ModelAdmin
    from django.contrib.admin import TabularInline as _TabularInline
    from django.forms import ModelForm as _ModelForm

    # Unfold carries no types; its classes are Django's with another look.
    ModelAdmin = _ModelAdmin[Any]
    TabularInline = _TabularInline[Any, Any]
    ModelForm = _ModelForm[Any]
else:
    from django.forms import ModelForm as ModelForm
    from unfold.admin import ModelAdmin, TabularInline


class Desk(ModelAdmin):
    """A page on which something may be changed. Nothing is deleted by the dozen."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyDesk(Desk):
    """A page that only shows: what it shows was settled by an act and is never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyRows(TabularInline):
    """Rows below a page that only show."""

    extra = 0
    can_delete = False
    show_change_link = True
    ordering: ClassVar = ["pk"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
