//! The ordered index, as the model itself tells it: who is in it, and in which order.

use super::body::{TABLES, owner};
use super::index::Index;
use super::oracle::{Known, Table};
use super::world::World;
use highwater::{ItemKey, KeyValue, Number, QueryPage, QueryRequest, SortCondition, Value};

/// The name of the ordered index: by owner, in the order of `n`.
pub const LOOKUP: &str = "inOwner";

/// What a query asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    pub table: usize,
    /// Whose items; nobody named: of whom there are most.
    pub owner: Option<u8>,
    pub sorts: Sorts,
    pub descending: bool,
}

/// Which numbers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorts {
    Any,
    Is(u8),
    Below(u8),
    UpTo(u8),
    Above(u8),
    From(u8),
    Between(u8, u8),
}

/// Where an item lies in the index.
pub type Place = (Number, ItemKey);

fn number(n: u8) -> Number {
    Number::from(i64::from(n))
}

impl Sorts {
    fn condition(self) -> SortCondition {
        let value = |n: u8| KeyValue::from(i64::from(n));
        match self {
            Self::Any => SortCondition::Any,
            Self::Is(n) => SortCondition::Eq(value(n)),
            Self::Below(n) => SortCondition::Lt(value(n)),
            Self::UpTo(n) => SortCondition::Le(value(n)),
            Self::Above(n) => SortCondition::Gt(value(n)),
            Self::From(n) => SortCondition::Ge(value(n)),
            Self::Between(a, b) => SortCondition::Between(value(a), value(b)),
        }
    }

    fn holds(self, held: Number) -> bool {
        match self {
            Self::Any => true,
            Self::Is(n) => held == number(n),
            Self::Below(n) => held < number(n),
            Self::UpTo(n) => held <= number(n),
            Self::Above(n) => held > number(n),
            Self::From(n) => held >= number(n),
            Self::Between(a, b) => number(a) <= held && held <= number(b),
        }
    }
}

impl Question {
    /// The same with an owner.
    pub fn named(&self, table: &Table) -> Self {
        let count = |owner: &u8| {
            let all = Self { owner: Some(*owner), sorts: Sorts::Any, ..*self };
            all.answer(table).len()
        };
        let owner = self.owner.or_else(|| (0..3).max_by_key(count));
        Self { owner, ..*self }
    }

    fn owner(&self) -> String {
        owner(self.owner.unwrap_or_default())
    }

    /// The request for its first page.
    pub fn request(&self) -> QueryRequest {
        QueryRequest::new(TABLES[self.table], LOOKUP, self.owner())
            .sort(self.sorts.condition())
            .descending(self.descending)
    }

    /// The items that answer it, in order. One that lacks its owner or its number is not among them.
    pub fn answer<'a>(&self, table: &'a Table) -> Vec<(Place, &'a Known)> {
        let wanted = Value::from(self.owner());
        let of_owner =
            table.live().filter(|(_, known)| known.attributes.get("owner") == Some(&wanted));
        let placed = of_owner.filter_map(|(key, known)| match known.attributes.get("n") {
            Some(Value::Number(n)) => Some(((*n, key.clone()), known)),
            _ => None,
        });
        let mut all: Vec<_> = placed.filter(|((n, _), _)| self.sorts.holds(*n)).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        if self.descending {
            all.reverse();
        }
        all
    }
}

impl World {
    /// Both directions of every owner's items, page by page.
    pub(super) fn check_lookups(&self) {
        for (place, table) in self.oracle.tables.iter().enumerate() {
            for which in 0..6_u8 {
                let (owner, descending) = (Some(which / 2), which % 2 == 1);
                let question = Question { table: place, owner, sorts: Sorts::Any, descending };
                if table.is_ready(Index::Lookup) {
                    self.check_lookup(&question, table);
                }
            }
        }
    }

    fn check_lookup(&self, question: &Question, table: &Table) {
        let mut told = Vec::new();
        let mut request = question.request().limit(2);
        loop {
            let QueryPage { items, next_token, .. } = self.store().query(&request).expect("a page");
            told.extend(items.into_iter().map(|item| (item.key, item.changed_at)));
            match next_token {
                Some(token) => request = request.next_token(token),
                None => break,
            }
        }
        let wanted: Vec<_> = question
            .answer(table)
            .into_iter()
            .map(|((_, key), known)| (key, known.changed_at))
            .collect();
        assert_eq!(told, wanted, "{question:?}");
    }
}
