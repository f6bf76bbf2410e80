"""Writes fixtures.json: what other implementations return, for the tests of Statistics.

    make_fixtures.py > fixtures.json    in an environment with scipy, scikit-learn, statsmodels, gbstats, ssrm-test and mpmath

If no other implementation exists, the reference is the formula itself, in mpmath with 50 digits.
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from typing import Any

import mpmath as mp
import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import ProportionStatistic
from scipy import special, stats
from sklearn import metrics
from ssrm_test import ssrm_test
from statsmodels.stats import contingency_tables, multitest, proportion

mp.mp.dps = 50
PACKAGES = ["scipy", "scikit-learn", "statsmodels", "gbstats", "ssrm-test", "mpmath", "numpy"]
cases: dict[str, list[dict[str, Any]]] = {}
random = np.random.default_rng(20)


def add(name: str, numbers: list[Any], expected: Any, arrays: list[Any] | None = None) -> None:
    """Adds a case. All numbers are floating-point."""
    case: dict[str, Any] = {"numbers": [float(x) for x in numbers], "expected": [float(x) for x in expected]}
    case["arrays"] = [[float(x) for x in array] for array in arrays or []]
    assert all(math.isfinite(x) for x in case["numbers"] + case["expected"]), (name, numbers, expected)
    cases.setdefault(name, []).append(case)


def distributions() -> None:
    for z in [-37, -8.5, -3, -1.96, -0.3, 0, 1e-9, 0.7, 2.5758, 6, 12, 37]:
        add("normal", [z], [stats.norm.cdf(z), stats.norm.sf(z)])
    for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.3, 0.5, 0.50001, 0.8, 0.975, 0.9999, 1 - 1e-12]:
        add("normal quantile", [p], [stats.norm.ppf(p)])
    for freedom in [0.5, 1, 2.7, 10, 29, 350.25, 1e5, 2e6, 1e9]:
        for t in [-7, -2.1, -0.4, 0, 0.001, 1.3, 3.5, 15]:
            tail = exact_t(t, freedom)
            add("t", [t, freedom], [1 - tail, tail])
        for p in [1e-10, 0.005, 0.2, 0.5, 0.975, 0.9999]:
            add("t quantile", [p, freedom], [stats.t.ppf(p, freedom)])
    for freedom in [1, 2, 9, 30.5, 1000, 1e6]:
        for share in [0.01, 0.5, 0.9, 1, 1.05, 1.5, 4]:
            x = mp.mpf(freedom * share) / 2
            q = mp.gammainc(mp.mpf(freedom) / 2, x, mp.inf, regularized=True) if freedom < 1e5 else None
            expected = q if q is not None else stats.chi2.sf(freedom * share, freedom)
            add("chi-squared", [freedom * share, freedom], [expected])
    for a, b, x in [
        *[(0.5, 0.5, 0.001), (0.5, 0.5, 0.7), (3.5, 97.5, 0.01), (60.5, 1140.5, 0.001), (60.5, 1140.5, 0.05)],
        *[(1, 1, 0.3), (2, 30, 0.9), (1200, 1300, 0.48), (1200, 1300, 0.6), (50000.5, 950000.5, 0.0503)],
        *[(1e-3, 5, 0.2), (5e5, 0.5, 0.999999), (250, 0.5, 0.9)],
    ]:
        lower, upper = exact_beta(a, b, x)
        add("incomplete beta", [a, b, x], [lower, upper])
        assert max(a, b) > 1e5 or abs(special.betainc(a, b, x) - mp.exp(lower)) < 1e-12
    for a, b in [(0.5, 0.5), (3, 4), (1e-5, 20), (9.5, 1e7), (1e6, 1e6), (123456.5, 654321.5)]:
        add("log beta", [a, b], [mp.log(mp.beta(mp.mpf(a), mp.mpf(b)))])
    for k, n, p in [(0, 10, 0.2), (3, 10, 0.2), (10, 10, 0.2), (480, 1000, 0.5), (100300, 2000000, 0.05)]:
        add("binomial", [k, n, p], [stats.binom.cdf(k, n, p), stats.binom.sf(k - 1, n, p)])
    for x in [0.03, 0.2, 0.5, 0.9, 0.999, 1, 1.36, 2.2, 5]:
        add("kolmogorov", [x], [stats.kstwobign.sf(x)])


def exact_beta(a: float, b: float, x: float) -> tuple[Any, Any]:
    """Returns the logarithms of both tails."""
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)

    def tail(a: Any, b: Any, x: Any) -> Any:
        factor = a * mp.log(x) + b * mp.log(1 - x) - mp.log(a) - mp.log(mp.beta(a, b))
        return factor + mp.log(mp.hyp2f1(1, a + b, a + 1, x, maxterms=10**7))

    if x < a / (a + b):
        lower = tail(a, b, x)
        return lower, mp.log1p(-mp.exp(lower))
    upper = tail(b, a, 1 - x)
    return mp.log1p(-mp.exp(upper)), upper


def exact_t(t: float, freedom: float) -> Any:
    """Returns the upper tail. SciPy's is off by 1e-12 for many degrees of freedom."""
    # The central part by the series around 0, which converges for every t, with digits to spare for what cancels.
    with mp.workdps(200):
        v, square = mp.mpf(freedom), mp.mpf(t) ** 2
        series = mp.hyp2f1(0.5, (v + 1) / 2, 1.5, -square / v, maxterms=10**7)
        center = mp.mpf(abs(t)) * mp.exp(mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2)) / mp.sqrt(v * mp.pi) * series
        return mp.mpf(0.5) - center if t > 0 else mp.mpf(0.5) + center


