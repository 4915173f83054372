"""Lines of images."""

from __future__ import annotations

from hutch.cli.image_rows import lines


def test_untagged_images_and_digests() -> None:
    image = {"Id": "sha256:1", "RepoTags": [], "RepoDigests": ["a@sha256:2"]}
    assert [line[1:] for line in lines([image], digests=True, dangling=False)] == [("a", "<none>", "sha256:2")]
    bare = {"Id": "sha256:1", "RepoTags": None, "RepoDigests": None}
    assert [line[1:] for line in lines([bare], digests=False, dangling=True)] == [("<none>", "<none>", "<none>")]
