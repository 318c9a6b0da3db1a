//! Every interleaving of commits and a follower, one atomic step at a time: the hub as it is loses no
//! wake-up in any of them, and each way of getting it wrong loses one in some.

use super::super::touched::Touched;
use super::*;
use crate::clock::{Flight, State, clock_at_1000};
use highwater_format::Millis;
use highwater_format::token::Scope;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

/// How it is done, and how it could be done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    /// The hub is told before the commit stops being in flight.
    SettlesBeforeItFinishes,
    /// A commit wakes for itself alone, not for the younger ones that have waited for it.
    WakesForItselfAlone,
    /// A follower that finds nothing believes the clock's safe point, not the hub's.
    BelievesTheClock,
    /// A follower lies down without looking again.
    LiesDownBlindly,
    /// A follower asks for the end before it looks, not after.
    AsksForTheEndFirst,
}

/// The choices of a scheduler, gone through one after the other.
#[derive(Default)]
struct Choices {
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    fn choose(&mut self, of: usize) -> usize {
        if self.at == self.taken.len() {
            self.taken.push((0, of));
        }
        self.at += 1;
        self.taken[self.at - 1].0
    }

    /// Turns to the next schedule; false after the last.
    fn turn(&mut self) -> bool {
        self.at = 0;
        while let Some((choice, of)) = self.taken.pop() {
            if choice + 1 < of {
                self.taken.push((choice + 1, of));
                return true;
            }
        }
        false
    }
}

struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A commit and what is left of its way.
struct Commit {
    topic: Topic,
    ends: Ending,
    flight: Option<Flight>,
    rest: Vec<Act>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Written,
    NotWritten,
    /// Its outcome is unknown: it never lands.
    Unknown,
}

#[derive(Clone, Copy)]
enum Act {
    Begin,
    Finish,
    Settle,
}

impl Commit {
    fn new(topic: Topic, ends: Ending, way: Way) -> Self {
        let mut rest = match (ends, way) {
            (Ending::Unknown, _) => vec![Act::Begin],
            (_, Way::SettlesBeforeItFinishes) => vec![Act::Begin, Act::Settle, Act::Finish],
            _ => vec![Act::Begin, Act::Finish, Act::Settle],
        };
        rest.reverse();
        Self { topic, ends, flight: None, rest }
    }
}

/// What the follower does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Join,
    AskForTheEnd,
    Look,
    Read(Timestamp, Timestamp),
    LieDown,
    Sleep,
    Stop,
}

struct World {
    way: Way,
    clock: State,
    hub: Arc<Hub>,
    visible: BTreeMap<Timestamp, Topic>,
    commits: Vec<Commit>,
    /// The store ends: first it is so, then everyone is woken.
    ending: Vec<bool>,
    ended: bool,
    topic: Topic,
    seat: Option<Seat>,
    bell: Arc<Bell>,
    next: Next,
    begun: Timestamp,
    seen: Vec<Timestamp>,
}

fn topic(part: u32) -> Topic {
    Topic::of(TableId(part), &Scope::Table)
}

impl World {
    fn new(way: Way, commits: &[(u32, Ending)], ends: bool) -> Self {
        let commit = |&(part, ends): &(u32, Ending)| Commit::new(topic(part), ends, way);
        Self {
            way,
            clock: clock_at_1000(9999),
            hub: Arc::default(),
            visible: BTreeMap::new(),
            commits: commits.iter().map(commit).collect(),
            ending: if ends { vec![true, false] } else { Vec::new() },
            ended: false,
            topic: topic(1),
            seat: None,
            bell: Arc::new(Bell(AtomicBool::new(false))),
            next: Next::Join,
            begun: Timestamp::ZERO,
            seen: Vec::new(),
        }
    }

    /// Lets one after the other do a step, as `choices` say, until nobody can.
    fn play(&mut self, choices: &mut Choices) {
        loop {
            let mut ready: Vec<usize> =
                (0..self.commits.len()).filter(|n| !self.commits[*n].rest.is_empty()).collect();
            let rung = self.bell.0.load(Ordering::SeqCst);
            let sleeps = self.next == Next::Stop || (self.next == Next::Sleep && !rung);
            ready.extend((!sleeps).then_some(usize::MAX));
            ready.extend((!self.ending.is_empty()).then_some(usize::MAX - 1));
            if ready.is_empty() {
                return;
            }
            match ready[choices.choose(ready.len())] {
                usize::MAX => self.follow(),
                n if n == usize::MAX - 1 => self.end(),
                n => self.commit(n),
            }
        }
    }

