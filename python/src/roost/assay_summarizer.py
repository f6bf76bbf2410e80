"""Builder of how the windows of an assay are compared with its baseline, with Wallaroo's names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from .assay_config import Aggregation, BinMode, Metric
from .assay_definition import Bins
from .errors import InvalidInputError


@dataclass(frozen=True)
class UnivariateContinuous:
    """How the numbers of one input or output are compared.

    Attributes:
        mode: How they are divided into bins.
        count: The number of bins.
        edges: The edges of provided bins.
        metric: How the shares in bins are compared.
    """

    mode: BinMode = BinMode.QUANTILE
    count: int = 5
    edges: tuple[float, ...] | None = None
    metric: Metric = Metric.PSI

    def bins(self) -> Bins:
        """Returns the bins of a definition.

        Raises:
            InvalidInputError: If there are edges for bins that are not provided, or not as many as there are bins.
        """
        if self.mode is not BinMode.PROVIDED:
            if self.edges is not None:
                raise InvalidInputError(f"{self.mode} has no edges. Use BinMode.PROVIDED, or leave out the edges.")
            return {"by": "quantiles" if self.mode is BinMode.QUANTILE else "equal_width", "count": self.count}
        if self.edges is None or len(self.edges) not in (self.count, self.count + 1):
            raise InvalidInputError(
                f"BinMode.PROVIDED with {self.count} bins takes {self.count} or {self.count + 1} edges, not "
                f"{len(self.edges or ())}."
            )
        return list(self.edges)


class UnivariateContinuousSummarizerBuilder:
    """Builds how numbers are compared. By default, by the population stability index of five bins with as many values.

    The outer bins have no end: they also hold what is outside the range of the baseline.
    """

    def __init__(self, summarizer: UnivariateContinuous) -> None:
        self._summarizer = summarizer

    def add_bin_mode(
        self, bin_mode: BinMode, edges: Sequence[float] | None = None
    ) -> UnivariateContinuousSummarizerBuilder:
        """Sets how the numbers are divided.

        Args:
            bin_mode: ``BinMode.QUANTILE``, ``BinMode.EQUAL`` or ``BinMode.PROVIDED``.
            edges: The edges of provided bins, as for `add_bin_edges`.

        Raises:
            InvalidInputError: If the mode is not supported.
        """
        if bin_mode is BinMode.NONE:
            raise InvalidInputError(
                "BinMode.NONE is not supported. Use another mode, or `client.add_assay` with the statistic 'ks' or "
                "'wasserstein', which have no bins."
            )
        self._with(replace(self._summarizer, mode=BinMode(bin_mode)))
        return self if edges is None else self.add_bin_edges(edges)

    def add_num_bins(self, num_bins: int) -> UnivariateContinuousSummarizerBuilder:
        """Sets the number of bins, from 2 to 1,000."""
        return self._with(replace(self._summarizer, count=num_bins))

    def add_bin_edges(self, edges: Sequence[float]) -> UnivariateContinuousSummarizerBuilder:
        """Sets the edges of provided bins, in ascending order.

        Args:
            edges: The upper ends of the bins, as many as there are bins. One more may come before them: the upper end
                of the bin for what is below. What is above the last edge has a bin of its own.
        """
        return self._with(replace(self._summarizer, edges=tuple(float(edge) for edge in edges)))

    def add_bin_weights(self, weights: Sequence[float]) -> NoReturn:
        """Is not supported: each bin counts the same."""
        raise InvalidInputError("Bins cannot have weights on this server. Leave out `add_bin_weights`.")

    def add_metric(self, metric: Metric) -> UnivariateContinuousSummarizerBuilder:
        """Sets how the shares in bins are compared: ``Metric.PSI``, ``Metric.MAXDIFF`` or ``Metric.SUMDIFF``."""
        return self._with(replace(self._summarizer, metric=Metric(metric)))

    def add_aggregation(self, aggregation: Aggregation) -> UnivariateContinuousSummarizerBuilder:
        """Sets what is compared of each bin. Only ``Aggregation.DENSITY`` is supported.

        Raises:
            InvalidInputError: For another aggregation.
        """
        if aggregation is not Aggregation.DENSITY:
            raise InvalidInputError(
                f"{aggregation} is not supported. Use Aggregation.DENSITY, or `client.add_assay` with the statistic "
                "'ks' for the largest difference of the cumulative distributions, or 'wasserstein' for how far "
                "they are apart."
            )
        return self

    def build(self) -> UnivariateContinuous:
        """Returns how numbers are compared, for `AssayBuilder.add_summarizer`."""
        return self._summarizer

    def _with(self, summarizer: UnivariateContinuous) -> UnivariateContinuousSummarizerBuilder:
        self._summarizer = summarizer
        return self
