"""Plans and starts releases, and finds them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from . import metrics
from .connection import JSON, Connection, path, query
from .errors import InvalidInputError
from .html import Things
from .metrics import Metric
from .model import Model
from .release import Release, ReleasePlan, requester
from .times import Span, span

Stage: TypeAlias = "float | str | Mapping[str, Any]"

_DEFAULT_STAGES = (0.01, 0.1, 0.5)


class ReleaseClient:
    """The part of a client that handles releases."""

    _connection: Connection

    def plan_release(
        self,
        pipeline: str,
        candidate: Model | str,
        stages: Iterable[Stage] | None = None,
        *,
        every: Span | None = None,
        units: int | None = None,
        replay: int | None = None,
        shadow: Span | None = None,
        promote: Literal["safe", "better", "manual"] | None = None,
        goal: Metric | None = None,
        guardrails: Iterable[Metric] | None = None,
        hash_key: str | None = None,
        replaces: str | None = None,
        alpha: float | None = None,
        time_limit: Span | None = None,
    ) -> ReleasePlan:
        """Returns what a release would do, and changes nothing. The arguments are those of `release`.

        Raises:
            APIError: If the release is not possible. The message says why.
        """
        definition = _definition(
            pipeline,
            candidate,
            _stages(stages, every, units),
            _shadow(shadow, units),
            replay,
            promote,
            goal,
            guardrails,
            hash_key,
            replaces,
            alpha,
            time_limit,
        )
        return ReleasePlan(self._connection.send("POST", path("releases", "plan"), definition))

    def release(
        self,
        pipeline: str,
        candidate: Model | str,
        stages: Iterable[Stage] | None = None,
        *,
        every: Span | None = None,
        units: int | None = None,
        replay: int | None = None,
        shadow: Span | None = None,
        promote: Literal["safe", "better", "manual"] | None = None,
        goal: Metric | None = None,
        guardrails: Iterable[Metric] | None = None,
        hash_key: str | None = None,
        replaces: str | None = None,
        alpha: float | None = None,
        time_limit: Span | None = None,
    ) -> Release:
        """Starts a release: the candidate answers a growing share of the requests, and goes back if it is worse.

        A `Pipeline` that you have is not updated when the release ends. Get it again before you change it.

        Args:
            pipeline: Name of a pipeline that is deployed.
            candidate: The model version that is released: a model, ``"NAME@VERSION"``, or a name for its newest
                version.
            stages: The share of the requests that the candidate answers in each stage: a number such as 0.1, a text
                such as ``"10%"``, or a dict with ``share``, ``duration`` and ``units``. Defaults to 1, 10 and 50 %.
            every: The minimum time of each stage: a timedelta, or a text such as ``"30m"``. Defaults to 10 minutes.
            units: How many units the candidate must have answered in each stage, and in the shadow. Defaults to 100.
            replay: How many logged requests the candidate answers first. By default, there is no replay.
            shadow: The minimum time for which the candidate runs beside the champion without answering. By default,
                there is no shadow.
            promote: ``safe`` if no guardrail is broken, ``better`` if the candidate is better on the goal, ``manual``
                if someone asks for it (`Pipeline.promote`). Defaults to ``safe``.
            goal: The metric that decides, as for `Pipeline.report`. Defaults to the goal of the pipeline's definition.
            guardrails: Metrics that must not get worse. Default to those of the definition, or to ``errors``.
            hash_key: The key that decides who answers. A value that the candidate has answered stays with it.
            replaces: Name of the model that the candidate replaces. Defaults to the only one.
            alpha: The probability of promoting a candidate that is no better. Defaults to that of the goal, or to 0.05.
            time_limit: The release goes back if it has not ended this long after its start.

        Raises:
            APIError: If the release is not possible. The message says why.
        """
        definition = _definition(
            pipeline,
            candidate,
            _stages(stages, every, units),
            _shadow(shadow, units),
            replay,
            promote,
            goal,
            guardrails,
            hash_key,
            replaces,
            alpha,
            time_limit,
        )
        address = f"{path('releases')}?{query({'by': requester()})}"
        return Release(self._connection, self._connection.send("POST", address, definition))

    def get_release(self, id: str) -> Release:
        """Returns the release with an ID, or with the beginning of one.

        Raises:
            EntityNotFoundError: If there is no such release.
        """
        return Release(self._connection, self._connection.get(path("releases", id))["release"])

    def releases(self, pipeline: str | None = None, workspace: str | None = None) -> Things[Release]:
        """Returns the releases of a pipeline, of the pipelines of a workspace, or of all pipelines, newest first.

        Raises:
            EntityNotFoundError: If there is no such pipeline or workspace.
        """
        query = {"pipeline": pipeline, "workspace": workspace}
        records = self._connection.get(path("releases"), query)["releases"]
        return Things(Release(self._connection, record) for record in records)


def _definition(
    pipeline: str,
    candidate: Model | str,
    stages: list[JSON] | None,
    shadow: JSON | None,
    replay: int | None,
    promote: str | None,
    goal: Metric | None,
    guardrails: Iterable[Metric] | None,
    hash_key: str | None,
    replaces: str | None,
    alpha: float | None,
    time_limit: Span | None,
) -> JSON:
    given = {
        "pipeline": pipeline,
        "candidate": candidate if isinstance(candidate, str) else f"{candidate.name()}@{candidate.version()}",
        "stages": stages,
        "shadow": shadow,
        "replay": replay,
        "promote": promote,
        "goal": None if goal is None else metrics.metric(goal),
        "guardrails": None if guardrails is None else [metrics.metric(guardrail) for guardrail in guardrails],
        "hash_key": hash_key,
        "replaces": replaces,
        "alpha": alpha,
        "time_limit": None if time_limit is None else span(time_limit),
    }
    return {name: value for name, value in given.items() if value is not None}


def _stages(stages: Iterable[Stage] | None, every: Span | None, units: int | None) -> list[JSON] | None:
    if isinstance(stages, (str, Mapping)):
        raise InvalidInputError(f"`stages` is a list, such as [0.1, '50%'], not {stages!r}.")
    if stages is None and every is None and units is None:
        return None
    limits = _limits(every, units)
    chosen: Iterable[Stage] = _DEFAULT_STAGES if stages is None else stages
    return [{**limits, **(stage if isinstance(stage, Mapping) else {"share": stage})} for stage in chosen]


def _shadow(duration: Span | None, units: int | None) -> JSON | None:
    return None if duration is None else _limits(duration, units)


def _limits(duration: Span | None, units: int | None) -> JSON:
    limits: JSON = {} if duration is None else {"duration": span(duration)}
    return limits if units is None else {**limits, "units": units}
