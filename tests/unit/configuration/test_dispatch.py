"""What a configuration says of its workflows, against the workflow files that there are."""

# ruff: noqa: E501 - a row of a table is one case

import pytest

from bot.configuration import (
    ConfigurationFile,
    RepositoryReading,
    Surroundings,
    Unusable,
    WorkflowFiles,
    effective_policy,
    workflows_named,
)
from bot.domain.driver_rules import DriverKey, DriverRule
from bot.sandbox.github.actions.example import DEPLOY_WORKFLOW
from tests.unit.configuration.samples import FILE, errors, warnings

DRIVERS = {
    "github_actions": DriverRule(
        "A workflow of the repository.",
        (
            DriverKey("workflow", "workflow", "The workflow's file.", required=True),
            DriverKey("inputs", "text_map", "More inputs."),
        ),
        inputs=("sha", "environment", "service", "deployment"),
    ),
    "other": DriverRule("Another one.", (DriverKey("workflow", "text", "No file at all."),)),
}
CONFIGURATION = """\
version: 1
services:
  api:
    deploy:
      driver: github_actions
      workflow: deploy.yml
environments: {staging: {}, production: {}}
"""
ALL = "sha: {}, environment: {}, service: {}, deployment: {}"


def workflow(
    inputs: str = ALL, run_name: str = "${{ inputs.deployment }}", job: str = "${{ inputs.sha }}"
) -> bytes:
    return (
        f"on:\n  push:\n  workflow_dispatch:\n    inputs: {{{inputs}}}\n"
        f"run-name: {run_name}\njobs:\n  ship:\n    steps: [{{with: {{ref: '{job}'}}}}]\n"
    ).encode()


def judged(files: WorkflowFiles | None, text: str = CONFIGURATION) -> RepositoryReading:
    return effective_policy(ConfigurationFile(FILE, text), None, Surroundings(DRIVERS, workflows=files))


def problems(found: bytes | Unusable | None, inputs: str = "") -> list[str]:
    text = (
        CONFIGURATION.replace("deploy.yml", f"deploy.yml\n      inputs: {{{inputs}}}")
        if inputs
        else CONFIGURATION
    )
    return errors(judged({"deploy.yml": found}, text).findings)


def advice(found: bytes) -> list[str]:
    reading = judged({"deploy.yml": found})
    assert reading.policy is not None, reading.findings
    return warnings(reading.findings)


def test_a_workflow_that_declares_what_it_is_sent_is_right() -> None:
    assert judged({"deploy.yml": workflow()}).findings == ()


def test_the_workflow_of_the_demo_is_right() -> None:
    assert problems(DEPLOY_WORKFLOW.encode(), "region: eu") == []
    assert advice(DEPLOY_WORKFLOW.encode()) == []


def test_what_nobody_looked_up_is_not_judged() -> None:
    assert judged(None).findings == ()


def test_a_file_that_is_not_there_is_told_at_the_key_that_names_it() -> None:
    assert problems(None) == ["6:17: there is no file `.github/workflows/deploy.yml` in this repository"]


def test_a_file_that_cannot_be_used_says_why() -> None:
    assert problems(Unusable("this is a folder; it must be a file")) == [
        "6:17: `deploy.yml` cannot be read: this is a folder; it must be a file"
    ]


