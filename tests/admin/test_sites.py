"""The settings page of a site."""

from django.test import Client

from people.models import Site
from routing.models import Model, SiteModel

INLINE = {
    "site_model-TOTAL_FORMS": "1",
    "site_model-INITIAL_FORMS": "0",
    "site_model-MIN_NUM_FORMS": "0",
    "site_model-MAX_NUM_FORMS": "1",
}


def form(site: Site, **values: str) -> dict[str, str]:
    fields = ("name", "key", "greeting", "suggestions", "colour", "system_prompt", "allowed_origins")
    return {**{name: getattr(site, name) for name in fields}, **INLINE, **values}


def test_the_widget_line_names_the_host_that_the_administrator_is_on(olga: Client, site: Site) -> None:
    shown = olga.get(f"/admin/people/site/{site.pk}/change/", headers={"Host": "localhost:8123"}).content.decode()
    assert (
        "&lt;script src=&quot;http://localhost:8123/widget.js&quot; data-site=&quot;demo&quot; async&gt;&lt;/script&gt;"
        in shown
    )


def test_the_identity_secret_is_told_only_on_a_click(olga: Client, site: Site) -> None:
    assert site.identity_secret not in olga.get(f"/admin/people/site/{site.pk}/change/").content.decode()
    told = olga.post(f"/admin/people/site/{site.pk}/identity-secret/")
    assert told.json() == {"secret": site.identity_secret}
    assert "no-store" in told["Cache-Control"]
    assert "Looked at the identity secret" in olga.get(f"/admin/people/site/{site.pk}/history/").content.decode()


def test_the_secret_is_renewed_after_a_question(olga: Client, site: Site) -> None:
    address, old = f"/admin/people/site/{site.pk}/renew_identity_secret/", site.identity_secret
    assert "Renew the identity secret?" in olga.get(address).content.decode()
    site.refresh_from_db()
    assert site.identity_secret == old
    assert olga.post(address, {"_form_submitted": "True"})["HX-Redirect"].endswith(f"/site/{site.pk}/change/")
    site.refresh_from_db()
    assert site.identity_secret != old


def test_settings_are_saved_and_the_model_of_the_site_with_them(olga: Client, site: Site, model: Model) -> None:
    values = form(site, greeting="Welcome!", **{"site_model-0-model": str(model.pk), "site_model-0-site": str(site.pk)})
    assert olga.post(f"/admin/people/site/{site.pk}/change/", values).status_code == 302
    site.refresh_from_db()
    assert site.greeting == "Welcome!"
    assert SiteModel.objects.get(site=site).model == model


def test_bad_settings_are_refused_where_they_are_typed(olga: Client, site: Site) -> None:
    address = f"/admin/people/site/{site.pk}/change/"
    assert "Not an origin like" in olga.post(address, form(site, allowed_origins="shop.example/page")).content.decode()
    assert "six hexadecimal digits" in olga.post(address, form(site, colour="#12")).content.decode()
    assert "Four questions fit" in olga.post(address, form(site, suggestions="a\nb\nc\nd\ne")).content.decode()
