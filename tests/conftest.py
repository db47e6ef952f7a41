"""Settings for the whole suite: how long hypothesis searches; no configuration file."""

import atexit
import os
import tempfile

from hypothesis import HealthCheck, settings

# The configuration of whoever runs the tests is not for them.
os.environ["XDG_CONFIG_HOME"] = os.devnull

# A developer's run explores; CI repeats the same examples, and no slow machine fails it.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", parent=settings.get_profile("ci"), max_examples=25, stateful_step_count=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# Whatever programs the tests start, nothing is kept in the home of who runs them.
STATE = tempfile.TemporaryDirectory(prefix="msgmux-tests-")
atexit.register(STATE.cleanup)
os.environ["XDG_STATE_HOME"] = STATE.name
