"""The `command` driver with real programs: started once, followed, ended, found again after a restart."""

import fcntl
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.domain.errors import LastingFault, PassingFault, StoreUnavailable
from bot.domain.instance import InstancePolicy
from bot.domain.values import Repository
from bot.drivers.command import GONE, LOOK_SECONDS, LOST, UNWATCHED, problems
from tests.unit.drivers.workshop import Workshop, is_running, until
from tests.unit.reactors.stories import GOOD, NEW, SLOT


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    await workshop.close()


# --- how it ends -----------------------------------------------------------------------------------------


async def test_a_program_that_ends_well_has_deployed(shop: Workshop) -> None:
    shop.program("say('migrating'); gate('go'); say('all pods ready')")
    reply = await shop.call()
    assert (reply.accepted, reply.report, reply.look_after) == (True, None, LOOK_SECONDS)
    await shop.reported("migrating")
    shop.open("go")
    end = await shop.ended()
    assert (end.deployment, end.attempt, end.state) == ("d-new", 1, "succeeded")
    assert end.description == "all pods ready"
    assert shop.heard.slots == {SLOT}


async def test_a_program_that_fails_says_with_which_code_and_its_last_line(shop: Workshop) -> None:
    shop.program("say('checking'); print('no such image', file=sys.stderr); print(); sys.exit(3)")
    await shop.call()
    end = await shop.ended()
    assert (end.state, end.description) == ("failed", "exit code 3: no such image")


async def test_a_program_that_says_nothing_and_fails_is_still_explained(shop: Workshop) -> None:
    shop.program("sys.exit(1)")
    await shop.call()
    assert (await shop.ended()).description == "exit code 1"


async def test_a_program_that_is_killed_says_by_which_signal(shop: Workshop) -> None:
    shop.program("say('working'); os.kill(os.getpid(), signal.SIGKILL)")
    await shop.call()
    end = await shop.ended()
    assert (end.state, end.description) == ("failed", "ended by signal 9, SIGKILL: working")


async def test_a_program_that_goes_on_for_too_long_is_ended(shop: Workshop) -> None:
    shop.program("say('waiting for the database'); gate('never')")
    shop.order = replace(shop.order, timeout=1.0)
    await shop.call()
    end = await shop.ended()
    assert end.state == "failed"
    assert (end.description or "").startswith("timed out after 1s")
    assert (end.description or "").endswith("waiting for the database")


async def test_what_a_program_leaves_behind_ends_with_it(shop: Workshop) -> None:
    shop.program(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "pathlib.Path('child').write_text(f'{child.pid}\\n')\n"
    )
    await shop.call()
    assert (await shop.ended()).state == "succeeded"
    child = int(shop.made("child") or 0)
    await until("the end of what was left behind", lambda: not is_running(child))


async def test_what_left_the_group_and_holds_the_output_open_is_not_waited_for(shop: Workshop) -> None:
    shop.program(
        "run = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "child = subprocess.Popen(run, start_new_session=True)\n"
        "pathlib.Path('child').write_text(f'{child.pid}\\n')\n"
    )
    await shop.call()
    try:
        assert (await shop.ended()).state == "succeeded"
    finally:
        os.kill(int(shop.made("child") or 0), signal.SIGKILL)


# --- how far it is ---------------------------------------------------------------------------------------


async def test_progress_is_told_line_by_line_with_its_percentage(shop: Workshop) -> None:
    shop.program(
        "say('building'); gate('a'); say('pushing 40% of 3 layers'); gate('b'); print('\\r 55%', end='')"
    )
    await shop.call()
    await shop.reported("building")
    shop.open("a")
    assert (await shop.reported("pushing 40% of 3 layers")).percent == 40.0
    shop.open("b")
    end = await shop.ended()
    assert (end.state, end.description) == ("succeeded", "55%")
    sequences = [each.sequence or 0 for each in shop.heard.reports]
    assert sequences == sorted(set(sequences))
    assert shop.heard.numbers == sorted(set(shop.heard.numbers))
    assert max(sequences) < 2**31