    fn commit(&mut self, n: usize) {
        let Self { way, clock, hub, visible, commits, .. } = self;
        let commit = &mut commits[n];
        match commit.rest.pop().unwrap() {
            Act::Begin => commit.flight = Some(clock.begin(Millis(1000), 1).unwrap()),
            Act::Finish => {
                let flight = commit.flight.as_ref().unwrap();
                let written = commit.ends == Ending::Written;
                if written {
                    visible.insert(flight.first, commit.topic);
                }
                let touched =
                    if written { Touched::only(commit.topic) } else { Touched::default() };
                clock.finish(flight, touched);
            }
            Act::Settle => {
                let own = commit.flight.as_ref().unwrap().first;
                hub.settle(|| {
                    let mut passed = clock.pass();
                    if *way == Way::WakesForItselfAlone {
                        passed.commits.retain(|at, _| *at == own);
                    }
                    passed
                });
            }
        }
    }

    fn end(&mut self) {
        if self.ending.pop().unwrap() {
            self.hub.wake_all();
        } else {
            self.ended = true;
        }
    }

    /// A step of the follower, who reads one change at a time.
    fn follow(&mut self) {
        let Self { way, clock, hub, seat, .. } = self;
        let asks_first = *way == Way::AsksForTheEndFirst;
        let awake = if asks_first { Next::AskForTheEnd } else { Next::Look };
        let found_nothing = if asks_first { Next::LieDown } else { Next::AskForTheEnd };
        self.next = match (self.next, seat) {
            (Next::Join, _) => {
                let seat = hub.join(self.topic, None, || clock.pass(), &mut Late::default());
                self.begun = seat.last_told();
                self.seat = Some(seat);
                awake
            }
            (Next::AskForTheEnd, _) if self.ended => Next::Stop,
            (Next::AskForTheEnd, _) if asks_first => Next::Look,
            (Next::AskForTheEnd, _) => Next::LieDown,
            (Next::Look, Some(seat)) => {
                let pass = || match way {
                    Way::BelievesTheClock => {
                        Passed { safe: clock.safe(), commits: BTreeMap::new() }
                    }
                    _ => clock.pass(),
                };
                match seat.look(pass, &mut Late::default()) {
                    Look::Unread(after, to) => Next::Read(after, to),
                    Look::Nothing(_) => found_nothing,
                }
            }
            (Next::Read(after, to), Some(seat)) => {
                let mut changes = self.visible.range(after.plus(1)..=to);
                let found = changes.find(|(_, topic)| **topic == self.topic);
                self.seen.extend(found.map(|(at, _)| *at));
                seat.told(found.map_or(to, |(at, _)| *at));
                awake
            }
            (Next::LieDown, Some(seat)) => {
                self.bell.0.store(false, Ordering::SeqCst);
                let waker = Waker::from(Arc::clone(&self.bell));
                let mut lies = seat.lie_down(&waker, &mut Late::default());
                if self.way == Way::LiesDownBlindly {
                    seat.follower(|follower| follower.waker = Some(waker));
                    lies = true;
                }
                if lies { Next::Sleep } else { awake }
            }
            (Next::Sleep, _) => awake,
            (Next::Stop, _) | (_, None) => Next::Stop,
        };
    }

    /// Whether the follower was told everything, in commit order, once, and did not sleep through the end.
    fn is_right(&self) -> bool {
        let safe = self.clock.safe();
        let told = self.visible.iter().filter(|(_, topic)| **topic == self.topic);
        let told = told.map(|(at, _)| *at).filter(|at| *at > self.begun && *at <= safe);
        if self.ended {
            // It may have stopped before the last of them.
            return self.next == Next::Stop && told.collect::<Vec<_>>().starts_with(&self.seen);
        }
        told.eq(self.seen.iter().copied())
    }
}

