"""Reference file for one-to-one matchings: SciPy's optimum of random integer gains, square and not.

    python3 assignment.py OUT_FOLDER
"""
import json
import sys

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment

generator = np.random.Generator(np.random.PCG64(3))
cases = []
for rows, columns in ((1, 1), (3, 3), (10, 10), (4, 9), (9, 4), (40, 40), (25, 60), (60, 25)):
    gains = generator.integers(0, 100, (rows, columns))
    cases.append({"gains": gains.tolist(), "best": int(gains[linear_sum_assignment(gains, maximize=True)].sum()),
                  "least": int(gains[linear_sum_assignment(gains)].sum())})
with open(f"{sys.argv[1]}/assignment.json", "w", encoding="utf-8") as file:
    json.dump({"maker": "tools/reference/assignment.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
               "command": "python3 tools/reference/assignment.py tests/Analyzer.Statistics.Tests/Reference", "cases": cases}, file)
    file.write("\n")
