"""Forms of the customer panel."""

from django import forms

from example_site.portal.models import Customer


class LanguageForm(forms.ModelForm[Customer]):
    """The language in which we write to a customer."""

    class Meta:
        model = Customer
        fields = ["language"]
