"""The console's pages of buckets, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from harness import Api, answered
from playwright.sync_api import Page, expect

# A page that is live is read again every 5 s.
expect.set_options(timeout=20_000)

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a\"b'c&d.csv",
    "per%20cent+plus ?#.txt",
    "x/<b>y/z",
    "x/../up",
    "it's'\u0301 \"\u0301 data-broken=\"\u0301",
]


def put(api: Api, bucket: str, *keys: str) -> None:
    answered(api.put(f"/v1/buckets/{bucket}"), 200, 201)
    for key in keys:
        answered(api.put(f"/v1/buckets/{bucket}/object", params={"key": key}, data=b"1234"), 200, 201)


def keys(api: Api, bucket: str, **query: Any) -> list[str]:
    return [it["key"] for it in answered(api.get(f"/v1/buckets/{bucket}/objects", params=query), 200)["objects"]]


def test_objects_and_folders(page: Page, api: Api) -> None:
    put(api, "folders", *HOSTILE, "plain.csv")
    page.goto("/console/buckets")
    page.get_by_role("link", name="folders", exact=True).click()
    main = page.get_by_role("main")
    for key in [*HOSTILE[:3], "plain.csv"]:
        expect(main.get_by_text(key, exact=True)).to_be_visible()
    assert page.locator("main img, main tbody b").count() == 0
    with page.expect_download() as download:
        page.get_by_role("row").filter(has_text="a\"b'c&d.csv").get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == b"1234"
    page.get_by_role("link", name="x/", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("x")
    page.get_by_role("link", name="x/<b>y/", exact=True).click()
    expect(main.get_by_text("x/<b>y/z", exact=True)).to_be_visible()
    page.get_by_role("navigation", name="Path").get_by_role("link", name="folders").click()
    page.get_by_label("Key begins with").fill("nothing-here")
    page.get_by_role("button", name="List").click()
    expect(main).to_contain_text("No key begins with “nothing-here”")


def test_pages_of_objects(page: Page, api: Api) -> None:
    put(api, "many", *(f"k-{number:03}" for number in range(120)))
    page.goto("/console/buckets/many")
    assert page.locator("tbody tr").count() == 100
    page.get_by_role("link", name="More").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    expect(page.get_by_text("k-119")).to_be_visible()
    page.get_by_role("link", name="First page").click()
    expect(page.get_by_text("k-000")).to_be_visible()


def test_a_folder_is_emptied_then_the_bucket_and_deleted(page: Page, api: Api) -> None:
    put(api, "emptied", "a/1", "a/2", "b/1")
    page.goto("/console/buckets/emptied?prefix=a/")
    page.get_by_role("link", name="Empty…").click()
    expect(page.get_by_text("It removes 2 objects whose keys begin with a/.")).to_be_visible()
    button = page.get_by_role("button", name="Remove a/")
    expect(button).to_be_disabled()
    page.get_by_label("Type emptied to confirm").fill("emptied")
    button.click()
    expect(page.get_by_role("link", name="b/", exact=True)).to_be_visible()
    assert keys(api, "emptied") == ["b/1"]
    # A bucket with objects is not deleted, and the page says why.
    expect(page.locator(".acts")).to_contain_text("Can be deleted when it is empty.")
    expect(page.get_by_role("link", name="Delete…")).to_have_count(0)
    page.goto("/console/buckets/emptied/delete")
    expect(page.get_by_role("note")).to_contain_text("Empty it first.")
    expect(page.get_by_role("button", name="Delete emptied")).to_have_count(0)
    page.goto("/console/buckets/emptied")
    page.get_by_role("link", name="Empty…").click()
    page.get_by_label("Type emptied to confirm").fill("emptied")
    page.get_by_role("button", name="Empty emptied").click()
    expect(page.get_by_role("main")).to_contain_text("No object yet")
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete emptied").click()
    expect(page).to_have_url(page.url.split("/console")[0] + "/console/buckets")
    names = [it["name"] for it in answered(api.get("/v1/buckets"), 200)["buckets"]]
    assert "emptied" not in names


def test_a_name_must_be_typed_even_without_a_script(server: str, api: Api) -> None:
    put(api, "kept", "a")
    session = requests.Session()
    session.trust_env = False
    path = server + "/console/buckets/kept/empty"
    token = re.search(r'name="token" value="(\w+)"', session.get(path).text)
    assert token
    fields = {"token": token[1], "prefix": ""}
    answer = session.post(path, fields | {"name_to_type": "other"}, headers={"Origin": server})
    assert answer.status_code == 400
    assert "Type kept to confirm" in answer.text
    assert keys(api, "kept") == ["a"]


@pytest.mark.parametrize("path", ["nope", "nope/empty", "nope/delete"])
def test_what_is_not_there(page: Page, path: str) -> None:
    response = page.goto(f"/console/buckets/{path}")
    assert response is not None
    assert response.status == 404
