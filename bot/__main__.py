"""The command line: `pointsman`, and `python -m bot`. Its commands stand in `bot.cli`, a file for each group.

Exit codes: 0 done, 1 the answer is no, 2 usage or configuration. Every reading command takes `--json`.
"""

import click

from bot import __version__
from bot.cli import configuration, dead, doctor, erasing, exporting, pausing, reading, replay, rights, running


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pointsman")
def main() -> None:
    """Pull request checks, deploy commands and rollback prompts, from GitHub and Slack."""


main.add_command(running.serve)
main.add_command(running.demo)
main.add_command(running.migrate)
main.add_command(configuration.validate)
main.add_command(configuration.schema)
main.add_command(doctor.doctor)
main.add_command(reading.deliveries)
main.add_command(reading.events)
main.add_command(reading.why)
main.add_command(dead.dead)
main.add_command(pausing.pause)
main.add_command(pausing.resume)
main.add_command(rights.rights)
reading.events.add_command(replay.replay)
reading.events.add_command(exporting.export_subject)
reading.events.add_command(erasing.erase)


if __name__ == "__main__":
    main()
