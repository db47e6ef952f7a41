"""Settings for the whole suite: how long hypothesis searches; no configuration file; signals as usual."""

import atexit
import os
import signal
import tempfile

from hypothesis import HealthCheck, settings

# The configuration of whoever runs the tests is not for them.
os.environ["XDG_CONFIG_HOME"] = os.devnull

# A suite that runs in the background of a shell, or under nohup, was told to ignore these; a program that it starts
# would inherit that, and the tests that end programs by signals would wait for ever.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# A developer's run explores; CI repeats the same examples, and no slow machine fails it.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", parent=settings.get_profile("ci"), max_examples=25, stateful_step_count=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# Whatever programs the tests start, nothing is kept in the home of who runs them.
STATE = tempfile.TemporaryDirectory(prefix="msgmux-tests-")
atexit.register(STATE.cleanup)
os.environ["XDG_STATE_HOME"] = STATE.name
