"""What people type is read as exactly one command, or refused with the word that was not understood."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import SPAN_SECONDS_MAX, interpret, parse
from bot.commands.words import TEXT_CHARS_MAX, split
from bot.domain.phrasing import format_command
from bot.domain.speech import (
    KNOWN_WORDS,
    ONLY_IF_ASKED,
    REASON_CHARS_MAX,
    USAGE,
    Approve,
    Cancel,
    Command,
    Confusion,
    Deploy,
    Expected,
    Freeze,
    Help,
    Keep,
    Link,
    Lock,
    Misunderstood,
    Param,
    Parsed,
    RawCommand,
    Reject,
    Resume,
    Retry,
    Rollback,
    Scale,
    ServiceRef,
    Status,
    Unfreeze,
    Unlock,
    Vocabulary,
    Why,
    is_ref,
    read_id,
)
from tests.unit.commands.counting import steps

PARAMS = {
    "verbose": Param("boolean"),
    "ratio": Param("number"),
    "note": Param("text"),
    "size": Param("choice", ("small", "Large")),
}
SHOP = Vocabulary(services=("api", "web", "worker"), environments=("staging", "production"), params=PARAMS)
SINGLE = Vocabulary(services=("api",), environments=("staging", "production"), params=PARAMS)
API = (ServiceRef("api"),)


def deploy(environment: str = "production", **parts: Any) -> Deploy:
    return Deploy(environment=environment, **{"services": API, **parts})


def confusion(text: str, vocabulary: Vocabulary = SHOP) -> Misunderstood:
    parsed = parse(text, vocabulary)
    assert isinstance(parsed, Misunderstood), parsed
    return parsed


@pytest.mark.parametrize(
    "text, expected",
    [
        ("deploy api production", deploy()),
        ("/deploy api production", deploy()),
        ("  Deploy   API\tPRODUCTION ", deploy()),
        ("deploy api\u00a0production\u2028", deploy()),
        ("deploy a\u200bpi produc\ufefftion", deploy()),
        ("deploy api@feature/x production", deploy(services=(ServiceRef("api", "feature/x"),))),
        ("deploy api @feature/x production", deploy(ref="feature/x")),
        ("deploy api production @v1.2", deploy(ref="v1.2")),
        ("deploy api production ref=v1.2", deploy(ref="v1.2")),
        (
            "deploy api@a1b2c3d web @main staging",
            deploy("staging", services=(ServiceRef("api", "a1b2c3d"), ServiceRef("web")), ref="main"),
        ),
        ("deploy all production", deploy(services=(), all_services=True)),
        ("deploy all@v2 production", deploy(services=(), all_services=True, ref="v2")),
        ("deploy Acme/Shop.js api production", deploy(repository="Acme/Shop.js")),
        ("deploy api production verbose=yes", deploy(params={"verbose": True})),
        ("deploy api production VERBOSE=False", deploy(params={"verbose": False})),
        ("deploy api production ratio=1 size=large", deploy(params={"ratio": 1.0, "size": "Large"})),
        ('deploy api production note="two words"', deploy(params={"note": "two words"})),
        ("deploy api production note=\u201ctwo words\u201d", deploy(params={"note": "two words"})),
        (
            r'deploy api production note="say \"hi\" \\ C:\temp"',
            deploy(params={"note": 'say "hi" \\ C:\\temp'}),
        ),
        ('deploy api production note=""', deploy(params={"note": ""})),
        ("deploy api production note=it's=so", deploy(params={"note": "it's=so"})),
        ("deploy verbose=on api production", deploy(params={"verbose": True})),
        ("deploy api production --dry-run", deploy(dry_run=True)),
        ("deploy --dry-run api production", deploy(dry_run=True)),
        ("deploy api production \u2014dry-run", deploy(dry_run=True)),
        ("deploy api production \u2013Dry\u2011Run", deploy(dry_run=True)),
        (
            "deploy api production --emergency because The shop  is “down” -- now",
            deploy(emergency=True, because="The shop  is “down” -- now"),
        ),
        ("deploy api production BECAUSE because", deploy(because="because")),
        ("deploy api production because \u202ehidden\u202c 👩\u200d💻 ", deploy(because="hidden 👩\u200d💻")),
        ("deploy api production because x\x00y", deploy(because="xy")),
    ],
)
def test_a_deployment_is_read_as_it_was_written(text: str, expected: Deploy) -> None:
    assert parse(text, SHOP) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("rollback api production", Rollback(service="api", environment="production")),
        (
            "rollback acme/shop api production to d-0123456789 because it burns",
            Rollback(
                service="api",
                environment="production",
                to="d-0123456789",
                because="it burns",
                repository="acme/shop",
            ),
        ),
        ("rollback api staging TO V1", Rollback(service="api", environment="staging", to="V1")),
        (
            "rollback api staging to D-O1234L6789",
            Rollback(service="api", environment="staging", to="d-0123416789"),
        ),
        ("status", Status()),
        ("status api", Status(service="api")),
        ("status production", Status(environment="production")),
        (
            "status acme/shop api production",
            Status(service="api", environment="production", repository="acme/shop"),
        ),
        ("", Help()),
        ("help", Help()),
        ("help /Deploy", Help(topic="deploy")),
        ("rollback --help", Help(topic="rollback")),
        ("help --help", Help()),
        ("keep", Keep()),
        ("keep d-0123456789", Keep(id="d-0123456789")),
        ("retry R-0123456789 because flaky", Retry(id="r-0123456789", because="flaky")),
        ("resume r-0123456789", Resume(id="r-0123456789")),
        ("approve", Approve()),
        ("reject because not now", Reject(because="not now")),
        ("cancel d-0123456789", Cancel(id="d-0123456789")),
        ("lock", Lock()),
        ("unlock", Unlock()),
        ("lock all", Lock(all_targets=True)),
        (
            "lock production api for 1h30m because migration",
            Lock(targets=("production", "api"), lasts_seconds=5400, because="migration"),
        ),
        ("unlock api because done", Unlock(targets=("api",), because="done")),
        ("freeze production for 2d", Freeze(environment="production", lasts_seconds=172_800)),
        ("unfreeze production", Unfreeze(environment="production")),
        ("scale api production 12", Scale(service="api", environment="production", count=12)),
        ("why", Why()),
        ("why acme/shop#12", Why(subject="acme/shop#12")),
        ("link", Link()),
    ],
)
def test_every_other_command_is_read_as_it_was_written(text: str, expected: Command) -> None:
    assert parse(text, SHOP) == expected


def test_the_service_may_be_left_out_where_there_is_one() -> None:
    assert parse("deploy @v2 production", SINGLE) == deploy(ref="v2")
    assert parse("rollback production", SINGLE) == Rollback(service="api", environment="production")
    assert parse("status production", SINGLE) == Status(environment="production")


@pytest.mark.parametrize(
    "text, code, token",
    [
        ("depoly api production", Confusion.UNKNOWN_COMMAND, "depoly"),
        ("help depoly", Confusion.UNKNOWN_COMMAND, "depoly"),
        ("deploy main production", Confusion.UNKNOWN_NAME, "main"),
        ("deploy production api", Confusion.WRONG_ORDER, "api"),
        ("deploy api prod", Confusion.UNKNOWN_NAME, "prod"),
        ("deploy api@v2 wrker@v1 production", Confusion.UNKNOWN_NAME, "wrker"),
        ("deploy \u0430pi production", Confusion.UNKNOWN_NAME, "\u0430pi"),
        ("deploy wor\u212aer production", Confusion.UNKNOWN_NAME, "wor\u212aer"),
        ("deploy acme/shop acme/other api production", Confusion.UNKNOWN_NAME, "acme/other"),
        ("deploy api to production", Confusion.UNKNOWN_NAME, "to"),
        ("deploy `api` production", Confusion.UNKNOWN_NAME, "`api`"),
        ("deploy", Confusion.MISSING_ENVIRONMENT, ""),
        ("deploy api", Confusion.MISSING_ENVIRONMENT, ""),
        ("deploy production", Confusion.MISSING_SERVICE, ""),
        ("deploy api api@v1 production", Confusion.REPEATED_NAME, "api"),
        ("deploy api production production", Confusion.REPEATED_NAME, "production"),
        ("deploy all all production", Confusion.REPEATED_NAME, "all"),
        ("deploy api staging production", Confusion.SECOND_ENVIRONMENT, "production"),
        ("deploy all api production", Confusion.ALL_WITH_NAMES, "api"),
        ("deploy api all production", Confusion.ALL_WITH_NAMES, "all"),
        ("deploy api production all", Confusion.WRONG_ORDER, "all"),
        ("deploy api production please", Confusion.UNEXPECTED, "please"),
        ("deploy api production@v2", Confusion.REF_NOT_TAKEN, "production@v2"),
        ("deploy api@ production", Confusion.BAD_REF, "api@"),
        ("deploy api@a..b production", Confusion.BAD_REF, "api@a..b"),
        ("deploy api @-rf production", Confusion.BAD_REF, "@-rf"),
        ("deploy api production ref=", Confusion.BAD_REF, "ref="),
        ("deploy api @a @b production", Confusion.REPEATED_REF, "@b"),
        ("deploy api @a production ref=b", Confusion.REPEATED_REF, "ref=b"),
        ("deploy api production verbos=true", Confusion.UNKNOWN_PARAM, "verbos"),
        ("deploy api production verbose=1 verbose=0", Confusion.BAD_VALUE, "verbose=1"),
        ("deploy api production note=a note=b", Confusion.REPEATED_PARAM, "note=b"),
        ("deploy api production note=", Confusion.MISSING_VALUE, "note="),
        ("deploy api production ratio=1_0", Confusion.BAD_VALUE, "ratio=1_0"),
        ("deploy api production ratio=nan", Confusion.BAD_VALUE, "ratio=nan"),
        ("deploy api production ratio=1e999", Confusion.BAD_VALUE, "ratio=1e999"),
        ("deploy api production size=larg", Confusion.BAD_VALUE, "size=larg"),
        ('deploy api production note="two words', Confusion.UNCLOSED_QUOTE, 'note="two'),
        ('deploy api production note="two"words', Confusion.UNCLOSED_QUOTE, 'note="two"words'),
        ("deploy api production --dryrun", Confusion.UNKNOWN_FLAG, "--dryrun"),
        ("deploy api production --", Confusion.UNKNOWN_FLAG, "--"),
        ("deploy api production -dry-run", Confusion.UNEXPECTED, "-dry-run"),
        ("deploy api production --emergency", Confusion.EMERGENCY_NEEDS_REASON, "--emergency"),
        ("deploy api production because", Confusion.REASON_MISSING, "because"),
        ("deploy api production because test --dry-run", Confusion.FLAG_AFTER_REASON, "--dry-run"),
        ("deploy api production because test \u2014emergency", Confusion.FLAG_AFTER_REASON, "--emergency"),
        ("deploy \u202eapi production", Confusion.HIDDEN_CHARACTERS, "U+202E"),
        ("deploy api production " + "x" * TEXT_CHARS_MAX, Confusion.TOO_LONG, ""),
        ("status api --dry-run", Confusion.FLAG_NOT_TAKEN, "--dry-run"),
        ("rollback api web production", Confusion.SECOND_SERVICE, "web"),
        ("rollback api api production", Confusion.REPEATED_NAME, "api"),
        ("rollback all production", Confusion.UNEXPECTED, "all"),
        ("rollback api@v1 production", Confusion.REF_NOT_TAKEN, "api@v1"),
        ("rollback api @v1 production", Confusion.REF_NOT_TAKEN, "@v1"),
        ("rollback api production verbose=true", Confusion.UNEXPECTED, "verbose=true"),
        ("rollback production", Confusion.MISSING_SERVICE, ""),
        ("rollback api", Confusion.MISSING_ENVIRONMENT, ""),
        ("rollback api production to", Confusion.MISSING_VALUE, "to"),
        ("rollback api production to v1 v2", Confusion.UNEXPECTED, "v2"),
        ("rollback api production to a..b", Confusion.BAD_REF, "a..b"),
        ("rollback api production to r-0123456789", Confusion.BAD_ID, "r-0123456789"),
        ("status production api", Confusion.WRONG_ORDER, "api"),
        ("status because x", Confusion.REASON_NOT_TAKEN, "because"),
        ("keep 12", Confusion.BAD_ID, "12"),
        ("keep d-0123456789 d-0123456788", Confusion.UNEXPECTED, "d-0123456788"),
        ("lock api api", Confusion.REPEATED_NAME, "api"),
        ("lock api all", Confusion.ALL_WITH_NAMES, "all"),
        ("lock nothing", Confusion.UNKNOWN_NAME, "nothing"),
        ("lock api@v1", Confusion.REF_NOT_TAKEN, "api@v1"),
        ("lock for 2h", Confusion.MISSING_TARGET, ""),
        ("unlock because done", Confusion.MISSING_TARGET, ""),
        ("lock api for ever", Confusion.BAD_DURATION, "ever"),
        ("lock api for", Confusion.MISSING_VALUE, "for"),
        ("unlock api for 2h", Confusion.UNKNOWN_NAME, "for"),
        ("freeze", Confusion.MISSING_ENVIRONMENT, ""),
        ("freeze api", Confusion.UNEXPECTED, "api"),
        ("freeze api production", Confusion.UNEXPECTED, "api"),
        ("freeze staging production", Confusion.SECOND_ENVIRONMENT, "production"),
        ("scale api production", Confusion.MISSING_VALUE, ""),
        ("scale", Confusion.MISSING_ENVIRONMENT, ""),
        ("scale api production -1", Confusion.BAD_VALUE, "-1"),
        ("scale 3 api production", Confusion.UNKNOWN_NAME, "3"),
        ("status production foo", Confusion.UNEXPECTED, "foo"),
        ("scale api 3", Confusion.MISSING_ENVIRONMENT, ""),
        ("why a b", Confusion.UNEXPECTED, "b"),
        ("link me", Confusion.UNEXPECTED, "me"),
    ],
)
def test_what_is_no_command_is_refused_with_the_offending_word(
    text: str, code: Confusion, token: str
) -> None:
    problem = confusion(text)
    assert (problem.code, problem.token) == (code, token)


@pytest.mark.parametrize(
    "text, suggestions",
    [
        ("depoly api production", ("deploy",)),
        ("deploy wrker production", ("worker",)),
        ("deploy api prod", ("production",)),
        ("deploy api stg", ("staging",)),
        ("deploy api production verbos=true", ("verbose",)),
        ("deploy api production size=larg", ("Large",)),
        ("deploy api production --dry_run", ("--dry-run",)),
        ("deploy api production dry-run", ("--dry-run",)),
        ("deploy " + "a" * 1000 + " production", ()),
    ],
)
def test_a_misspelt_word_gets_the_nearest_ones(text: str, suggestions: tuple[str, ...]) -> None:
    assert confusion(text).suggestions == suggestions


def test_a_misunderstanding_says_what_could_stand_there_and_how_the_command_is_used() -> None:
    problem = confusion("deploy api")
    assert problem.word == "deploy"
    assert problem.usage == USAGE["deploy"]
    assert problem.expected == (Expected.ENVIRONMENT,)
    assert problem.choices == ("staging", "production")
    assert confusion("deploy production").choices == ("api", "web", "worker", "all")
    assert confusion("depoly").usage == USAGE["help"]


def test_an_endless_word_is_shortened_in_the_answer() -> None:
    assert len(confusion("deploy " + "a" * 1000).token) == 80


def test_a_reason_may_have_500_characters_and_not_one_more() -> None:
    text = "deploy api production because " + "x" * REASON_CHARS_MAX
    assert isinstance(parse(text, SHOP), Deploy)
    assert confusion(text + "x").code is Confusion.REASON_TOO_LONG


def test_words_are_cut_before_any_name_is_known() -> None:
    assert split(
        "Deploy acme/shop api@x staging note=“a b” —emergency --dry-run because It is late"
    ) == RawCommand(
        word="deploy",
        repository="acme/shop",
        tokens=("api@x", "staging", "note=“a b”"),
        because="It is late",
        flags=("dry-run", "emergency"),
    )


@pytest.mark.parametrize(
    "name", ["acme/..", "acme/.", "-acme/shop", "acme/a/b", "acme/", "/shop", "acme/shop@v1"]
)
def test_what_github_would_not_take_as_a_repository_is_no_repository(name: str) -> None:
    raw = split(f"deploy {name} production")
    assert isinstance(raw, RawCommand)
    assert raw.repository is None
    assert raw.tokens[0] == name


def test_a_bare_word_is_told_from_one_with_arguments() -> None:
    for text, is_bare in (("deploy", True), ("deploy acme/shop", False), ("deploy --dry-run", False)):
        raw = split(text)
        assert isinstance(raw, RawCommand)
        assert raw.is_bare is is_bare


@pytest.mark.parametrize(
    "text, only_if_asked",
    [
        ("approve", True),
        ("approve no-issue", True),
        ("approve r-0123456789", False),
        ("retry", True),
        ("deploy", False),
        ("resume", False),
    ],
)
def test_words_that_other_bots_use_need_an_id_or_a_question(text: str, only_if_asked: bool) -> None:
    raw = split(text)
    assert isinstance(raw, RawCommand)
    assert raw.only_if_asked is only_if_asked


def test_every_word_has_a_usage_line_and_a_reader() -> None:
    for word, usage in USAGE.items():
        assert usage.startswith(f"/{word}")
        parsed = interpret(RawCommand(word=word), SHOP)
        assert not isinstance(parsed, Misunderstood) or parsed.usage == usage
    assert ONLY_IF_ASKED < KNOWN_WORDS


@pytest.mark.parametrize(
    "text, seconds", [("90s", 90), ("1h30m", 5400), ("2D", 172_800), ("366d", 31_622_400)]
)
def test_a_lock_lasts_as_long_as_was_said(text: str, seconds: int) -> None:
    assert parse(f"lock api for {text}", SHOP) == Lock(targets=("api",), lasts_seconds=seconds)


@pytest.mark.parametrize("text", ["0s", "30m1h", "2", "h", "\u0662h", "367d", "999999999d"])
def test_a_lock_for_no_span_of_time_is_refused(text: str) -> None:
    assert confusion(f"lock api for {text}").code is Confusion.BAD_DURATION


# --- properties ------------------------------------------------------------------------------------------

RESERVED = {"all", "to", "for", "because", "with"}
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True).filter(lambda name: name not in RESERVED)
REFS = st.from_regex(r"[A-Za-z0-9_ü][A-Za-z0-9_./ü=+-]{0,12}", fullmatch=True).filter(is_ref)
IDS = st.from_regex(r"[rd]-[0-9a-hjkmnp-tv-z]{10}", fullmatch=True)
SHOWN = st.characters(
    exclude_categories=("Cc", "Cf", "Cs"), exclude_characters=[chr(c) for c in range(0xFE00, 0xFE10)]
)
TEXTS = st.text(SHOWN | st.sampled_from('"“”„\\ ='), max_size=20)
REASONS = st.text(SHOWN, max_size=40).map(str.strip).filter(bool)
REPOSITORIES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,8}/[A-Za-z0-9_-]{1,8}", fullmatch=True)
VALUES: dict[str, st.SearchStrategy[bool | float | str]] = {
    "verbose": st.booleans(),
    "ratio": st.floats(allow_nan=False, allow_infinity=False),
    "note": TEXTS,
    "size": st.sampled_from(PARAMS["size"].options),
}
SECONDS = st.integers(1, SPAN_SECONDS_MAX)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    names = draw(st.lists(NAMES, min_size=2, max_size=7, unique=True))
    count = draw(st.integers(1, len(names) - 1))
    return Vocabulary(services=tuple(names[:count]), environments=tuple(names[count:]), params=PARAMS)


@st.composite
def deployments(draw: st.DrawFn, known: Vocabulary) -> Deploy:
    everything = draw(st.booleans())
    names = draw(st.lists(st.sampled_from(known.services), min_size=1, unique=True))
    refs = st.none() | REFS
    emergency = draw(st.booleans())
    return Deploy(
        repository=draw(st.none() | REPOSITORIES),
        services=() if everything else tuple(ServiceRef(name, draw(refs)) for name in names),
        all_services=everything,
        ref=draw(refs),
        environment=draw(st.sampled_from(known.environments)),
        params=draw(st.fixed_dictionaries({}, optional=VALUES)),
        dry_run=draw(st.booleans()),
        emergency=emergency,
        because=draw(REASONS if emergency else st.none() | REASONS),
    )


def other_commands(known: Vocabulary) -> st.SearchStrategy[Command]:
    services, environments = st.sampled_from(known.services), st.sampled_from(known.environments)
    repositories, reasons = st.none() | REPOSITORIES, st.none() | REASONS
    targets = st.lists(st.sampled_from(known.services + known.environments), min_size=1, unique=True).map(
        tuple
    )
    slot = {"service": services, "environment": environments, "repository": repositories}
    lasts, freezing = st.none() | SECONDS, {"environment": environments, "repository": repositories}
    goals = st.none() | IDS.filter(lambda name: name[0] == "d") | REFS.filter(is_no_word)
    by_identity = [
        st.builds(kind, id=st.none() | IDS, because=reasons)
        for kind in (Keep, Retry, Resume, Approve, Reject, Cancel)
    ]
    return st.one_of(
        st.builds(Rollback, to=goals, because=reasons, **slot),
        st.builds(Scale, count=st.integers(0, 9999), **slot),
        st.builds(
            Status,
            service=st.none() | services,
            environment=st.none() | environments,
            repository=repositories,
        ),
        st.builds(Lock, targets=targets, lasts_seconds=lasts, because=reasons, repository=repositories),
        st.builds(Lock, all_targets=st.just(True), lasts_seconds=lasts, because=reasons),
        st.builds(Unlock, targets=targets, because=reasons, repository=repositories),
        st.builds(Freeze, lasts_seconds=lasts, because=reasons, **freezing),
        st.builds(Unfreeze, **freezing),
        st.builds(Help, topic=st.none() | st.sampled_from(sorted(USAGE))),
        st.builds(Why, subject=st.none() | IDS | REPOSITORIES),
        st.just(Link()),
        *by_identity,
    )


def is_no_word(ref: str) -> bool:
    return read_id(ref) is None and ref.lower() != "because"


@given(st.data())
def test_every_deployment_is_read_back_from_what_it_is_written_as(data: st.DataObject) -> None:
    known = data.draw(vocabularies())
    command = data.draw(deployments(known))
    assert parse(format_command(command), known) == command


@given(st.data())
def test_every_other_command_is_read_back_from_what_it_is_written_as(data: st.DataObject) -> None:
    known = data.draw(vocabularies())
    command = data.draw(other_commands(known))
    assert parse(format_command(command), known) == command


@given(st.data())
def test_no_word_of_a_deployment_is_ever_skipped(data: st.DataObject) -> None:
    command = data.draw(deployments(SHOP))
    words = format_command(msgspec.structs.replace(command, because=None, emergency=False, params={})).split()
    place = data.draw(st.integers(1, len(words)))
    junk = data.draw(st.sampled_from(["nonsense", "main", "=", "x=1", "@..", "--no", "-", "`", "…"]))
    assert isinstance(parse(" ".join([*words[:place], junk, *words[place:]]), SHOP), Misunderstood)


SOUP = st.lists(
    st.sampled_from(
        "deploy rollback lock scale help keep api web @v1 api@v2 production staging all to for 2h 3 because "
        'note="a note=“b c” verbose=yes ratio=1 size=small ref=x --dry-run —emergency acme/shop d-0123456789 '
        "\u202e \u200b \\ \x00 ﷽".split(" ")
    ),
    max_size=8,
).map(" ".join)


@given(st.text(max_size=200) | SOUP)
def test_any_text_is_understood_in_full_or_refused(text: str) -> None:
    parsed = parse(text, SHOP)
    if not isinstance(parsed, Misunderstood):
        assert parse(format_command(parsed), SHOP) == parsed
    assert msgspec.json.decode(msgspec.json.encode(parsed), type=Parsed) == parsed


HOSTILE = [
    "a",
    "a ",
    "@",
    "a=",
    'a="',
    'a="\\',
    "because ",
    "--",
    "\u2014",
    "\u200b",
    "\u202e",
    "/",
    "\\",
    "d-",
    "1h",
    "0",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_text_as_long_as_a_comment_can_be_is_refused_unread(unit: str) -> None:
    for text in (unit * (65_536 // len(unit)), "deploy " + unit * (65_529 // len(unit))):
        assert confusion(text).code is Confusion.TOO_LONG


@pytest.mark.parametrize("unit", HOSTILE)
def test_twice_the_text_takes_at_most_twice_the_steps(unit: str) -> None:
    def read(count: int) -> Callable[[], object]:
        text = "deploy " + unit * count
        return lambda: parse(text, SHOP)

    count = TEXT_CHARS_MAX // 3 // len(unit)
    assert steps(read(2 * count)) <= 2 * steps(read(count)) + 200