/// How many schedules there are, and in how many of them something is lost.
fn explore(way: Way, commits: &[(u32, Ending)], ends: bool) -> (usize, usize) {
    let (mut schedules, mut lost) = (0, 0);
    let mut choices = Choices::default();
    loop {
        let mut world = World::new(way, commits, ends);
        world.play(&mut choices);
        schedules += 1;
        lost += usize::from(!world.is_right());
        if !choices.turn() {
            return (schedules, lost);
        }
    }
}

const ENDINGS: [Ending; 3] = [Ending::Written, Ending::NotWritten, Ending::Unknown];

#[test]
fn no_schedule_loses_a_wake_up() {
    let mut schedules = 0;
    for first in [1, 2] {
        for ends in ENDINGS {
            let (count, lost) = explore(Way::Right, &[(first, ends), (1, Ending::Written)], false);
            assert_eq!(lost, 0);
            schedules += count;
        }
    }
    let (count, lost) = explore(Way::Right, &[(1, Ending::Written)], true);
    assert_eq!(lost, 0);
    assert!(schedules + count > 10_000, "{schedules}");
}

#[test]
fn a_hub_that_is_told_too_early_loses_one() {
    let (_, lost) = explore(Way::SettlesBeforeItFinishes, &[(1, Ending::Written)], false);
    assert!(lost > 0);
}

#[test]
fn a_commit_that_wakes_for_itself_alone_loses_the_younger() {
    for ends in [Ending::Written, Ending::NotWritten] {
        let commits = [(2, ends), (1, Ending::Written)];
        let (_, lost) = explore(Way::WakesForItselfAlone, &commits, false);
        assert!(lost > 0);
    }
}

#[test]
fn a_follower_that_believes_the_clock_passes_over_a_commit() {
    let (_, lost) = explore(Way::BelievesTheClock, &[(1, Ending::Written)], false);
    assert!(lost > 0);
}

#[test]
fn a_follower_that_lies_down_blindly_sleeps_through_a_commit() {
    let (_, lost) = explore(Way::LiesDownBlindly, &[(1, Ending::Written)], false);
    assert!(lost > 0);
}

#[test]
fn a_follower_that_asks_for_the_end_first_sleeps_through_it() {
    assert!(explore(Way::AsksForTheEndFirst, &[], true).1 > 0);
    assert_eq!(explore(Way::Right, &[], true).1, 0);
}

#[test]
fn a_commit_wakes_those_whom_it_concerns_and_nobody_else() {
    let (hub, mut clock) = (Arc::new(Hub::default()), clock_at_1000(9999));
    let bells = [1, 2].map(|part| {
        let seat = hub.join(topic(part), None, || clock.pass(), &mut Late::default());
        let bell = Arc::new(Bell(AtomicBool::new(false)));
        assert!(seat.lie_down(&Waker::from(Arc::clone(&bell)), &mut Late::default()));
        (seat, bell)
    });
    let flight = clock.begin(Millis(1000), 1).unwrap();
    clock.finish(&flight, Touched::only(topic(2)));
    hub.settle(|| clock.pass());
    assert_eq!(bells.each_ref().map(|(_, bell)| bell.0.load(Ordering::SeqCst)), [false, true]);
    drop(bells);
    assert!(hub.board.lock().followers.is_empty(), "dropped, and gone");
}

#[test]
fn what_did_not_concern_a_sleeper_does_not_hold_it_back() {
    let (hub, mut clock) = (Arc::new(Hub::default()), clock_at_1000(9999));
    let seat = hub.join(topic(1), None, || clock.pass(), &mut Late::default());
    let mut commit = |part| {
        let flight = clock.begin(Millis(1000), 1).unwrap();
        clock.finish(&flight, Touched::only(topic(part)));
        hub.settle(|| clock.pass());
        flight.first
    };
    let theirs = commit(2);
    let (first, second) = (commit(1), commit(1));
    // It never looked, and yet begins with the first change that concerns it.
    let look = seat.look(|| clock.pass(), &mut Late::default());
    assert_eq!(look, Look::Unread(first.prev(), second));
    assert_eq!(first.prev(), theirs);
}

#[test]
fn a_follower_costs_the_hub_two_timestamps_and_a_waker() {
    assert!(size_of::<((Topic, u64), Follower)>() <= 64);
}
