"""Whose tray a challenge is in, whatever happens to the directory in the meantime."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from adapters import wiring
from adapters.council_store import CouncilStore
from adapters.directory_csv import from_csv
from adapters.settings import read_procedure
from domain.directory import Post
from domain.ladder import Role, Stage
from domain.rules.filing import PlaceOnFile
from infra.operate import main
from tests.workflow.service import SAMPLE_DIRECTORY, Service

if TYPE_CHECKING:
    from domain.directory import Directory

NEW_POST = Post("srsm-new", Role.SRSM, (), "iro-2")


def load(directory: Directory) -> None:
    """Give the council another directory from now on."""
    table = boto3.resource("dynamodb").Table("positive-challenge")
    CouncilStore(lambda: table, read_procedure).load_directory(directory)


def handed_over() -> Directory:
    """Return a directory in which a post with another id has the oversight."""
    old = from_csv(SAMPLE_DIRECTORY)
    posts = {id_: post for id_, post in old.posts.items() if id_ != "srsm-post"}
    nobody = replace(posts["tm-north"], holder="")
    return replace(old, posts={**posts, "tm-north": nobody, NEW_POST.id: NEW_POST})


def trays_with(reference: str) -> set[str]:
    """Return the posts and officers whose trays hold it."""
    record = wiring.casebook().record
    posts = {*from_csv(SAMPLE_DIRECTORY).posts, NEW_POST.id, "iro-1"}
    return {
        party
        for party in posts
        if reference in [row.reference for row in record.lists.in_tray(party)]
    }


@pytest.fixture
def vacant(service: Service) -> str:
    """Return a challenge for which the SRSM has to choose who should reply."""
    directory = from_csv(SAMPLE_DIRECTORY)
    nobody = replace(directory.posts["tm-north"], holder="")
    load(replace(directory, posts={**directory.posts, "tm-north": nobody}))
    return service.raise_at(Stage.ONE)


def test_a_new_directory_moves_what_lies_in_a_tray(service: Service, vacant: str) -> None:
    assert "srsm-post" in trays_with(vacant)
    load(handed_over())
    service.emulator.invoke("sweep", {})
    service.emulator.clock.settle()
    assert "srsm-new" in trays_with(vacant)
    assert "srsm-post" not in trays_with(vacant)


def test_what_is_closed_lies_in_no_tray_whoever_had_it(service: Service, vacant: str) -> None:
    """Even if somebody acts before Sweep applied the new directory to the challenge."""
    load(handed_over())
    service.withdraw(vacant)
    assert trays_with(vacant) == {"iro-1", NEW_POST.id}, "to place it on the child's file"
    for officer in ("iro-1", "iro-2"):
        service.act(vacant, officer, PlaceOnFile())
    assert trays_with(vacant) == set()


def test_head_made_anew_still_knows_the_trays(service: Service, vacant: str) -> None:
    assert main(["rebuild-head", vacant]) == 0
    load(handed_over())
    service.withdraw(vacant)
    assert trays_with(vacant) == {"iro-1", NEW_POST.id}, "to place it on the child's file"
    for officer in ("iro-1", "iro-2"):
        service.act(vacant, officer, PlaceOnFile())
    assert trays_with(vacant) == set()


def test_where_the_srsm_is_the_iro_her_manager_has_to_name_somebody(service: Service) -> None:
    """Rule 15: the Senior IRO Manager oversees it."""
    directory = from_csv(SAMPLE_DIRECTORY)
    nobody = replace(directory.posts["tm-north"], holder="")
    hers = replace(directory.posts["srsm-post"], holder="iro-1")
    posts = {**directory.posts, "tm-north": nobody, "srsm-post": hers}
    load(replace(directory, posts=posts))
    assert "senior-post" in trays_with(service.raise_at(Stage.ONE))
