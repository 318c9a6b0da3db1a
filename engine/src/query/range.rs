//! The keys of an ordered index that a query asks for: always one range.
//!
//! A value's encoding begins with its type and delimits itself, so that the values of one type lie
//! together, and those that begin with a text do too.

use super::request::{QueryRequest, SortCondition};
use crate::catalog::Lookup;
use crate::error::{Error, Result};
use crate::options::{MOST_PARTITION_BYTES, MOST_SORT_BYTES};
use highwater_format::{KeyValue, keys};

/// Keys from `from` up to `to`, which is not among them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
}

impl Range {
    fn of_prefix(prefix: Vec<u8>) -> Self {
        let to = keys::after_prefix(&prefix);
        Self { from: prefix, to }
    }
}

/// The range that `request` asks for in `lookup`.
pub(super) fn of(lookup: &Lookup, request: &QueryRequest) -> Result<Range> {
    fits("the query's value", &request.value, MOST_PARTITION_BYTES)?;
    let prefix = keys::lookup(lookup.id, &request.value.encode(), &[]);
    if lookup.spec.sort.is_none() && request.sort != SortCondition::Any {
        return Err(Error::out_of_range(
            "sort condition",
            "one",
            format!("none: index `{}` has no sort attribute", lookup.spec.name),
        ));
    }
    let whole = |value: &KeyValue| -> Result<Range> {
        fits("the query's sort value", value, MOST_SORT_BYTES)?;
        Ok(Range::of_prefix([prefix.as_slice(), &value.encode()].concat()))
    };
    // All values of the type that `value` has.
    let kind = |value: &KeyValue| {
        let encoded = value.encode();
        let tag = encoded.get(..1).unwrap_or_default();
        Range::of_prefix([prefix.as_slice(), tag].concat())
    };
    Ok(match &request.sort {
        SortCondition::Any => Range::of_prefix(prefix),
        SortCondition::Eq(value) => whole(value)?,
        SortCondition::Lt(value) => Range { to: whole(value)?.from, ..kind(value) },
        SortCondition::Le(value) => Range { to: whole(value)?.to, ..kind(value) },
        SortCondition::Gt(value) => Range { from: whole(value)?.to, ..kind(value) },
        SortCondition::Ge(value) => Range { from: whole(value)?.from, ..kind(value) },
        SortCondition::Between(low, high) => {
            let (low_range, high_range) = (whole(low)?, whole(high)?);
            if kind(low) != kind(high) || high_range.from < low_range.from {
                let found = format!("{low} and {high}");
                let allowed = "two values of one type, the lower one first";
                return Err(Error::out_of_range("between", found, allowed));
            }
            Range { from: low_range.from, to: high_range.to }
        }
        SortCondition::BeginsWith(value) => {
            let mut start = whole(value)?.from;
            if matches!(value, KeyValue::Number(_)) {
                return Err(Error::out_of_range("begins_with", value, "a string or binary"));
            }
            // What follows is the end of the value, two bytes, or more of it.
            start.truncate(start.len().saturating_sub(2));
            Range::of_prefix(start)
        }
    })
}

fn fits(what: &str, value: &KeyValue, limit: usize) -> Result<()> {
    let found = value.size();
    if found > limit {
        return Err(Error::TooLarge { what: what.to_owned(), found, limit });
    }
    Ok(())
}