async def test_a_line_that_is_not_complete_yet_is_not_shown(shop: Workshop) -> None:
    """Half a secret would be one that is not known as one."""
    shop.environ["DEPLOY_TOKEN"] = "s3cret-value"
    shop.variables = ("DEPLOY_TOKEN",)
    shop.program(
        "say('one'); print('the token is s3cret', end='', flush=True)\n"
        "open('said', 'w').write('1\\n'); gate('go')"
    )
    driver = shop.driver()
    await shop.call(driver)
    await until("half a line", lambda: shop.made("said"))
    report = (await shop.look(driver)).report
    assert report is not None
    assert report.description == "one"
    assert (await shop.output()).text == "one\n"
    shop.open("go")
    await shop.ended()


async def test_a_report_that_cannot_be_stored_is_handed_in_again(shop: Workshop) -> None:
    tries: list[int] = []

    def fails_twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("the disk is full")

    shop.heard.before = fails_twice
    shop.program("pass")
    await shop.call()
    assert (await shop.ended()).state == "succeeded"
    assert len(tries) == 3


# --- what it gets ----------------------------------------------------------------------------------------


async def test_it_sees_only_the_named_variables_and_nothing_of_the_bot(shop: Workshop) -> None:
    shop.environ |= {"GITHUB_PRIVATE_KEY": "never", "KUBECONFIG": "/etc/kube", "LC_ALL": "C.UTF-8"}
    shop.variables = ("KUBECONFIG", "LC_ALL", "NOT_SET")
    shop.program(
        "say(sorted(os.environ))\n"
        "say(sorted(each for each in os.listdir('/dev/fd') if int(each) > 2)[1:])\n"
        "say(sys.stdin.read())\n"
        "say(os.getcwd())\n"
        "say(os.getsid(0) == os.getpid() == os.getpgid(0))\n"
        "say([signal.getsignal(each) for each in (signal.SIGHUP, signal.SIGTERM)] == [signal.SIG_DFL] * 2)"
    )
    await shop.call()
    await shop.ended()
    lines = (await shop.output()).text.splitlines()
    assert lines == ["['KUBECONFIG', 'LC_ALL']", "[]", "", str(shop.directory), "True", "True"]


async def test_values_of_variables_are_never_written_to_the_disk(shop: Workshop) -> None:
    shop.environ["DEPLOY_TOKEN"] = "s3cret-value"
    shop.variables = ("DEPLOY_TOKEN",)
    shop.program("gate('go')")
    await shop.call()
    files = [path for path in (shop.folder / "data").rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path for path in files if b"s3cret-value" in path.read_bytes()] == []
    assert all(path.stat().st_mode & 0o077 == 0 for path in shop.run_folder.path.iterdir())
    assert shop.run_folder.path.stat().st_mode & 0o077 == 0
    shop.open("go")
    await shop.ended()


async def test_arguments_are_filled_and_stay_one_each(shop: Workshop) -> None:
    shop.arguments = (
        "{environment}",
        "{sha}",
        "--ref={ref}",
        "{{literal}}",
        "{params.region}:{params.verbose}",
        "{previous_sha}",
        "{action}/{repository}/{service}/{deployment}/{request}",
    )
    shop.order = replace(shop.order, params={"region": "$(id);`id`|&'", "verbose": True})
    shop.program("print(*sys.argv[1:], sep='\\n')")
    await shop.call()
    await shop.ended()
    assert (await shop.output()).text.splitlines() == [
        "production",
        NEW,
        "--ref=feature/x",
        "{literal}",
        "$(id);`id`|&':true",
        GOOD,
        "deploy/acme/shop/api/d-new/r-new",
    ]


@pytest.mark.parametrize(
    "ref", ["--upload-pack=evil", "-x", "a b", "a\nb", "a..b", "x@{1}", "é", "a" * 256, "$(id)"]
)
async def test_a_branch_that_could_be_more_than_a_name_starts_nothing(shop: Workshop, ref: str) -> None:
    shop.arguments = ("{ref}",)
    shop.program("open('ran', 'w').write('1\\n')")
    reply = await shop.call(order=replace(shop.order, ref=ref))
    assert not reply.accepted
    assert "{ref}" in (reply.description or "")
    assert not shop.run_folder.path.exists()


# --- what cannot be started ------------------------------------------------------------------------------


