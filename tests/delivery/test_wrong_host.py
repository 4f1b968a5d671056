"""Requests for a host that this server does not answer to: told in one line, as scanners send them all day."""

from django.test import Client


def test_a_wrong_host_is_refused_with_one_line_in_the_log(caplog):
    assert Client(headers={"host": "elsewhere.example"}).get("/").status_code == 400
    [record] = [each for each in caplog.records if each.name == "django.security.DisallowedHost"]
    assert "elsewhere.example" in record.getMessage()
    assert record.exc_info is None
    assert "Traceback" not in caplog.text
