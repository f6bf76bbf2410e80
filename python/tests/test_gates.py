from __future__ import annotations

import pytest

import roost
from roost.lineage import Lineage


def test_a_lineage_says_what_is_known() -> None:
    data = {"channel": "train", "uri": "s3://b/train/", "sha256": "ab" * 32, "objects": 2}
    job = {"kind": "training", "name": "trial-1", "tuning_job": "search"}
    lineage = Lineage.read({"job": job, "data": [data], "parent": "m@1", "by": "ann"})
    assert (lineage.job, lineage.job_kind, lineage.tuning_job) == ("trial-1", "training", "search")
    assert lineage.describe() == {
        "job": "trial-1",
        "tuning job": "search",
        "data 'train'": "s3://b/train/ (2 objects, sha256 abababababababab…)",
        "parent": "m@1",
        "by": "ann",
    }
    assert "<th>parent</th> <td>m@1</td>" in lineage._repr_html_()
    assert Lineage.read({"data": []}).describe() == {}


def test_the_suites_of_a_gate_are_a_list(client: roost.Client) -> None:
    with pytest.raises(roost.InvalidInputError, match="is a list"):
        client.set_gate("p", "basics")