async def test_what_cannot_be_started_is_refused_with_the_systems_words(shop: Workshop) -> None:
    script = shop.directory / "deploy.sh"
    script.write_text("#!/bin/sh\nexit 0\n")
    shop.run = ("./missing.sh",)
    missing = await shop.call()
    shop.run, shop.order = ("./deploy.sh",), replace(shop.order, id="d-other")
    forbidden = await shop.call()
    script.chmod(0o700)
    shop.directory, shop.order = shop.folder / "nowhere", replace(shop.order, id="d-third")
    nowhere = await shop.call()
    assert [each.accepted for each in (missing, forbidden, nowhere)] == [False] * 3
    assert "No such file or directory: ./missing.sh" in (missing.description or "")
    assert "Permission denied: ./deploy.sh" in (forbidden.description or "")
    assert "No such file or directory: " + str(shop.directory) in (nowhere.description or "")


async def test_a_refusal_stays_one_when_it_is_asked_again(shop: Workshop) -> None:
    shop.run = ("./missing.sh",)
    first = await shop.call()
    (shop.directory / "missing.sh").write_text("#!/bin/sh\nexit 0\n")
    (shop.directory / "missing.sh").chmod(0o700)
    assert await shop.call() == first


@pytest.mark.parametrize(
    ("instance", "repository", "words"),
    [
        (InstancePolicy(), None, "runs no programs"),
        (None, Repository("evil", "shop", 2, 8), "not bound to evil/shop"),
    ],
    ids=["no programs at all", "another repository"],
)
async def test_a_repository_runs_only_what_the_instance_binds_to_it(
    shop: Workshop, instance: InstancePolicy | None, repository: Repository | None, words: str
) -> None:
    asked = replace(shop.order, repository=repository or shop.order.repository)
    with pytest.raises(LastingFault, match=words) as fault:
        await shop.call(shop.driver(instance), asked)
    assert "commands" in fault.value.hint
    assert not shop.run_folder.path.exists()


def test_what_can_never_be_started_is_known_before_anybody_asks(shop: Workshop) -> None:
    assert problems(shop.instance) == ()
    shop.arguments = ("{enviroment}",)
    (problem,) = problems(shop.instance)
    assert "'deploy'" in problem
    assert "`{enviroment}` is no placeholder" in problem


# --- once, whatever happens ------------------------------------------------------------------------------


async def test_being_asked_again_starts_nothing_twice(shop: Workshop) -> None:
    shop.program("open('runs', 'a').write('1\\n'); gate('go')")
    driver = shop.driver()
    replies = [await shop.call(driver) for _ in range(3)]
    replies.append(await shop.call())
    shop.open("go")
    await shop.ended()
    replies.append(await shop.call())
    assert [each.accepted for each in replies] == [True] * 5
    assert [each.report.state for each in replies if each.report] == ["succeeded"]
    assert shop.made("runs") == "1\n"


async def test_a_bot_that_died_before_the_start_starts_it_when_it_is_back(shop: Workshop) -> None:
    """Its folder is there, and it is known that nothing was started in it."""
    shop.program("open('runs', 'a').write('1\\n')")
    shop.run_folder.path.mkdir(parents=True)
    assert (await shop.call()).accepted
    await shop.ended()
    assert shop.made("runs") == "1\n"


async def test_while_another_watcher_is_about_to_start_it_nothing_is_started(shop: Workshop) -> None:
    shop.program("open('runs', 'a').write('1\\n')")
    shop.run_folder.path.mkdir(parents=True)
    with (shop.run_folder.path / "alive").open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        with pytest.raises(PassingFault) as fault:
            await shop.call()
    assert fault.value.applied_maybe
    assert shop.made("runs") is None


async def test_a_disk_that_fails_after_the_start_leaves_it_in_doubt_and_starts_nothing_twice(
    shop: Workshop,
) -> None:
    shop.program("open('runs', 'a').write('1\\n'); gate('go')")
    in_the_way = shop.run_folder.path.parent / "machine"
    in_the_way.mkdir(parents=True)
    with pytest.raises(PassingFault) as fault:
        await shop.call()
    assert fault.value.applied_maybe
    in_the_way.rmdir()
    assert (await shop.call()).accepted
    shop.open("go")
    await shop.ended()
    assert shop.made("runs") == "1\n"


async def test_a_disk_that_fails_before_the_start_has_started_nothing(shop: Workshop) -> None:
    shop.program("open('runs', 'a').write('1\\n')")
    (shop.run_folder.path / "started").mkdir(parents=True)
    (shop.run_folder.path / "exit").mkdir()
    driver = shop.driver()
    for ask in (partial(shop.call, driver), partial(shop.look, driver), partial(shop.cancel, driver)):
        with pytest.raises(PassingFault) as fault:
            await ask()
        assert not fault.value.applied_maybe
    assert shop.made("runs") is None
    (shop.run_folder.path / "exit").rmdir()


