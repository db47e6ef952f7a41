"""Settings for the whole suite: hypothesis profiles, no user configuration, and the usual signal handlers."""

import atexit
import os
import signal
import tempfile

from hypothesis import HealthCheck, settings

# The tests must not read the configuration of the user who runs them.
os.environ["XDG_CONFIG_HOME"] = os.devnull

# In the background of a shell, or under nohup, these signals are ignored. Programs started by the tests would inherit
# that, and tests that end them by a signal would wait for ever.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

# A developer's run tries new random examples. CI repeats the same ones, without a deadline for slow machines.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", parent=settings.get_profile("ci"), max_examples=25, stateful_step_count=25)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

# Programs started by the tests must not write to the user's home directory.
STATE = tempfile.TemporaryDirectory(prefix="msgmux-tests-")
atexit.register(STATE.cleanup)
os.environ["XDG_STATE_HOME"] = STATE.name
