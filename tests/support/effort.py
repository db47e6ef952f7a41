"""How thoroughly to test: wholly on one Python, and with smaller numbers of the same on the others."""

import os

IS_QUICK = os.environ.get("HYPOTHESIS_PROFILE") == "quick"
"""Set by ``make core-matrix``: what depends on the Python shows in the smaller numbers too."""
