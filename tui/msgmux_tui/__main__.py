"""``python -m msgmux_tui``."""

from msgmux_tui.cli import main

if __name__ == "__main__":
    main()
