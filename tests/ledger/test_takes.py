"""The life of takes under random steps and kills: nothing paid twice, nothing finished lost."""

import shutil
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from landfast.errors import LedgerCorrupt
from landfast.ledger.ledger import Ledger
from landfast.model.take import Ticket
from ledger.material import done_take, request, verdict

SEGMENTS = st.sampled_from(["gap_0010", "gap_0020"])
ATTEMPTS = st.integers(1, 3)
POINTS = st.sampled_from(["before", "after"])


@dataclass
class World:
    """What happened outside the ledger: orders placed with the service, files on disk."""

    orders: dict[str, int] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Fraction] = field(default_factory=dict)


class Takes(RuleBasedStateMachine):
    """A conductor that is killed now and then, at the worst moments."""

    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.number = 0
        self.folder = self.root / "0"
        self.folder.mkdir()
        self.ledger = Ledger.create(self.folder, {})
        self.world = World()

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.ledger.close()
            shutil.rmtree(self.root)

    @rule(segment=SEGMENTS, attempt=ATTEMPTS, dies=st.booleans())
    def order(self, segment: str, attempt: int, dies: bool) -> None:
        """Intend, then pay only where the ledger says that nobody has paid yet."""
        asked = request(segment, seed=attempt)
        row = self.ledger.intend(asked, attempt=attempt, price=Fraction(attempt, 3))
        self.world.states.setdefault(asked.key, "intended")
        self.world.costs.setdefault(asked.key, Fraction(attempt, 3))
        assert row.state == self.world.states[asked.key]
        if row.state != "intended" or dies:
            return
        self.world.orders[asked.key] = self.world.orders.get(asked.key, 0) + 1
        self.ledger.submit(asked.key, Ticket(id=f"job-{asked.key[:6]}"))
        self.world.states[asked.key] = "submitted"

    @rule(segment=SEGMENTS, attempt=ATTEMPTS, cost=st.integers(0, 9))
    def deliver(self, segment: str, attempt: int, cost: int) -> None:
        key = request(segment, seed=attempt).key
        take = done_take(self.folder, request(segment, seed=attempt), cost=Fraction(cost, 7))
        if self.world.states.get(key) in ("intended", "submitted"):
            self.ledger.finish(take)
            self.world.states[key] = "done"
            self.world.costs[key] = Fraction(cost, 7)
        else:
            self.refused(lambda: self.ledger.finish(take))

    @rule(segment=SEGMENTS, attempt=ATTEMPTS)
    def fail(self, segment: str, attempt: int) -> None:
        key = request(segment, seed=attempt).key
        if self.world.states.get(key) in ("intended", "submitted"):
            self.ledger.fail(key, "no answer", cost=Fraction(0))
            self.world.states[key] = "failed"
            self.world.costs[key] = Fraction(0)
        else:
            self.refused(lambda: self.ledger.fail(key, "no", cost=Fraction(0)))

    @rule(segment=SEGMENTS, attempt=ATTEMPTS, good=st.booleans())
    def judge(self, segment: str, attempt: int, good: bool) -> None:
        key = request(segment, seed=attempt).key
        state = "accepted" if good else "rejected"
        answer = verdict("pass" if good else "fail")
        if self.world.states.get(key) == "done":
            self.ledger.judge(key, answer, state)
            self.world.states[key] = state
        else:
            self.refused(lambda: self.ledger.judge(key, answer, state))

    @rule()
    def kill(self) -> None:
        """The disk as it stands now, without anything that closing would tidy up."""
        self.number += 1
        rescued = self.root / str(self.number)
        shutil.copytree(self.folder, rescued, ignore=shutil.ignore_patterns("*-shm"))
        self.ledger.close()
        self.folder = rescued
        self.ledger = Ledger.open(rescued, "write")

    @rule()
    def kill_inside_a_transaction(self) -> None:
        db = self.ledger._connection
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE takes SET cost_exact = '99', cost_usd = 99.0")
        db.execute("DELETE FROM verdicts")
        self.kill()

    def refused(self, step) -> None:
        try:
            step()
        except LedgerCorrupt:
            return
        raise AssertionError("a step out of order was taken")

    @invariant()
    def ledger_tells_the_truth(self) -> None:
        if not hasattr(self, "ledger"):
            return
        rows = {row.key: row for row in self.ledger.takes()}
        assert {key: row.state for key, row in rows.items()} == self.world.states
        assert {key: row.cost_usd for key, row in rows.items()} == self.world.costs
        assert self.ledger.spent() == sum(self.world.costs.values(), Fraction(0))
        for row in rows.values():
            assert (row.verdict is not None) == (row.state in ("accepted", "rejected"))
            if row.state in ("done", "accepted", "rejected"):
                assert row.take is not None
                assert (self.folder / row.take.file).is_file()

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        if hasattr(self, "world"):
            assert all(count == 1 for count in self.world.orders.values())


TestTakes = Takes.TestCase
TestTakes.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