@pytest.mark.parametrize(
    "text,words",
    [
        (b"on: [push\n", "line 2, column 1: this is not valid YAML"),
        (b"on: \xff\n", "line 1, column 5: the file is not UTF-8 text"),
        (b"on: push\non: push\n", "line 2, column 1: the key `on` stands here a second time"),
        (b"- on\n", "the file must be a map"),
        (b"on: *nobody\n", "there is no anchor `&nobody` before this alias"),
        (b"on: &on [*on]\n", "there is no anchor `&on` before this alias"),
        (b"x" * (256 * 1024 + 1), "the file has 262145 bytes; the limit is 262144"),
        (b"[" * 40, "nested more than 32 deep"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: bytes, words: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("6:17: `deploy.yml` cannot be read: line ")
    assert words in problem


@pytest.mark.parametrize(
    "on", ["", "on:\n", "on: push\n", "on: [push, workflow_call]\n", "on: {push: }\n", "on: 5\n"]
)
def test_a_workflow_that_cannot_be_started_gets_the_lines_to_paste(on: str) -> None:
    (problem,) = problems(f"name: x\n{on}".encode())
    assert problem.startswith(
        "6:17: `deploy.yml` cannot be started: `on` lacks `workflow_dispatch`; put there"
    )
    assert "`workflow_dispatch: {inputs: {sha: {type: string, required: true}, environment: {" in problem


@pytest.mark.parametrize(
    "on",
    ["workflow_dispatch", "[push, workflow_dispatch]", "{workflow_dispatch: }", "{workflow_dispatch: {}}"],
)
def test_missing_inputs_are_listed_with_the_lines_to_paste(on: str) -> None:
    (problem,) = problems(f"on: {on}\n".encode())
    assert "does not declare the inputs `sha`, `environment`, `service` and `deployment`" in problem
    assert problem.endswith("and `deployment: {type: string, required: true}`")


def test_a_single_missing_input_is_named() -> None:
    (problem,) = problems(workflow("sha: , environment: , service: "))
    assert problem == (
        "6:17: `deploy.yml` does not declare the input `deployment`; "
        "put under `on.workflow_dispatch.inputs`: `deployment: {type: string, required: true}`"
    )


@pytest.mark.parametrize(
    "declared", ["{required: true}", "{required: 'true'}", "{required: true, default: ''}"]
)
def test_a_required_input_that_nobody_gives_is_an_error(declared: str) -> None:
    (problem,) = problems(workflow(f"{ALL}, region: {declared}"))
    assert "requires the input `region`, which nobody gives" in problem
    assert problems(workflow(f"{ALL}, region: {declared}"), "region: eu") == []


@pytest.mark.parametrize("declared", ["", "{}", "{required: false}", "{required: true, default: eu}", "5"])
def test_an_input_that_may_be_left_out_is_no_problem(declared: str) -> None:
    assert problems(workflow(f"{ALL}, region: {declared}")) == []


def test_a_configured_input_that_is_not_declared_gets_the_nearest_one() -> None:
    assert problems(workflow(f"{ALL}, region: "), "regoin: eu") == [
        "7:16: `deploy.yml` declares no input `regoin`; did you mean `region`?"
    ]


def test_what_is_said_for_each_deployment_is_not_configured() -> None:
    assert problems(workflow(), "sha: main") == ["7:16: `sha` is said for each deployment; leave it out here"]


@pytest.mark.parametrize(
    "declared,given,words",
    [
        ("{type: choice, options: [eu-west, us]}", "eu-wset", "`eu-wset` is none of the options that `deploy.yml` has for it; did you mean `eu-west`?"),
        ("{type: choice, options: [eu, us]}", "moon", "none of the options that `deploy.yml` has for it; it has `eu` and `us`"),
        ("{type: choice}", "eu", "none of the options"),
        ("{type: boolean}", "'yes'", "it has `true` and `false`"),
        ("{type: number}", "many", "`deploy.yml` takes a number here"),
    ],
)  # fmt: skip
def test_a_configured_value_has_to_be_one_that_the_input_takes(declared: str, given: str, words: str) -> None:
    (problem,) = problems(workflow(f"{ALL}, region: {declared}"), f"region: {given}")
    assert problem.startswith("7:24: ")
    assert words in problem


@pytest.mark.parametrize(
    "declared,given",
    [
        ("{type: choice, options: [eu, us]}", "us"),
        ("{type: choice, options: [1, 2]}", "'2'"),
        ("{type: choice, options: [true, false]}", "'true'"),
        ("{type: boolean}", "'false'"),
        ("{type: number}", "'1.5'"),
        ("{type: environment}", "blue"),
        ("{type: string}", "anything"),
    ],
)
def test_a_configured_value_that_the_input_takes_is_right(declared: str, given: str) -> None:
    assert problems(workflow(f"{ALL}, region: {declared}"), f"region: {given}") == []


@pytest.mark.parametrize(
    "inputs,words",
    [
        (ALL.replace("environment: {}", "environment: {type: choice, options: [staging]}"), "the input `environment` of `deploy.yml` lacks the option `production`"),
        (ALL.replace("service: {}", "service: {type: choice, options: [web]}"), "the input `service` of `deploy.yml` lacks the option `api`"),
        (ALL.replace("sha: {}", "sha: {type: choice, options: [main]}"), "is of the type `choice`; it has to be `string`"),
        (ALL.replace("sha: {}", "sha: {type: number}"), "is of the type `number`"),
        (ALL.replace("service: {}", "service: {type: environment}"), "is of the type `environment`"),
        (ALL.replace("deployment: {}", "deployment: {type: boolean}"), "is of the type `boolean`"),
    ],
)  # fmt: skip
def test_our_own_inputs_have_to_take_every_value_that_there_can_be(inputs: str, words: str) -> None:
    (problem,) = problems(workflow(inputs))
    assert problem.startswith("6:17: ")
    assert words in problem


@pytest.mark.parametrize(
    "inputs",
    [
        ALL.replace("environment: {}", "environment: {type: choice, options: [production, other, staging]}"),
        ALL.replace("environment: {}", "environment: {type: environment}"),
        ALL.replace("service: {}", "service: {type: choice, options: [api, web]}"),
        ALL.replace("sha: {}", "sha: {type: string}"),
    ],
)
def test_options_that_hold_every_value_are_right(inputs: str) -> None:
    assert problems(workflow(inputs)) == []


def test_github_takes_only_so_many_inputs() -> None:
    many = ", ".join(f"input-{number}: " for number in range(22))
    (declared,) = problems(workflow(f"{ALL}, {many}"))
    assert "26 inputs are declared by `deploy.yml`; GitHub takes at most 25" in declared
    given = ", ".join(f"input-{number}: x" for number in range(22))
    assert "26 inputs are sent; GitHub takes at most 25" in problems(workflow(f"{ALL}, {many}"), given)[1]


@pytest.mark.parametrize(
    "run_name", ["Deploy", "", "${{ inputs.deployments }}", "${{ inputs.deployment-id }}"]
)
def test_a_run_that_cannot_be_found_by_its_name_is_a_warning(run_name: str) -> None:
    (warning,) = advice(workflow(run_name=run_name))
    assert warning.startswith(
        "6:17: the `run-name` of `deploy.yml` does not contain `${{ inputs.deployment }}`"
    )
    assert "cannot be found again" in warning


@pytest.mark.parametrize("job", ["main", "${{ github.sha }}", "${{ inputs.sha256 }}"])
def test_a_workflow_that_ships_something_else_is_a_warning(job: str) -> None:
    (warning,) = advice(workflow(job=job))
    assert "no job of `deploy.yml` uses `inputs.sha`" in warning
    assert "`ref: ${{ inputs.sha }}`" in warning


@pytest.mark.parametrize("form", ["inputs.sha", "github.event.inputs.sha", "Inputs . SHA", "inputs[''sha'']"])
def test_every_form_of_an_expression_counts_as_use(form: str) -> None:
    assert advice(workflow(job="${{ " + form + " }}")) == []


def test_the_environment_of_all_jobs_counts_as_use() -> None:
    text = workflow(job="${{ env.COMMIT }}") + b"env: {COMMIT: '${{ inputs.sha }}'}\n"
    assert advice(text) == []


def test_anchors_and_other_things_that_only_github_knows_are_read() -> None:
    text = b"""\
on:
  workflow_dispatch:
    inputs:
      sha: &text {type: string, required: true}
      environment: *text
      service: *text
      deployment: *text
      build: {type: string, default: 123456789012345678901234567890}
run-name: "${{ inputs.deployment }}"
env: {1: one, ~: none, [a]: b, SIZE: .inf}
jobs: {ship: {<<: {a: !tagged b}, steps: [{run: "git checkout ${{ inputs.sha }}"}]}}
"""
    assert advice(text) == []


def test_a_value_that_stands_at_a_million_places_is_looked_at_once() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 30))]
    bomb = "\n".join(["jobs:", *(f"  {line}" for line in lines)])
    (warning,) = advice(workflow().replace(b"jobs:", b"more:") + bomb.encode())
    assert "uses `inputs.sha`" in warning