def rates() -> None:
    for s, n in [(0, 40), (40, 40), (60, 1200), (1, 3), (123456, 2000000)]:
        for alpha in [0.05, 0.001]:
            add("wilson", [s, n, alpha], proportion.proportion_confint(s, n, alpha, "wilson"))
    for s1, n1, s2, n2 in [(60, 1200, 91, 1300), (0, 50, 5, 45), (9, 10, 3, 12), (5000, 100000, 5300, 99000)]:
        interval = proportion.confint_proportions_2indep(s2, n2, s1, n1, method="newcomb", compare="diff", alpha=0.05)
        wald = proportion.confint_proportions_2indep(s2, n2, s1, n1, method="wald", compare="diff", alpha=0.05)
        z, p = proportion.proportions_ztest([s2, s1], [n2, n1])
        add("two rates", [s1, n1, s2, n2, 0.05], [*interval, *wald, z, p])


def means() -> None:
    for m, n, scale in [(5, 7, 1.0), (2, 40, 0.1), (300, 500, 1e-100), (200, 300, 1e6)]:
        x, y = random.lognormal(0, 1, m) * scale, random.lognormal(0.3, 0.5, n) * scale
        mean = stats.ttest_1samp(x, 0).confidence_interval(0.95) if scale > 1e-90 else None
        mean = mean or [scale * v for v in stats.ttest_1samp(x / scale, 0).confidence_interval(0.95)]
        test = stats.ttest_ind(y / scale, x / scale, equal_var=False)
        interval = test.confidence_interval(0.95)
        expected = [*mean, test.statistic, test.pvalue, test.df, interval.low * scale, interval.high * scale]
        add("means", [0.05], [v / (scale if i in (0, 1, 5, 6) else 1) for i, v in enumerate(expected)], [x, y, [scale]])


def paired() -> None:
    for b, c in [(0, 0), (0, 1), (3, 12), (12, 3), (7, 7), (400, 460), (100000, 101000)]:
        table = [[10, b], [c, 10]]
        p = contingency_tables.mcnemar(table, exact=True).pvalue if b + c else 1
        half = mp.mpf(0.5)
        evidence = mp.log(mp.beta(b + half, c + half)) - mp.log(mp.beta(half, half)) + (b + c) * mp.log(2)
        if b + c <= 1000:
            assert abs(evidence - (special.betaln(b + 0.5, c + 0.5) - np.log(np.pi) + (b + c) * np.log(2))) < 1e-9
        add("mcnemar", [b, c], [p, evidence])
    for n in [2, 5, 60]:
        x = np.round(random.normal(size=n), 1)
        y = np.round(0.5 * x + random.normal(size=n), 1)
        add("correlation", [], [stats.pearsonr(x, y)[0], stats.spearmanr(x, y)[0]], [x, y])
    x = np.array([1e8 + 1, 1e8 + 2, 1e8 + 2, 1e8 + 5])
    y = np.array([4.0, 4, 1, 9])
    add("correlation", [], [stats.pearsonr(x, y)[0], stats.spearmanr(x, y)[0]], [x, y])
    for p in [[0.01, 0.04, 0.03, 0.2], [0.5, 0.9, 0.6], [0.001], [0.02, 0.02, 0.02]]:
        add("holm", [], multitest.multipletests(p, method="holm")[1], [p])


