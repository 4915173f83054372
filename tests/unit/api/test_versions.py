from __future__ import annotations

import pytest

from hutch.api import versions
from hutch.model.errors import Invalid


def test_paths_begin_with_a_version_or_not() -> None:
    assert versions.split("/v1.47/info") == ("1.47", "/info")
    assert versions.split("/info") == (None, "/info")
    assert versions.split("/volumes/x") == (None, "/volumes/x")
    assert versions.split("/v1.x/info") == (None, "/v1.x/info")
    assert versions.split("/v2/info") == ("2", "/info")
    assert versions.split("/v/info") == (None, "/v/info")
    assert versions.split("/v1.40") == (None, "/v1.40")


def test_versions_compare_by_numbers() -> None:
    with pytest.raises(
        Invalid, match=r"^client version 1\.9 is too old\. Minimum supported API version is 1\.24, please"
    ):
        versions.negotiate("1.9")
    with pytest.raises(Invalid, match=r"^client version 1\.99 is too new\. Maximum supported API version is 1\.55$"):
        versions.negotiate("1.99")
    assert versions.negotiate("1.30") == (1, 30)
    assert versions.negotiate("1.40.9") == (1, 40)
    for old in (".", "1", "0.9", "1..5"):
        with pytest.raises(versions.Ancient):
            versions.negotiate(old)
    for new in ("2", "1." + "9" * 5000):
        with pytest.raises(Invalid, match="too new"):
            versions.negotiate(new)
    with pytest.raises(Invalid) as refused:
        versions.negotiate("1.30", (1, 40))
    assert not isinstance(refused.value, versions.Ancient)  # a client of that version reads JSON
    assert versions.negotiate(None) == versions.NEWEST


def test_old_clients_see_what_they_know() -> None:
    image = {"Id": "i", "Size": 5, "Descriptor": {}}
    assert versions.fit("image", image, (1, 55)) == image
    assert versions.fit("image", image, (1, 47)) == {"Id": "i", "Size": 5}
    assert versions.fit("image", image, (1, 43)) == {"Id": "i", "Size": 5, "VirtualSize": 5}


def test_the_config_of_an_image_had_the_fields_of_a_container_once() -> None:
    image = {"Config": {"Hostname": "", "Tty": False, "Image": "", "Cmd": ["sh"], "Volumes": None}}
    assert versions.fit("image", image, (1, 50)) == {"Config": {"Cmd": ["sh"], "Volumes": None}}
    assert versions.fit("image", image, (1, 49)) == image


def test_old_clients_get_the_defaults_of_their_time() -> None:
    assert versions.fit_create({"HostConfig": 5}, (1, 40))["HostConfig"] == 5  # for the engine to refuse
    assert versions.fit_create({"HostConfig": None}, (1, 40))["HostConfig"] == {"CgroupnsMode": "host"}
    asked = {"HostConfig": {"CgroupnsMode": "private", "Annotations": {"a": "b"}, "ConsoleSize": [1, 2]}}
    assert versions.fit_create(asked, (1, 40))["HostConfig"] == {"CgroupnsMode": "private"}
    assert list(versions.fit_create(asked, (1, 42))["HostConfig"]) == ["CgroupnsMode", "ConsoleSize"]
    body = {"Image": "x", "HostConfig": {"Annotations": {"a": "b"}}, "Healthcheck": {"StartInterval": 5, "Retries": 1}}
    assert versions.fit_create(body, (1, 55)) == body
    assert versions.fit_create(body, (1, 39)) == {
        "Image": "x",
        "HostConfig": {"CgroupnsMode": "host", "IpcMode": "shareable"},
        "Healthcheck": {"Retries": 1},
    }
