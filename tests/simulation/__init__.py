"""The whole bot in one process, on a made-up clock, from one seed: people, bad weather, crashes, then quiet.

How it fits together: `simulation.run(seed)` builds the worlds (`stage`), the bot's lives (`lives`,
`incarnation`), the network and the disk between them (`network`, `memory_ledger`), lets people act (`people`)
in bad weather (`weather`) while the bot dies at its points (`crashes`), lets it settle, and checks
`invariants`. What runs is the product's own `bot.composition.Composition`; nothing of it knows that it is
simulated.

    make simulate SEEDS=2000            many seeds, with a table of what they exercised
    make simulate SEEDS=1 FROM=1234     one seed again, line by line the same

**A planted fault** is a context manager over a composed bot; it is entered for each life and left after the
run:

    @contextmanager
    def no_look_up(bot: Composition) -> Iterator[None]:
        performer = bot.runner._performers["github.comment"]
        ...                                      # wrap or replace objects of `bot`,
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(worker, "LEASE_SECONDS", 1e9)   # or constants of modules
            yield

    result = run(seed, plant=no_look_up)
    assert result.invariants == {"nothing stands at github twice"}

To replace something before the bot is composed (a function that a class takes at its making), patch the
module around `run` itself. A plant must never use this machine's clock or chance: `run` refuses both.
Three methods of `memory_ledger.SimulatedLedger` leave out a look that can find nothing (`_is_there`): a fault
in what the ledger finds to be leased has to patch `_is_there` as well.
"""
