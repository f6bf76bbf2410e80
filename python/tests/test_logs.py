from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from roost.logs import LogEntries, LogEntry
from roost.shadow_logs import ShadowLogEntries


def entry(model: str = "lstm", value: float = 0.001497417688369751, **changes: Any) -> LogEntry:
    raw = {
        "time": 1666201934875,
        "id": "one",
        "valid": True,
        "model_name": model,
        "model_version": "1f7b2360-0d52-4000-b540-244fb33ad706",
        "role": "champion",
        "pipeline_name": "cc-shadow",
        "pipeline_version": "00000000-0000-4000-8000-000000000001",
        "elapsed": 226951,
        "check_failures": [],
        "outputs": [{"Float": {"data": [value], "dim": [1, 1], "v": 1}}],
        "original_data": {"tensor": [[1.5, 2]]},
    }
    return LogEntry(raw | changes)


def test_an_entry_has_its_parts() -> None:
    parts = entry()
    assert (parts.model_name, str(parts.output)) == ("lstm", "[array([[0.00149742]])]")
    assert parts.timestamp == datetime(2022, 10, 19, 17, 52, 14, 875000, tzinfo=timezone.utc)
    assert (parts.valid, parts.role, parts.elapsed, parts.error) == (True, "champion", 226951, None)


def test_the_table_has_the_columns_of_the_documents_and_the_model() -> None:
    table = LogEntries([entry()])._repr_html_()
    assert (
        """<tr style="">
    <td>2022-10-19 17:52:14</td>
    <td>lstm</td>
    <td>champion</td>
    <td>yes</td>
    <td>[array([[0.00149742]])]</td>
    <td>[[1.5, 2]]</td>
    <td>0</td>
</tr>"""
        in table
    )


def test_a_failure_is_red_and_texts_are_escaped() -> None:
    failed = entry(valid=False, check_failures=[{"False": {"expr": "x"}}], original_data={"text": ["<b>&"]})
    table = LogEntries([failed])._repr_html_()
    assert '<tr style="color: red;">' in table
    assert "['&lt;b&gt;&amp;']" in table
    assert "<td>1</td>" in table


def test_what_the_log_left_out_is_shown_with_its_size() -> None:
    large = entry(original_data=None, omitted={"original_data": 614400})
    assert large.input == {}
    assert "614400 bytes" in LogEntries([large])._repr_html_()


def test_entries_become_a_data_frame() -> None:
    frame = LogEntries([entry(), entry("rf")]).to_dataframe()
    assert frame.model_name.tolist() == ["lstm", "rf"]
    assert LogEntries().to_dataframe().empty


def test_the_shadow_log_groups_by_inference() -> None:
    entries = [
        entry("xgb", 0.0005066990852355957, role="challenger"),
        entry("rf", role="challenger", error="out of <memory>", outputs=None),
        entry("lstm"),
        entry("lstm", id="alone"),
    ]
    (group,) = groups = ShadowLogEntries.grouped(entries)
    assert [part.model_name for part in group.entries()] == ["lstm", "rf", "xgb"]
    assert group.champion is entries[2]
    table = groups._repr_html_()
    assert "<td>2022-10-19T17:52:14.875000</td>" in table
    assert "<td>[{'Float': {'v': 1, 'dim': [1, 1], 'data': [0.0005066990852355957]}}]</td>" in table
    assert "out of &lt;memory&gt;" in table


def test_many_values_are_shortened() -> None:
    many = entry(
        original_data={"tensor": [[0.123456789] * 29] * 1000},
        outputs=[{"Float": {"data": [0.5] * 1000, "dim": [1000, 1], "v": 1}}],
    )
    assert many.input_text().startswith("[[0.123457, 0.123457, 0.123457, … 26 more], [")
    assert many.input_text().endswith(", … 997 more]")
    assert many.output_text() == "[[[0.5], [0.5], [0.5], … 997 more]]"
    assert len(LogEntries([many])._repr_html_()) < 1000
    assert len(repr(many)) < 200