def quality() -> None:
    for n, share in [(50, 0.4), (400, 0.05), (10, 0.5)]:
        truth = (random.random(n) < share).astype(int)
        truth[:2] = [0, 1]
        scores = np.clip(np.round(0.3 * truth + 0.7 * random.random(n), 1), 0, 1)
        predicted = (scores > 0.5).astype(int)
        predicted[0] = 1
        expected = [
            metrics.accuracy_score(truth, predicted),
            metrics.precision_score(truth, predicted),
            metrics.recall_score(truth, predicted),
            metrics.f1_score(truth, predicted),
            metrics.roc_auc_score(truth, scores),
            metrics.log_loss(truth, scores),
        ]
        add("binary quality", [], expected, [truth, predicted, scores])
    for n, k in [(80, 4), (12, 3)]:
        truth = np.minimum(random.integers(0, k + 2, n), k - 1)
        truth[:k] = range(k)
        p = random.dirichlet(np.full(k, 0.3), n)
        p[0] = np.eye(k)[-1]
        # The last class is never predicted.
        predicted = p[:, :-1].argmax(axis=1)
        expected = [
            metrics.accuracy_score(truth, predicted),
            metrics.f1_score(truth, predicted, average="macro"),
            metrics.f1_score(truth, predicted, average="weighted"),
            metrics.log_loss(truth, p),
        ]
        add("multiclass quality", [k], expected, [truth, predicted, p.ravel()])
    y = random.normal(1e3, 3, 50)
    f = y + random.normal(0, 1, 50)
    expected = [metrics.root_mean_squared_error(y, f), metrics.mean_absolute_error(y, f), metrics.r2_score(y, f)]
    add("regression quality", [], expected, [y, f])
    values = np.sort(random.lognormal(0, 1, 37))
    levels = [0, 0.1, 0.5, 0.95, 0.999, 1]
    add("quantiles", [], np.quantile(values, levels, method="linear"), [values, levels])


def confidence_sequence() -> None:
    for s1, n1, s2, n2 in [(60, 1200, 91, 1300), (900, 20000, 1300, 21000), (5, 10, 6, 13)]:
        a, b = ProportionStatistic(n=n1, sum=s1), ProportionStatistic(n=n2, sum=s2)
        config = SequentialConfig(alpha=0.05, sequential_tuning_parameter=5000, difference_type="absolute")
        result = SequentialTwoSidedTTest(a, b, config).compute_result()
        add("confidence sequence", [s1, n1, s2, n2, 0.05], [*result.ci, result.p_value])


def exact_e_process(batches: list[list[float]]) -> list[Any]:
    """Returns ln E of better and worse, and their maxima. A batch: n and Σy of champion and challenger, and the weight."""
    n, s = [mp.mpf(0)] * 2, [mp.mpf(0)] * 2
    better = worse = best = worst = mp.mpf(0)
    for na, sa, nb, sb, w in batches:
        pool = (mp.mpf(0.5) + sum(s)) / (1 + sum(n))
        theta = [(10 * pool + s[arm]) / (10 + n[arm]) for arm in range(2)]
        mean = mp.mpf(w) * theta[1] + (1 - mp.mpf(w)) * theta[0]
        factor = mp.mpf(1)
        for arm, count, total in [(0, na, sa), (1, nb, sb)]:
            count, total = mp.mpf(count), mp.mpf(total)
            factor *= (theta[arm] / mean) ** total * ((1 - theta[arm]) / (1 - mean)) ** (count - total)
        if theta[1] > theta[0]:
            better += mp.log(factor)
        elif theta[1] < theta[0]:
            worse += mp.log(factor)
        best, worst = max(best, better), max(worst, worse)
        n, s = [n[0] + mp.mpf(na), n[1] + mp.mpf(nb)], [s[0] + mp.mpf(sa), s[1] + mp.mpf(sb)]
    return [better, worse, best, worst]


def e_process() -> None:
    for p, q, size, fractional in [(0.05, 0.08, 1, False), (0.0, 0.05, 100, False), (0.3, 0.2, 40, True)]:
        batches = []
        for w in [0.01, 0.1, 0.5, 0.9]:
            for _ in range(60):
                nb = random.binomial(size, w)
                na = size - nb
                sa, sb = random.binomial(na, p), random.binomial(nb, q)
                if fractional:
                    sa, sb = random.random(na).sum() * p, random.random(nb).sum() * q
                batches.append([float(x) for x in (na, sa, nb, sb, w)])
        add("e-process", [], exact_e_process(batches), batches)


def rate_guard() -> None:
    def prior(limit: Any) -> Any:
        return mp.log(mp.beta(0.5, 0.5)) + exact_beta(0.5, 0.5, limit)[1]

    for s, n, limit in [(0, 100, 0.01), (3, 47, 0.001), (5, 84, 0.005), (12, 160, 0.01), (5100, 100000, 0.05)]:
        a, b = mp.mpf(s) + 0.5, mp.mpf(n - s) + 0.5
        mass = mp.log(mp.beta(a, b)) + exact_beta(a, b, limit)[1]
        null = s * mp.log(mp.mpf(limit)) + (n - s) * mp.log(1 - mp.mpf(limit))
        add("rate guard", [s, n, limit], [mass - prior(limit) - null])


