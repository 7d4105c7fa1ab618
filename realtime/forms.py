"""The door: code, name and unit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .joining import clean_code


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code on the screen"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        return clean_code(self.cleaned_data["code"])


class KeyForm(CodeForm):
    code = forms.CharField(
        label=_("Key of the link"), max_length=20, widget=CodeForm.declared_fields["code"].widget
    )


class GuestForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=40)
    unit = forms.CharField(label=_("Your unit"), max_length=60)


class PlainPostForm(forms.Form):
    """Writing without a script."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("problem", _("problem")),
            ("practice", _("practice")),
            ("question", _("question")),
        ],
    )
    body = forms.CharField(
        label=_("Text"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)
