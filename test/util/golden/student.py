"""Student's t and two one-sided tests by SciPy: python3 student.py > student.json"""
import json
import numpy, scipy
from scipy import stats

cdf = [[t, f, float(stats.t.cdf(t, f))] for f in (1, 2, 7, 30, 1000) for t in (-6.5, -1.2, 0.0, 0.3, 2.364624, 40.0)]
quantile = [[p, f, float(stats.t.ppf(p, f))] for f in (1, 2, 7, 30, 1000) for p in (0.001, 0.025, 0.5, 0.6, 0.95, 0.975)]
samples = []
for values, bound in [
    ([0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0.0, -0.1], 1.0),
    ([0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0.0, -0.1], 0.2),
    ([-2.9, 1.1, -0.4, -3.3, 0.2, -1.7, 2.0, -0.6], 1.0),
    ([1.2, 1.5, 0.9], 1.0),
]:
    # TOST: the larger p of the two one-sided tests against the bounds
    lower = stats.ttest_1samp(values, -bound, alternative="greater").pvalue
    upper = stats.ttest_1samp(values, bound, alternative="less").pvalue
    interval = stats.t.interval(0.95, len(values) - 1, numpy.mean(values), stats.sem(values))
    samples.append({"values": values, "bound": bound, "p": float(max(lower, upper)), "interval": [float(x) for x in interval]})
print(json.dumps({"scipy": scipy.__version__, "cdf": cdf, "quantile": quantile, "samples": samples}, indent=1))