def sample_ratio() -> None:
    for weights in [[0.5, 0.5], [0.9, 0.1], [0.2, 0.3, 0.5], [0.999, 0.001]]:
        actual = np.array(weights) ** 0.9
        counts = random.multinomial(9000, actual / actual.sum(), 6)
        last = ssrm_test.sequential_posteriors(counts, np.array(weights), dirichlet_concentration=10000)[-1]
        evidence = [last["log_bayes_factor"], -np.log(last["p_value"])]
        total = counts.sum(axis=0)
        chi = stats.chisquare(total, total.sum() * np.array(weights))
        add("sample ratio", [], [*evidence, chi.statistic, chi.pvalue], [weights, *counts])


def exact_sample_ratio(weights: list[int], counts: list[int]) -> Any:
    w = [mp.mpf(x) / sum(map(mp.mpf, weights)) for x in weights]
    n, a = sum(counts), mp.mpf(10000)
    terms = [mp.loggamma(a * x + c) - mp.loggamma(a * x) - c * mp.log(x) for x, c in zip(w, counts, strict=True)]
    return mp.loggamma(a) - mp.loggamma(a + n) + sum(terms)


def large_sample_ratio() -> None:
    """Counts at which the usual formula in doubles has no digits left, and a change of the weights."""
    first, second = ([1, 1], [500_050_000, 499_950_000]), ([9, 1], [899_980_000, 100_020_000])
    add("sample ratio stages", [], [exact_sample_ratio(*first) + exact_sample_ratio(*second)], [*first, *second])
    first, second = ([99, 1], [1990, 10]), ([1, 1], [1000, 1100])
    add("sample ratio stages", [], [exact_sample_ratio(*first) + exact_sample_ratio(*second)], [*first, *second])


def sample_size() -> None:
    for p, change, alpha, power, k in [
        (0.05, 0.03, 0.05, 0.8, 1),
        (0.1, -0.02, 0.01, 0.9, 1),
        (0.05, 0.01, 0.05, 0.8, 1 / 9),
    ]:
        q = p + change
        mean = (p + k * q) / (1 + k)
        z, gain = stats.norm.ppf([1 - alpha / 2, power])
        spread = z * np.sqrt(mean * (1 - mean) * (1 + 1 / k)) + gain * np.sqrt(p * (1 - p) + q * (1 - q) / k)
        size = spread**2 / change**2
        add("sample size", [p, change, alpha, power, k], [math.ceil(size), math.ceil(size * k)])


def off_policy() -> None:
    for n, share in [(40, 0.3), (3000, 0.1)]:
        chosen = random.random(n) < share
        propensity = np.where(chosen, share, 1 - share)
        weights = chosen / propensity * np.where(random.random(n) < 0.5, 1.0, 0.4)
        y = random.random(n)
        v = (weights * y).sum() / weights.sum()
        # The influence function by leaving one out to first order: d v / d (count of i) = w·(v - y) / Σ w.
        error = np.sqrt(((weights * (y - v) / weights.mean()) ** 2).mean() / n)
        expected = [(weights * y).mean(), stats.sem(weights * y), v, error, weights.sum() ** 2 / (weights**2).sum()]
        add("off-policy", [], expected, [weights, y])


def paired_evidence() -> None:
    """The bettor on differences of paired outcomes: 0/1 outcomes, bounded ones, and a side that never loses."""
    source = np.random.default_rng(21)
    binary = source.choice([-1, 0, 1], 400, p=[0.06, 0.8, 0.14])
    bounded = np.clip(source.normal(-0.05, 0.3, 300), -1, 1)
    for differences in [binary, -binary, bounded, np.full(40, 0.125), np.ones(30), np.zeros(5)]:
        add("paired evidence", [], exact_paired_evidence(differences.tolist()), [differences])


def exact_paired_evidence(differences: list[float]) -> list[Any]:
    """Returns ln E now and the maximum of ln E, against "no better" and against "no worse"."""
    total, squares = mp.mpf(0), mp.mpf(0)
    paths = {1: [mp.mpf(0)], -1: [mp.mpf(0)]}
    for d in map(mp.mpf, differences):
        for side, path in paths.items():
            bet = min(max(side * total / (squares + 1), 0), mp.mpf(9) / 10)
            path.append(path[-1] + mp.log(1 + bet * side * d))
        total, squares = total + d, squares + d * d
    return [paths[1][-1], paths[-1][-1], max(paths[1]), max(paths[-1])]


for make in [distributions, rates, means, paired, quality, confidence_sequence, e_process, rate_guard]:
    make()
for make in [sample_ratio, large_sample_ratio, sample_size, off_policy, paired_evidence]:
    make()
lines = [
    f"    {json.dumps(name)}: [\n" + ",\n".join(f"      {json.dumps(case)}" for case in each) + "\n    ]"
    for name, each in cases.items()
]
versions = json.dumps({name: version(name) for name in PACKAGES})
print(f'{{\n  "versions": {versions},\n  "cases": {{\n' + ",\n".join(lines) + "\n  }\n}")
