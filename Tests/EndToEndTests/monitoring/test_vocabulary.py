"""A vocabulary and the words of new texts, compared with scikit-learn."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aws import client as aws_client
from command import Command
from harness import Api, Server, answered, refused
from native_functions import create
from scipy.stats import binomtest
from sklearn.feature_extraction.text import CountVectorizer
from small_onnx import FLOAT, STRING, Dimensions, model, node

import roost

# As in "Machine learning in production with SageMaker".
REPLACE_NO_SPACE = re.compile(r"(\.)|(\;)|(\:)|(\!)|(\')|(\?)|(\,)|(\")|(\()|(\))|(\[)|(\])")
REPLACE_WITH_SPACE = re.compile(r"(<br\s*/><br\s*/>)|(\-)|(\/)")

WORDS = 300


def review_to_words(review: str) -> str:
    words = REPLACE_NO_SPACE.sub("", review.lower())
    return REPLACE_WITH_SPACE.sub(" ", words)


def reviews(seed: int, count: int, first: int = 0) -> list[str]:
    """Returns reviews whose words are numbered from `first`, the first ones more frequent, with punctuation and HTML."""
    dice = random.Random(seed)
    ends = ["", ".", ",", "!", "?", ";", ":", ")", "]", "'s", "-made", "/or", "<br /><br />", "<br/><br\t/>"]
    found = []
    for _ in range(count):
        words = []
        for _ in range(dice.randint(5, 60)):
            number = first + min(int(dice.expovariate(1 / 60)), WORDS)
            word = f"word{number}" if number % 5 else f"Wörd{number}"
            words.append(dice.choice(["", "(", '"', "["]) + word + dice.choice(ends))
        found.append(dice.choice([" ", "  ", "\n", "\u00a0"]).join(words))
    return found


def vocabulary_of(tokens: Sequence[Sequence[str]], size: int) -> dict[str, int]:
    """Returns the vocabulary as the document makes it."""
    vectorizer = CountVectorizer(max_features=size, preprocessor=lambda x: x, tokenizer=lambda x: x, token_pattern=None)
    vectorizer.fit(tokens)
    return {word: int(place) for word, place in vectorizer.vocabulary_.items()}


def unambiguous(tokens: Sequence[Sequence[str]], size: int) -> int:
    """Returns the next size at which no word that is left out is as frequent as one that is taken."""
    counts = [count for _, count in Counter(word for text in tokens for word in text).most_common()]
    while counts[size - 1] == counts[size]:
        size += 1
    return size


def check(api: Api, vocabulary: Any, texts: Any, **more: Any) -> Any:
    body = {"vocabulary": vocabulary, "texts": texts} | more
    return answered(api.post("/v1/vocabulary", json=body), 200)


def words(listed: list[Any]) -> set[str]:
    return {each["word"] for each in listed}


def test_the_differences_are_those_of_the_document(api: Api) -> None:
    old, new = reviews(1, 400), reviews(2, 400, first=25)
    old_tokens, new_tokens = ([review_to_words(text).split() for text in texts] for texts in (old, new))
    size = unambiguous(new_tokens, 120)
    original = vocabulary_of(old_tokens, unambiguous(old_tokens, 120))
    current = vocabulary_of(new_tokens, size)
    found = check(api, {"values": original}, {"values": new}, most_frequent=size)
    assert words(found["left"]) == set(original) - set(current)
    assert words(found["entered"]) == set(current) - set(original)
    assert found["entered"]
    assert found["left"]
    counts = Counter(word for text in new_tokens for word in text)
    for name in ("left", "entered", "unknown_words"):
        assert all(each["count"] == counts[each["word"]] for each in found[name])
    total = sum(counts.values())
    assert (found["texts"], found["tokens"], found["distinct_tokens"]) == (400, total, len(counts))
    assert found["vocabulary_words"] == len(original)
    unknown = {word: count for word, count in counts.items() if word not in original}
    share = found["unknown"]
    assert share["value"] == pytest.approx(sum(unknown.values()) / total)
    interval = binomtest(sum(unknown.values()), total).proportion_ci(0.95, method="wilson")
    assert (share["interval"]["lower"], share["interval"]["upper"]) == pytest.approx((interval.low, interval.high))
    # Ties are broken by the alphabet.
    expected = sorted(unknown, key=lambda word: (-unknown[word], word.encode()))[:50]
    assert [each["word"] for each in found["unknown_words"]] == expected
    # Texts that are token lists give the same, and so does a vocabulary that is made of the old texts.
    assert check(api, {"values": original}, {"values": new_tokens}, most_frequent=size) == found
    made = check(api, {"values": old, "content": "texts"}, {"values": new}, most_frequent=size)
    old_words = sorted(Counter(w for t in old_tokens for w in t).items(), key=lambda each: (-each[1], each[0].encode()))
    frequent = {word for word, _ in old_words[:size]}
    assert words(made["left"]) == frequent - set(current)
    assert words(made["entered"]) == set(current) - frequent


def test_tokens_are_those_of_python(api: Api) -> None:
    texts = [
        "It's a GOOD-film/movie; (isn't it?) [really]: \"yes\", no!",
        "one<br /><br />two<br/><br/>three<br   /><br\n/>four<br />five<BR /><BR />six<br /><br >seven",
        "no\u00a0break thin\u2009space line\u2028end next\u0085line unit\u001fseparator ideographic\u3000space",
        "Ünïcödé ÉCOLE İstanbul ŞIŞ saut\u00e9 saute\u0301 naïve—dash 日本語 zero\u200bwidth",
        "",
        "  \t\n",
        "a.b.c --- /// '' ...",
    ]
    counts = Counter(word for text in texts for word in review_to_words(text).split())
    found = check(api, {"values": ["nothing"]}, {"values": texts})
    assert {each["word"]: each["count"] for each in found["entered"]} == counts
    assert found["texts"] == len(texts)
    plain = check(api, {"values": ["nothing"]}, {"values": texts}, tokens="whitespace")
    counts = Counter(word for text in texts for word in text.split())
    assert {each["word"]: each["count"] for each in plain["entered"]} == counts


def test_sources_in_buckets(running_server: Server, api: Api) -> None:
    s3 = aws_client("s3", running_server.url)
    s3.create_bucket(Bucket="vocabulary")
    texts = ['good "film", bad end', "good\ncast"]
    vocabulary = ["good", "film", "old"]

    def put(key: str, body: str) -> str:
        s3.put_object(Bucket="vocabulary", Key=key, Body=body.encode())
        return f"s3://vocabulary/{key}"

    def csv(rows: list[list[str]]) -> str:
        return "".join(",".join('"' + value.replace('"', '""') + '"' for value in row) + "\r\n" for row in rows)

    lists = [
        {"s3_uri": put("words.json", json.dumps(vocabulary))},
        {"s3_uri": put("positions.json", json.dumps({word: index for index, word in enumerate(vocabulary)}))},
        {"s3_uri": put("words.txt", "good\r\nfilm\n\nold")},
        {"s3_uri": put("words.jsonl", "\n".join(map(json.dumps, vocabulary)))},
        {"s3_uri": put("words.csv", "word,count\ngood,1\nfilm,2\nold,3\n"), "column": "word"},
        {"s3_uri": put("odd-name", json.dumps(vocabulary)), "format": "json"},
        {"data": "good\nfilm\nold\n", "format": "lines"},
        {"values": vocabulary},
    ]
    sources = [
        {"s3_uri": put("texts.json", json.dumps(texts))},
        {"s3_uri": put("tokens.json", json.dumps([["good", "film", "bad", "end"], ["good", "cast"]]))},
        {"s3_uri": put("texts.csv", csv([["id", "review"], ["1", texts[0]], ["2", texts[1]]])), "column": "review"},
        {"s3_uri": put("bare.csv", csv([["1", texts[0]], ["2", texts[1]]])), "column": "1"},
        {"s3_uri": put("one.csv", csv([[text] for text in texts]))},
        {
            "s3_uri": put("texts.jsonl", "\n".join(json.dumps({"n": 1, "review": text}) for text in texts)),
            "column": "review",
        },
        {"s3_uri": put("many/a.txt", texts[0]) and put("many/b.txt", "good cast") and "s3://vocabulary/many/"},
        {"values": texts},
    ]
    for source in lists:
        found = check(api, source, {"values": texts})
        assert (words(found["left"]), words(found["entered"])) == ({"old"}, {"bad", "end", "cast"}), source
    for source in sources:
        found = check(api, {"values": vocabulary}, source)
        assert (words(found["left"]), words(found["entered"])) == ({"old"}, {"bad", "end", "cast"}), source
        assert (found["texts"], found["tokens"]) == (2, 6), source


def test_the_texts_of_a_pipeline(api: Api) -> None:
    api.upload("vocabulary-words", model([node("Identity", ["x"], "y")], _floats("x"), _floats("y")))
    source = "def handler(event, context):\n    return {'x': [[float(len(event['text']))]]}\n"
    api.serve("vocabulary-function", [{"function": create(api, source)}, "vocabulary-words"])
    for text in ["Good film!", "A good cast."]:
        api.infer("vocabulary-function", {"text": text, "user": "7"})
    request = {"pipeline": "vocabulary-function", "input": "text"}
    found = check(api, {"values": ["good", "film", "old"]}, request)
    assert (found["texts"], words(found["left"]), words(found["entered"])) == (2, {"old"}, {"a", "cast"})
    answer = api.post(
        "/v1/vocabulary", json={"vocabulary": {"values": ["a"]}, "texts": {"pipeline": request["pipeline"]}}
    )
    refused(answer, 400, "texts.input", "Several fields of the requests have strings: text, user.")
    other = check(api, {"values": ["good"]}, request | {"input": "nothing"})
    assert other["notes"][0] == "2 requests of pipeline 'vocabulary-function' have no texts in the log."
    assert "unknown" not in other
    assert other["notes"][-1] == "Not enough data: the texts have no words."
    # As a vocabulary.
    reverse = check(api, request, {"values": ["good film"]})
    assert reverse["vocabulary_words"] == 4

    # A model that takes strings.
    column: Dimensions = ["rows", 1]
    strings = model([node("Identity", ["text"], "y")], {"text": (STRING, column)}, {"y": (STRING, column)})
    api.upload("vocabulary-strings", strings)
    api.serve("vocabulary-strings", ["vocabulary-strings"])
    api.infer("vocabulary-strings", {"text": [["Good film"], ["bad film"]]})
    found = check(api, {"values": ["film"]}, {"pipeline": "vocabulary-strings"})
    assert (found["texts"], found["tokens"], words(found["entered"])) == (2, 4, {"good", "bad"})
    assert (
        check(api, {"values": ["film"]}, {"pipeline": "vocabulary-strings", "end": "2020-01-01T00:00:00Z"})["texts"]
        == 0
    )


def _floats(name: str) -> dict[str, tuple[int, Dimensions]]:
    return {name: (FLOAT, ["rows", 1])}


def test_what_cannot_be_read_is_refused(running_server: Server, api: Api) -> None:
    s3 = aws_client("s3", running_server.url)
    s3.create_bucket(Bucket="vocabulary-bad")
    for key, body in [
        ("open.csv", 'text\n"open'),
        ("short.csv", "a,b\n1\n"),
        ("broken.json", '["a", '),
        ("two.json", '["a"]\n["b"]'),
        ("numbers.jsonl", '"a"\n3\n'),
        ("objects.jsonl", '{"text": "a"}'),
        ("deep.json", "[" * 100_000),
    ]:
        s3.put_object(Bucket="vocabulary-bad", Key=key, Body=body.encode())
    good: dict[str, Any] = {"values": ["a"]}

    def bad(key: str, **more: Any) -> dict[str, Any]:
        return {"s3_uri": f"s3://vocabulary-bad/{key}"} | more

    cases: list[tuple[Any, Any, dict[str, Any], int, str, str]] = [
        ({}, good, {}, 400, "vocabulary", "must have exactly one of"),
        (good | {"data": "x", "format": "lines"}, good, {}, 400, "vocabulary", "must have exactly one of"),
        (good, {"data": "x"}, {}, 400, "texts.format", "'data' needs a 'format'"),
        (good | {"column": "x"}, good, {}, 400, "vocabulary.column", "does not belong"),
        (good, good | {"content": "words"}, {}, 400, "texts.content", "must be texts"),
        (good, {"values": {"a": 1}}, {}, 400, "texts.values", "must be a list"),
        ({"values": []}, good, {}, 400, "vocabulary", "has no words"),
        ({"values": [["a"]]}, good, {}, 400, "vocabulary", "must be a string"),
        (good, good, {"most_frequent": 0}, 400, "most_frequent", "from 1 to 200000"),
        (good, good, {"most_frequent": 10**30}, 400, "body", "not valid"),
        (good, good, {"tokens": "letters"}, 400, "tokens", ""),
        (good, good, {"other": 1}, 400, "body", "unknown field"),
        (good, bad("open.csv", column="text"), {}, 400, "texts", "Object 'open.csv': The record in line 2"),
        (good, bad("open.csv", column="nope"), {}, 400, "texts.column", "Unknown column 'nope'"),
        (good, bad("short.csv"), {}, 400, "texts.column", "has 2 columns"),
        (good, bad("short.csv", column="1"), {}, 400, "texts", "The record in line 2 has 1 field"),
        (good, bad("short.csv", column="-1"), {}, 400, "texts.column", "has no column -1"),
        (good, bad("broken.json"), {}, 400, "texts", "Object 'broken.json': "),
        (good, bad("two.json"), {}, 400, "texts", "is named .jsonl"),
        (good, bad("numbers.jsonl"), {}, 400, "texts", "Object 'numbers.jsonl': Line 2: "),
        (good, bad("objects.jsonl"), {}, 400, "texts.column", "Say which member"),
        (good, bad("deep.json"), {}, 400, "texts", "Object 'deep.json': "),
        (good, bad("nothing"), {}, 404, "texts.s3_uri", "There are no objects"),
        (good, {"pipeline": "nope"}, {}, 404, "texts.pipeline", ""),
        ({"values": [f"w{index}" for index in range(200_001)]}, good, {}, 413, "vocabulary", "can have 200000 words"),
    ]
    for vocabulary, texts, more, status, field, part in cases:
        request = {"vocabulary": vocabulary, "texts": texts} | more
        refused(api.post("/v1/vocabulary", json=request), status, field, part)


def test_more_words_than_fit_are_refused(running_server: Server, api: Api) -> None:
    s3 = aws_client("s3", running_server.url)
    s3.create_bucket(Bucket="vocabulary-many")
    s3.put_object(Bucket="vocabulary-many", Key="many.txt", Body=" ".join(f"{n:x}" for n in range(1_000_001)).encode())
    texts = {"s3_uri": "s3://vocabulary-many/many.txt"}
    answer = api.post("/v1/vocabulary", json={"vocabulary": {"values": ["a"]}, "texts": texts}, timeout=300)
    refused(answer, 413, "texts", "more than 1000000 different words")


def test_the_command_and_the_sdk(api: Api, tmp_path: Path) -> None:
    command = Command(api.url, tmp_path)
    (tmp_path / "vocabulary.json").write_text(json.dumps({"good": 0, "film": 1, "old": 2}))
    (tmp_path / "texts.csv").write_text('id,review\n1,"Good film, good cast"\n2,A film\n')
    page = command("vocabulary", "vocabulary.json", "texts.csv", "--column", "review")
    assert "2 of the 5\u202f000 most frequent words" in page
    assert "a (1), cast (1)" in page
    found = command.json("vocabulary", "vocabulary.json", "texts.csv", "--column", "review")
    assert words(found["left"]) == {"old"}
    assert "--pipeline" in command.run("vocabulary", "vocabulary.json").stderr
    assert "is not text in UTF-8" in _not_text(command, tmp_path)

    client = roost.Client(api.url)
    vocabulary = {"good": 0, "film": 1, "old": 2}
    checked = client.check_vocabulary(vocabulary, ["Good film, good cast", ["a", "film"]])
    assert set(vocabulary) - {"good", "film", "cast", "a"} == set(checked.left)
    assert checked.entered == {"a": 1, "cast": 1}
    assert checked.unknown is not None
    assert checked.unknown.value == pytest.approx(2 / 6)
    assert "2 of the 5000 most frequent words: a, cast" in repr(checked)
    assert "<table>" in checked._repr_html_()
    wrong: list[dict[str, Any]] = [
        {"texts": ["a"], "pipeline": "x"},
        {},
        {"texts": "no uri"},
        {"texts": ["a"], "column": "x"},
    ]
    for bad in wrong:
        with pytest.raises(roost.InvalidInputError):
            client.check_vocabulary(["a"], **bad)


def _not_text(command: Command, folder: Path) -> str:
    (folder / "bad.txt").write_bytes(b"\xff\xfe")
    return command.fails("vocabulary", "bad.txt", "texts.csv")