def test_a_parameter_that_every_deployment_has_must_be_an_input() -> None:
    text = (
        CONFIGURATION + "params: {verbose: {type: boolean, default: false}, sha: {type: text, default: x}}\n"
    )
    assert errors(judged({"deploy.yml": workflow()}, text).findings) == [
        "8:10: `deploy.yml` declares no input `verbose`, and every deployment has it"
    ]
    declared = workflow(f"{ALL}, verbose: {{type: boolean, required: true}}")
    assert judged({"deploy.yml": declared}, text).findings == ()


def test_a_parameter_that_may_be_given_should_be_an_input() -> None:
    text = CONFIGURATION + "params: {verbose: {type: boolean}}\n"
    reading = judged({"deploy.yml": workflow()}, text)
    assert reading.policy is not None
    assert warnings(reading.findings) == [
        "8:10: `deploy.yml` declares no input `verbose`: a deployment to which it is given is refused"
    ]
    assert judged({"deploy.yml": workflow(f"{ALL}, verbose: {{required: true}}")}, text).findings == ()


def test_a_shape_of_the_files_name_is_asked_for() -> None:
    for name in ("../deploy.yml", "sub/deploy.yml", "deploy.txt", "'.yml '"):
        text = CONFIGURATION.replace("deploy.yml", name)
        (problem,) = errors(judged({}, text).findings)
        assert "is not a workflow's file: it is a file's name in `.github/workflows`" in problem


def test_the_workflows_that_a_file_names_are_found_in_spite_of_its_mistakes() -> None:
    text = CONFIGURATION + "nonsense: 1\n"
    assert workflows_named(text, DRIVERS) == ("deploy.yml",)
    assert workflows_named(text.replace("github_actions", "other"), DRIVERS) == ()
    assert workflows_named(text.replace("deploy.yml", "../deploy.yml"), DRIVERS) == ()
    assert workflows_named("services: [", DRIVERS) == ()


def test_only_so_many_workflows_are_looked_at_and_the_others_are_named() -> None:
    deploy = "{deploy: {driver: github_actions, workflow: w%d.yml}}"
    services = ", ".join(f"s{number}: {deploy % number}" for number in range(21))
    text = f"version: 1\nservices: {{{services}}}\n"
    names = workflows_named(text, DRIVERS)
    assert len(names) == 20
    reading = judged(dict.fromkeys(names, workflow()), text)
    assert reading.policy is not None
    assert [each.message for each in reading.findings] == [
        "`w20.yml` was not looked at: at most 20 workflow files are"
    ]


def test_a_workflow_of_two_services_is_told_at_both() -> None:
    text = CONFIGURATION.replace(
        "  api:", "  web: {deploy: {driver: github_actions, workflow: deploy.yml}}\n  api:"
    )
    assert len(errors(judged({"deploy.yml": b"on: push\n"}, text).findings)) == 2
