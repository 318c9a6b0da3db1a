//! When the time of an item is over: an attribute that holds seconds.

use super::body::Attributes;
use super::transition::{Deed, Write};
use highwater::{Millis, Number, Update, Value};

/// The attribute's name.
pub const GONE: &str = "gone";

/// What stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Nothing: the item stays.
    Never,
    /// No number, so that it stays, too.
    Text,
    /// The writer's present and so many milliseconds.
    In(i64),
    /// This moment.
    At(Millis),
}

/// A moment in seconds, with its milliseconds behind the point.
pub fn seconds(at: Millis) -> Number {
    let text = format!("{}.{:03}", at.0 / 1000, at.0 % 1000);
    text.parse().expect("a number")
}

impl Gone {
    pub(super) fn dated(self, now: Millis) -> Self {
        match self {
            Self::In(ms) => Self::At(Millis(now.0.saturating_add_signed(ms))),
            other => other,
        }
    }

    fn value(self) -> Option<Value> {
        match self {
            Self::Never => None,
            Self::Text => Some(Value::from("some day")),
            Self::In(_) => panic!("a time that nobody has dated"),
            Self::At(at) => Some(Value::Number(seconds(at))),
        }
    }

    /// Writes it into a document.
    pub fn put(self, map: &mut Attributes) {
        match self.value() {
            None => map.remove(GONE),
            Some(value) => map.insert(GONE.to_owned(), value),
        };
    }

    /// Adds it to an update.
    pub fn add_to(self, update: Update) -> Update {
        match self.value() {
            None => update.remove(GONE),
            Some(value) => update.set(GONE, value),
        }
    }
}

/// The writes as they are sent at this moment.
pub fn dated(writes: &[Write], now: Millis) -> Vec<Write> {
    let mut writes = writes.to_vec();
    for write in &mut writes {
        match &mut write.deed {
            Deed::Put(body) | Deed::PutIfChanged(body) => body.gone = body.gone.dated(now),
            Deed::Update(edit) => edit.gone = edit.gone.map(|gone| gone.dated(now)),
            Deed::PutSame | Deed::Delete => {}
        }
    }
    writes
}
