"""The last third of the document on SageMaker: a web page asks an API, whose function asks the endpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aws import client
from chromium import Browser, browser
from harness import REPOSITORY, Server
from sagemaker_programs import run_program

# In the manner of the document's page: it posts the text as text/plain, and takes every answer but 0 for a good one.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Sentiment Analysis Web App</title>
</head>
<body>
  <h1>Is your review positive, or negative?</h1>
  <p>Enter your review below and click submit to find out.</p>
  <form action="{url}" onsubmit="return submitForm(this);">
    <textarea rows="5" id="review">Please write your review here.</textarea>
    <button type="submit">Submit</button>
  </form>
  <h2 id="result"></h2>
  <script>
    function submitForm(form) {{
      const request = new XMLHttpRequest();
      request.open("POST", form.getAttribute("action"), true);
      request.onload = () => {{
        const verdict = request.responseText === "0" ? "NEGATIVE" : "POSITIVE";
        document.getElementById("result").textContent = request.status === 200 ? verdict : "Error " + request.status;
      }};
      request.onerror = () => {{ document.getElementById("result").textContent = "Not reached"; }};
      request.setRequestHeader("Content-Type", "text/plain");
      document.getElementById("result").textContent = "";
      request.send(document.getElementById("review").value);
      return false;
    }}
  </script>
</body>
</html>
"""


def verdict(page: Browser, review: str) -> str:
    page.type("#review", review)
    page.click("button")
    return str(page.wait_for("document.getElementById('result').textContent"))


def test_the_web_app_of_the_document(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    python = REPOSITORY / ".venv-sagemaker1" / "bin" / "python"
    results = run_program(server, tmp_path / "program", python, "web_app.py")
    assert results["test_event"]["body"] == "0"
    assert results["role"] == "arn:aws:iam::000000000000:role/LambdaSageMakerRole"

    # The page as a file, and in a bucket that is a web site.
    port = server.url.rsplit(":", 1)[1]
    url = f"{server.url}/_aws/execute-api/{results['api']}/prod"
    local = tmp_path / "index.html"
    local.write_text(PAGE.format(url=url))
    s3 = client("s3", server.url)
    s3.create_bucket(Bucket="web-app-of-the-document")
    s3.put_bucket_website(
        Bucket="web-app-of-the-document", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    host = f"http://{results['api']}.execute-api.localhost:{port}/prod"
    s3.put_object(
        Bucket="web-app-of-the-document",
        Key="index.html",
        Body=PAGE.format(url=host).encode(),
        ContentType="text/html",
    )
    pages = {
        "file": local.as_uri(),
        "bucket": f"http://web-app-of-the-document.s3-website.localhost:{port}/",
    }
    with browser(tmp_path / "browser") as page:
        for name, address in pages.items():
            page.open(address)
            assert verdict(page, "Great, great film! A good plot; good, good.") == "POSITIVE", name
            assert verdict(page, "Awful. A dull, bad film: bad, awful, bad...") == "NEGATIVE", name

    logs = client("logs", server.url)
    events = logs.filter_log_events(logGroupName="/aws/lambda/sentiment_lambda_function")["events"]
    assert sum(event["message"].startswith("REPORT RequestId: ") for event in events) == 5

    # Delete the function and the API: the page cannot be answered any more.
    client("lambda", server.url).delete_function(FunctionName="sentiment_lambda_function")
    with browser(tmp_path / "another") as page:
        page.open(pages["bucket"])
        assert verdict(page, "Great") in ("Error 500", "Not reached")
    client("apigateway", server.url).delete_rest_api(restApiId=results["api"])
    with pytest.raises(client("lambda", server.url).exceptions.ResourceNotFoundException):
        client("lambda", server.url).get_function(FunctionName="sentiment_lambda_function")