async def test_started_and_then_nobody_there_means_that_its_end_is_not_known(shop: Workshop) -> None:
    """The machine restarted in the middle: it is not started again, and people are asked."""
    shop.program("open('runs', 'a').write('1\\n'); gate('go')")
    await shop.call()
    shop.open("go")
    await shop.over()
    await shop.unwatched()
    (shop.run_folder.path / "exit").unlink()
    driver = shop.driver()
    reply = await shop.call(driver)
    assert (reply.accepted, reply.look_after) == (True, 0.0)
    assert (await shop.look(driver, **reply.handle)).lost == LOST
    assert shop.made("runs") == "1\n"


# --- a restart of the bot --------------------------------------------------------------------------------


async def test_a_program_goes_on_while_the_bot_is_away_and_is_followed_again(shop: Workshop) -> None:
    shop.program("say('first half'); gate('go'); say('second half 80%'); gate('end'); say('done')")
    first = shop.driver()
    await shop.call(first)
    await shop.reported("first half")
    assert os.getsid(shop.watcher) != os.getsid(0), "it would end with the bot's terminal"
    await first.close()
    shop.open("go")
    second = shop.driver()
    look = await shop.look(second)
    assert look.report is not None
    assert (look.report.state, look.look_after) == ("in_progress", LOOK_SECONDS)
    assert (await shop.reported("second half 80%")).percent == 80.0
    shop.open("end")
    assert (await shop.ended()).state == "succeeded"
    assert (look.report.sequence or 0) <= (shop.heard.reports[-2].sequence or 0)


async def test_what_ended_while_the_bot_was_away_is_seen_at_the_first_look(shop: Workshop) -> None:
    shop.program("gate('go'); say('out of memory'); sys.exit(9)")
    first = shop.driver()
    await shop.call(first)
    await first.close()
    shop.open("go")
    await shop.over()
    look = await shop.look(shop.driver())
    assert look.report is not None
    assert (look.report.state, look.report.description) == ("failed", "exit code 9: out of memory")
    assert (look.lost, look.look_after) == (None, None)
    assert shop.heard.reports == []


async def test_a_run_that_is_on_another_machine_is_left_to_it(shop: Workshop) -> None:
    driver = shop.driver()
    elsewhere = await shop.look(driver, machine="another")
    assert (elsewhere.report, elsewhere.lost, elsewhere.look_after) == (None, None, 30.0)
    with pytest.raises(PassingFault):
        await shop.cancel(driver, machine="another")
    assert (await shop.look(driver, machine=shop.runs.machine)).lost == GONE


# --- ending it -------------------------------------------------------------------------------------------

STUBBORN_CHILD = (
    "code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); '\\\n"
    '       \'open("ready", "w").write("1\\\\n"); time.sleep(60)\'\n'
    "child = subprocess.Popen([sys.executable, '-c', code])\n"
    "gate('ready')\n"
    "open('pids', 'w').write(f'{os.getpid()} {child.pid}\\n')\n"
    "say('at work')\n"
    "gate('never')\n"
)


async def pids(shop: Workshop) -> list[int]:
    return [int(each) for each in (await until("the programs", lambda: shop.made("pids"))).split()]


async def test_a_cancelled_program_ends_with_all_that_it_called(shop: Workshop) -> None:
    shop.program(STUBBORN_CHILD)
    driver = shop.driver()
    await shop.call(driver)
    both = await pids(shop)
    assert (await shop.cancel(driver)).accepted
    end = await shop.ended()
    assert (end.state, (end.description or "").split(" (")[0]) == ("cancelled", "told to end on request")
    await until("the end of both", lambda: not any(is_running(pid) for pid in both))


async def test_a_cancelled_program_may_put_things_in_order(shop: Workshop) -> None:
    shop.program(
        "def tidy(number, frame):\n"
        "    say('lock released'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, tidy)\n"
        "say('ready'); gate('never')"
    )
    driver = shop.driver()
    await shop.call(driver)
    await shop.reported("ready")
    await shop.cancel(driver)
    end = await shop.ended()
    assert (end.state, end.description) == (
        "cancelled",
        "told to end on request (exit code 0): lock released",
    )


