"""What is read from a workflow file, and what is refused."""

import pytest

from bot.sandbox.github import DEPLOY_WORKFLOW
from bot.sandbox.github.actions.workflow_file import InputRule, Unreadable, filled, read_workflow

PATH = ".github/workflows/x.yml"
JOBS = "jobs: {one: {runs-on: x, steps: [{run: make}]}}\n"


def test_the_example_can_be_dispatched_and_has_two_jobs_of_three_steps() -> None:
    file = read_workflow(DEPLOY_WORKFLOW, PATH)
    assert (file.name, file.run_name.count("${{ inputs.deployment }}")) == ("Deploy", 1)
    assert file.inputs is not None
    assert [rule.name for rule in file.inputs] == ["sha", "environment", "service", "deployment", "region"]
    assert file.inputs[-1] == InputRule("region", "choice", False, "eu", ("eu", "us"))
    assert [(job.key, job.needs, len(job.steps)) for job in file.jobs] == [
        ("build", (), 3),
        ("deploy", ("build",), 3),
    ]
    assert file.jobs[1].environment == "${{ inputs.environment }}"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("workflow_dispatch", ()),
        ("[push, workflow_dispatch]", ()),
        ("{workflow_dispatch: }", ()),
        ("{workflow_dispatch: {inputs: {a: }}}", (InputRule("a"),)),
        ("push", None),
        ("[push]", None),
        ("{push: {branches: [main]}}", None),
    ],
)
def test_a_file_says_whether_and_how_it_can_be_dispatched(
    on: str, expected: tuple[InputRule, ...] | None
) -> None:
    assert read_workflow(f"on: {on}\n{JOBS}", PATH).inputs == expected


def test_what_has_no_name_is_called_by_its_path_key_or_command() -> None:
    file = read_workflow("on: push\njobs: {one: {steps: [{uses: a/b@v1}, {run: 'make\n\n  x'}]}}", PATH)
    assert (file.name, file.run_name) == (PATH, "")
    assert (file.jobs[0].name, file.jobs[0].steps) == ("one", ("Run a/b@v1", "Run make"))


def test_an_environment_may_be_a_map() -> None:
    text = "on: push\njobs: {one: {environment: {name: staging, url: https://x}, steps: [{run: make}]}}"
    assert read_workflow(text, PATH).jobs[0].environment == "staging"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "expected"),
        ("- a", "the file: must be a map"),
        ("on: push", "jobs: must be a map"),
        ("on: push\njobs: {}", "at least one job"),
        ("on: {workflow_dispatch: {inputs: {a: {type: date}}}}\n" + JOBS, "unexpected value 'date'"),
        ("on: {workflow_dispatch: {inputs: {a: {type: choice}}}}\n" + JOBS, "needs options"),
        (
            "on: {workflow_dispatch: {inputs: {" + ", ".join(f"i{n}: " for n in range(26)) + "}}}\n" + JOBS,
            "up to 25",
        ),
        ("on: push\njobs: {one: {if: always(), steps: [{run: a}]}}", "jobs.one.if is not simulated"),
        ("on: push\njobs: {one: {strategy: {}, steps: [{run: a}]}}", "jobs.one.strategy is not simulated"),
        ("on: push\njobs: {one: {uses: ./x.yml}}", "jobs.one.uses is not simulated"),
        ("on: push\njobs: {one: {steps: []}}", "needs steps"),
        ("on: push\njobs: {one: {steps: [{name: a}]}}", "`run` or `uses`"),
        ("on: push\njobs: {one: {steps: [{run: a, if: b}]}}", "if is not simulated"),
        ("on: push\njobs: {one: {needs: two, steps: [{run: a}]}}", "not there, or a circle"),
        ("on: push\njobs: {one: {needs: one, steps: [{run: a}]}}", "not there, or a circle"),
        ("on: push\nname: [a]\n" + JOBS, "name: must be text"),
    ],
)
def test_what_is_no_workflow_or_is_not_simulated_is_refused(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_workflow(text, PATH)


def test_inputs_and_context_are_put_into_texts() -> None:
    text = (
        "${{ inputs.A }}${{ inputs['a'] }}-${{github.event.inputs.a-b}}${{ inputs.x }} by ${{ github.actor }}"
    )
    assert filled(text, {"a": "1", "a-b": "2"}, {"github.actor": "ada"}) == "11-2 by ada"


@pytest.mark.parametrize("expression", ["secrets.TOKEN", "inputs.a || 'x'", "format('{0}', inputs.a)"])
def test_an_expression_that_is_not_simulated_is_refused(expression: str) -> None:
    with pytest.raises(Unreadable, match="is not simulated"):
        filled("${{ " + expression + " }}", {}, {})
