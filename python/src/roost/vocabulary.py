"""What new texts have to do with a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .connection import JSON
from .errors import InvalidInputError
from .estimates import Estimate, share
from .html import cell, fields

#: Texts, each a string or a list of tokens, or the URI of an object or a prefix in S3.
Texts = str | Iterable[str | Iterable[str]]

#: Words, words with their positions, or the URI of an object or a prefix in S3.
Words = str | Mapping[str, Any] | Iterable[str]

_SHOWN = 20


class Vocabulary:
    """How well a vocabulary fits new texts. Prints as text; a notebook shows a table.

    Attributes:
        entered: Those of the most frequent words of the texts that the vocabulary lacks, with their counts, the most
            frequent ones first.
        left: The words of the vocabulary that are not among the most frequent ones of the texts, with their counts
            there, in the order of the alphabet.
        unknown: The share of tokens that the vocabulary lacks, with its interval. None without tokens.
        unknown_words: The most frequent of these, at most 50, with their counts.
        vocabulary_words: The number of words of the vocabulary.
        most_frequent: How many of the most frequent words of the texts were compared.
        texts, tokens, distinct_tokens: How many there are.
        notes: What the reader should know.
        raw: The response as the server sent it.
    """

    def __init__(self, raw: JSON) -> None:
        self.raw = raw
        self.entered, self.left, self.unknown_words = (
            {each["word"]: each["count"] for each in raw[name]} for name in ("entered", "left", "unknown_words")
        )
        self.unknown = Estimate.of(raw.get("unknown"))
        self.vocabulary_words: int = raw["vocabulary_words"]
        self.most_frequent: int = raw["most_frequent"]
        self.texts: int = raw["texts"]
        self.tokens: int = raw["tokens"]
        self.distinct_tokens: int = raw["distinct_tokens"]
        self.notes: list[str] = raw["notes"]

    def __repr__(self) -> str:
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join([*(f"{name:<{width}}  {value}" for name, value in rows), *self.notes])

    def _repr_html_(self) -> str:
        return fields(self._rows()) + "".join(f"<p>{cell(note)}</p>" for note in self.notes)

    def _rows(self) -> list[tuple[str, str]]:
        interval = None if self.unknown is None else self.unknown.interval
        between = "" if interval is None else f" ({share(interval[0])} to {share(interval[1])})"
        return [
            ("vocabulary", f"{self.vocabulary_words} words"),
            ("texts", f"{self.texts} with {self.tokens} tokens, {self.distinct_tokens} different ones"),
            ("unknown tokens", share(None if self.unknown is None else self.unknown.value) + between),
            ("most frequent", _list(self.unknown_words)),
            ("entered", f"{len(self.entered)} of the {self.most_frequent} most frequent words: {_list(self.entered)}"),
            ("left", f"{len(self.left)} words of the vocabulary: {_list(self.left)}"),
        ]


def _list(words: Mapping[str, int]) -> str:
    shown = ", ".join(list(words)[:_SHOWN])
    return (shown or "-") + (", …" if len(words) > _SHOWN else "")


def source(found: Any, column: str | None) -> JSON:
    """Returns words or texts as the server takes them."""
    if isinstance(found, str):
        if not found.startswith("s3://"):
            raise InvalidInputError(f"'{found[:80]}' is not an S3 URI. Give texts and words as a list.")
        return {"s3_uri": found} | ({} if column is None else {"column": column})
    if column is not None:
        raise InvalidInputError("Only objects in S3 have a column.")
    if isinstance(found, Mapping):
        return {"values": list(found)}
    return {"values": [each if isinstance(each, str) else list(each) for each in found]}