async def test_the_next_bot_can_end_what_the_one_before_started(shop: Workshop) -> None:
    shop.program("gate('never')")
    first = shop.driver()
    await shop.call(first)
    await first.close()
    second = shop.driver()
    assert (await shop.cancel(second)).accepted
    await shop.over()
    look = await shop.look(second)
    assert look.report is not None
    assert look.report.state == "cancelled"


async def test_what_has_ended_cannot_be_cancelled_and_says_how_it_ended(shop: Workshop) -> None:
    shop.program("pass")
    driver = shop.driver()
    await shop.call(driver)
    await shop.ended()
    reply = await shop.cancel(driver)
    assert not reply.accepted
    assert reply.report is not None
    assert reply.report.state == "succeeded"


async def test_a_machine_that_ends_its_services_fails_the_deployment_and_says_so(shop: Workshop) -> None:
    shop.program(STUBBORN_CHILD)
    await shop.call()
    both = await pids(shop)
    os.kill(shop.watcher, signal.SIGTERM)
    end = await shop.ended()
    assert end.state == "failed"
    assert "told to end by this machine" in (end.description or "")
    await until("the end of both", lambda: not any(is_running(pid) for pid in both))


async def test_a_program_whose_watcher_was_killed_is_ended_and_its_end_is_not_known(shop: Workshop) -> None:
    shop.program(STUBBORN_CHILD)
    driver = shop.driver()
    await shop.call(driver)
    both = await pids(shop)
    os.kill(shop.watcher, signal.SIGKILL)
    await until("the end of both", lambda: not any(is_running(pid) for pid in both))
    await shop.over()
    assert (await shop.look(driver)).lost == UNWATCHED
    reply = await shop.cancel(driver)
    assert (reply.accepted, reply.report) == (False, None)


# --- what it says ----------------------------------------------------------------------------------------


async def test_ten_megabytes_of_hostile_output_cost_little_and_are_shown_as_plain_text(
    shop: Workshop,
) -> None:
    shop.program(
        "junk = '\\x1b[31m@here \\x00\\u202e\\x07<!channel> \\x1b]0;title\\x07'.encode()\n"
        "for _ in range(10_000_000 // len(junk)): sys.stdout.buffer.write(junk)\n"
        "sys.stdout.buffer.flush(); sys.exit(1)"
    )
    await shop.call()
    end = await shop.ended()
    assert end.state == "failed"
    assert (end.description or "").isprintable()
    assert len(end.description or "") <= 500
    output = await shop.output()
    assert output.truncated
    assert len(output.text) < 600_000
    assert all(each.isprintable() or each == "\n" for each in output.text)
    assert "bytes left out" in output.text
    assert sum(path.stat().st_size for path in shop.run_folder.path.iterdir()) < 1_000_000


async def test_the_first_and_the_last_lines_of_a_long_output_are_kept(shop: Workshop) -> None:
    shop.program("for number in range(200_000): print(f'line {number:06}')")
    await shop.call()
    await shop.ended()
    lines = (await shop.output()).text.splitlines()
    gap = next(index for index, line in enumerate(lines) if "bytes left out" in line)
    assert lines[:gap] == [f"line {number:06}" for number in range(gap)]
    assert lines[gap + 1 :] == [
        f"line {number:06}" for number in range(200_000 - (len(lines) - gap - 1), 200_000)
    ]
    missing = int(lines[gap].split()[1].replace(",", ""))
    assert missing == (200_000 - len(lines) + 1) * len("line 000000\n")


async def test_output_is_there_while_it_runs(shop: Workshop) -> None:
    shop.program("say('one'); say('two'); gate('go')")
    await shop.call()
    await shop.reported("two")
    output = await shop.output()
    assert (output.text, output.truncated, output.live) == ("one\ntwo\n", False, True)
    shop.open("go")
    await shop.ended()
    assert not (await shop.output()).live


async def test_secrets_are_left_out_of_all_that_is_said(shop: Workshop) -> None:
    shop.environ |= {"DEPLOY_TOKEN": "s3cret-value", "REGION": "europe-west"}
    shop.variables = ("DEPLOY_TOKEN", "REGION")
    shop.program(
        "say('using ' + os.environ['DEPLOY_TOKEN'] + ' in ' + os.environ['REGION']); gate('go'); sys.exit(1)"
    )
    await shop.call()
    await shop.reported("using [redacted] in europe-west")
    shop.open("go")
    assert (await shop.ended()).description == "exit code 1: using [redacted] in europe-west"
    assert (await shop.output()).text == "using [redacted] in europe-west\n"
