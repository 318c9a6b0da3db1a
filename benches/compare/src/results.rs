//! What was measured, and what was asked of it.

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds a call: less is better.
    Micros,
    /// Calls, items or documents a second: more is better.
    PerSecond,
    /// Bytes an item: less is better.
    Bytes,
}

/// The middle of what was measured, or the whole where turns are added up, and the quartiles of its turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// What is compared.
    pub middle: f64,
    /// A quarter of the turns were below.
    pub low: f64,
    /// A quarter were above.
    pub high: f64,
}

impl Value {
    /// Of one turn alone.
    #[must_use]
    pub fn once(middle: f64) -> Self {
        Self { middle, low: f64::NAN, high: f64::NAN }
    }

    /// Each of the three.
    #[must_use]
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let (low, high) = (change(self.low), change(self.high));
        // What turns the order around, as a rate does a time.
        let (low, high) = if low > high { (high, low) } else { (low, high) };
        Self { middle: change(self.middle), low, high }
    }
}

/// One work, measured on several subjects.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was done.
    pub work: String,
    /// What is counted.
    pub unit: Unit,
    /// By subject.
    pub values: Vec<(String, Value)>,
}

/// What the engine is meant to reach.
#[derive(Debug, Clone)]
pub struct Target {
    /// The work's name.
    pub work: String,
    /// Against whom, or what.
    pub against: String,
    /// What is asked, in words.
    pub asked: String,
    /// The ratio or figure that was found.
    pub found: f64,
    /// What is found of RocksDB used directly in the engine's place.
    pub limit: Option<f64>,
    /// Whether it is reached.
    pub reached: bool,
}

/// All of a run.
#[derive(Debug, Default)]
pub struct Results {
    /// Machine, versions, settings: one line each.
    pub about: Vec<String>,
    /// In the order in which they were measured.
    pub figures: Vec<Figure>,
    /// What was asked of them.
    pub targets: Vec<Target>,
    /// Names of files with drawings.
    pub plots: Vec<String>,
}

/// The name of the limit among subjects.
pub const LIMIT: &str = "limit";
/// The name of the engine among subjects.
pub const ENGINE: &str = "highwater";

impl Figure {
    /// A subject's value.
    #[must_use]
    pub fn of(&self, subject: &str) -> Option<f64> {
        self.values.iter().find(|(name, _)| name == subject).map(|(_, value)| value.middle)
    }

    /// The same with its quartiles.
    #[must_use]
    pub fn value(&self, subject: &str) -> Option<Value> {
        self.values.iter().find(|(name, _)| name == subject).map(|(_, value)| *value)
    }

    /// By how much the engine's speed is that of `subject`: above 1 it is faster.
    #[must_use]
    pub fn speed_against(&self, subject: &str) -> Option<f64> {
        self.speed_of(ENGINE, subject)
    }

    /// By how much the speed of one is that of the other.
    #[must_use]
    pub fn speed_of(&self, one: &str, other: &str) -> Option<f64> {
        let (one, other) = (self.of(one)?, self.of(other)?);
        Some(match self.unit {
            Unit::Micros | Unit::Bytes => other / one,
            Unit::PerSecond => one / other,
        })
    }

    /// The fastest of the subjects that are neither the engine nor the limit.
    #[must_use]
    pub fn best_peer(&self) -> Option<(String, f64)> {
        let peers = self.values.iter().filter(|(name, _)| name != ENGINE && name != LIMIT);
        let better = |a: f64, b: f64| match self.unit {
            Unit::Micros | Unit::Bytes => a.total_cmp(&b),
            Unit::PerSecond => b.total_cmp(&a),
        };
        let peers = peers.map(|(name, value)| (name.clone(), value.middle));
        peers.min_by(|(_, a), (_, b)| better(*a, *b))
    }
}

/// A value as people read it.
#[must_use]
pub fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Micros if value >= 1000.0 => format!("{:.2} ms", value / 1000.0),
        Unit::Micros if value < 10.0 => format!("{value:.2} us"),
        Unit::Micros => format!("{value:.0} us"),
        Unit::PerSecond if value >= 1e6 => format!("{:.2} M/s", value / 1e6),
        Unit::PerSecond if value >= 1e4 => format!("{:.0} k/s", value / 1e3),
        Unit::PerSecond => format!("{value:.0} /s"),
        Unit::Bytes => format!("{value:.0} B"),
    }
}

impl Results {
    /// Adds a figure and says it.
    pub fn add(&mut self, figure: Figure) -> &Figure {
        let values = figure.values.iter();
        let values: Vec<_> = values
            .map(|(name, value)| format!("{name} {}", shown(value.middle, figure.unit)))
            .collect();
        say(&format!("{}: {}", figure.work, values.join(", ")));
        self.figures.push(figure);
        self.figures.last().expect("just added")
    }

    /// Asks that the engine's speed is at least `least` times that of a subject.
    pub fn ask_speed(&mut self, work: &str, subject: &str, least: f64) {
        let figure = self.figures.iter().find(|figure| figure.work == work);
        let Some(found) = figure.and_then(|figure| figure.speed_against(subject)) else { return };
        let limit = figure.and_then(|figure| figure.speed_of(LIMIT, subject));
        let limit = limit.filter(|_| subject != LIMIT);
        let asked = format!("at least {least:.2}x its speed");
        self.ask((work, subject), asked, (found, limit), found >= least);
    }

    /// Asks that it is ahead of every peer.
    pub fn ask_ahead(&mut self, work: &str) {
        let Some(figure) = self.figures.iter().find(|figure| figure.work == work) else { return };
        let Some((peer, _)) = figure.best_peer() else { return };
        let Some(found) = figure.speed_against(&peer) else { return };
        let limit = figure.speed_of(LIMIT, &peer);
        let against = format!("every peer ({peer} is the fastest)");
        self.ask((work, &against), "ahead".to_owned(), (found, limit), found >= 1.0);
    }

    /// Asks that the engine's own figure is at least `least`.
    pub fn ask_rate(&mut self, work: &str, least: f64) {
        let figure = self.figures.iter().find(|figure| figure.work == work);
        let Some(found) = figure.and_then(|figure| figure.of(ENGINE)) else { return };
        let limit = figure.and_then(|figure| figure.of(LIMIT));
        let asked = format!("at least {}", shown(least, Unit::PerSecond));
        self.ask((work, "-"), asked, (found, limit), found >= least);
    }

    /// Notes what was asked and found.
    pub fn ask(
        &mut self,
        (work, against): (&str, &str),
        asked: String,
        (found, limit): (f64, Option<f64>),
        reached: bool,
    ) {
        let (work, against) = (work.to_owned(), against.to_owned());
        self.targets.push(Target { work, against, asked, found, limit, reached });
    }
}

/// Says how far it has come.
#[expect(clippy::print_stderr, reason = "the one place that tells somebody at a terminal")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
