"""The three worlds as one value."""

from bot.sandbox.pages import Worlds


def test_whoever_listens_hears_of_all_three_until_they_stop(worlds: Worlds) -> None:
    heard = []

    def listener() -> None:
        heard.append("changed")

    worlds.listen(listener)
    worlds.github.changed()
    worlds.slack.space.changed()
    worlds.deployer.changed()
    worlds.unlisten(listener)
    worlds.github.changed()
    assert heard == ["changed"] * 3
