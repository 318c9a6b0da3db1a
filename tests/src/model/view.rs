//! What a device asks for, and which items that is: told by the model itself, not by the engine.

use super::body::{Attributes, TABLES, owner, partition};
use super::index::{Index, SCOPES};
use super::oracle::Table;
use super::setup::TableSetup;
use highwater::{Filter, ItemKey, Leavers, Mode, Number, SyncRequest, Value};
use highwater_format::parse_json;

/// A view of one table.
#[derive(Clone)]
pub struct View {
    pub table: usize,
    pub part: Part,
    /// What the filter asks: all of it.
    pub filter: Vec<Condition>,
    /// Whether base pages report leavers, too.
    pub leavers_in_base: bool,
    /// Whether base pages carry tombstones.
    pub tombstones: bool,
}

/// Which part of the table. Where the index is not declared, a filter says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Partition(u8),
    Owner(u8),
    Tag(u8),
}

/// What a filter asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    OwnerIs(u8),
    OwnerIsAnd(u8, u8),
    TagIs(u8),
    /// Two owners: pins nothing.
    OwnerIn(u8, u8),
    AtLeast(u8),
    NoOwner,
}

fn number(attributes: &Attributes, name: &str) -> Option<Number> {
    match attributes.get(name) {
        Some(Value::Number(n)) => Some(*n),
        _ => None,
    }
}

fn has_owner(attributes: &Attributes, which: u8) -> bool {
    attributes.get("owner") == Some(&Value::from(owner(which)))
}

fn has_tag(attributes: &Attributes, which: u8) -> bool {
    number(attributes, "tag") == Some(Number::from(i64::from(which)))
}

impl Condition {
    fn json(self) -> String {
        match self {
            Self::OwnerIs(o) => format!(r#"{{"owner":{{"eq":"{}"}}}}"#, owner(o)),
            Self::OwnerIsAnd(o, n) => {
                format!(r#"{{"n":{{"ge":{n}}},"owner":{{"eq":"{}"}}}}"#, owner(o))
            }
            Self::TagIs(t) => format!(r#"{{"tag":{{"eq":{t}}}}}"#),
            Self::OwnerIn(a, b) => format!(
                r#"{{"or":[{{"owner":{{"eq":"{}"}}}},{{"owner":{{"eq":"{}"}}}}]}}"#,
                owner(a),
                owner(b)
            ),
            Self::AtLeast(n) => format!(r#"{{"n":{{"ge":{n}}}}}"#),
            Self::NoOwner => r#"{"owner":{"eq":null}}"#.to_owned(),
        }
    }

    fn holds(self, attributes: &Attributes) -> bool {
        let at_least =
            |n: u8| number(attributes, "n").is_some_and(|held| held >= Number::from(i64::from(n)));
        match self {
            Self::OwnerIs(o) => has_owner(attributes, o),
            Self::OwnerIsAnd(o, n) => has_owner(attributes, o) && at_least(n),
            Self::TagIs(t) => has_tag(attributes, t),
            Self::OwnerIn(a, b) => has_owner(attributes, a) || has_owner(attributes, b),
            Self::AtLeast(n) => at_least(n),
            Self::NoOwner => {
                matches!(attributes.get("owner"), None | Some(Value::Null))
            }
        }
    }

    /// Whether it asks for one value of the index's attribute.
    fn pins(self, index: Index) -> bool {
        match self {
            Self::OwnerIs(_) | Self::OwnerIsAnd(..) => index == Index::Owner,
            // Two branches that pin the same value.
            Self::OwnerIn(a, b) => a == b && index == Index::Owner,
            Self::TagIs(_) => index == Index::Tag,
            Self::AtLeast(_) | Self::NoOwner => false,
        }
    }
}

impl View {
    /// The view as a table with these indexes can answer it.
    pub fn fit(mut self, table: &TableSetup) -> Self {
        let instead = match self.part {
            Part::Owner(o) if table.indexes.owner.is_none() => Condition::OwnerIs(o),
            Part::Tag(t) if table.indexes.tag.is_none() => Condition::TagIs(t),
            // The first table has one item to a partition: too few to be worth a view.
            Part::Partition(n) if self.table == 0 => Condition::AtLeast(n),
            _ => return self,
        };
        self.part = Part::Whole;
        self.filter.push(instead);
        self
    }

    /// The request for a first page.
    pub fn request(&self) -> SyncRequest {
        let mut request = SyncRequest::new(TABLES[self.table]).tombstones(self.tombstones);
        request = match self.part {
            Part::Whole => request,
            Part::Partition(p) => request.partition(partition(p)),
            Part::Owner(o) => request.index("byOwner", owner(o)),
            Part::Tag(t) => request.index("byTag", i64::from(t)),
        };
        if self.leavers_in_base {
            request = request.leavers(Leavers::ReportInBase);
        }
        if !self.filter.is_empty() {
            let all: Vec<_> = self.filter.iter().map(|condition| condition.json()).collect();
            let json = format!(r#"{{"and":[{}]}}"#, all.join(","));
            let json = parse_json(&json).expect("the model writes JSON");
            request = request.filter(Filter::from_amplify(&json).expect("and filters"));
        }
        request
    }

    /// Whether a live item is in the view.
    pub fn contains(&self, key: &ItemKey, attributes: &Attributes) -> bool {
        let in_part = match self.part {
            Part::Whole => true,
            Part::Partition(p) => key.partition == partition(p),
            Part::Owner(o) => has_owner(attributes, o),
            Part::Tag(t) => has_tag(attributes, t),
        };
        in_part && self.filter.iter().all(|condition| condition.holds(attributes))
    }

    /// The index that is asked by its name.
    pub fn scope_index(&self) -> Option<Index> {
        match self.part {
            Part::Owner(_) => Some(Index::Owner),
            Part::Tag(_) => Some(Index::Tag),
            Part::Whole | Part::Partition(_) => None,
        }
    }

    /// The index that answers: the scope's own, or one that is finished and that the partition or the filter
    /// pins.
    pub fn index(&self, table: &Table) -> Option<Index> {
        let pins = |index: &Index| match self.part {
            Part::Partition(_) => *index == Index::Id,
            Part::Whole => self.filter.iter().any(|condition| condition.pins(*index)),
            Part::Owner(_) | Part::Tag(_) => Some(*index) == self.scope_index(),
        };
        SCOPES.into_iter().filter(|index| table.is_ready(*index)).find(pins)
    }

    /// What a run of this mode reads through that `index` answers.
    pub fn through(&self, index: Option<Index>, mode: Mode) -> Option<Index> {
        // Who wants to hear of leavers is told by the whole table what a filter pins.
        let whole = mode == Mode::Base && self.part == Part::Whole && self.leavers_in_base;
        index.filter(|_| mode != Mode::CatchUp && !whole)
    }
}
