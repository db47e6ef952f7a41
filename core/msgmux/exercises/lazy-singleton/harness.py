"""Two threads ask for the settings."""

from threading import Thread

from lazy_singleton import Settings


def test_everybody_gets_the_same_loaded_settings() -> None:
    got: list[tuple[Settings, int]] = []

    def ask() -> None:
        settings = Settings.get()
        got.append((settings, settings.answer))

    threads = [Thread(target=ask, name=name) for name in ("T1", "T2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = [answer for _, answer in got]
    assert answers == [42, 42], f"a thread got settings that were not loaded yet: the answers are {answers}"
    assert got[0][0] is got[1][0], "two settings were made"
