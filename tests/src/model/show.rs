//! How a history is shown when it fails: a line for each transition, not a page.

use super::body::{Body, Edit, Field, TABLES};
use super::setup::{OptionSet, TableSetup};
use super::transition::{Step, Write};
use super::view::View;
use std::fmt::{Debug, Formatter, Result};

impl Debug for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Missing => write!(f, "-"),
            Self::Null => write!(f, "null"),
            Self::Is(which) => write!(f, "{which}"),
        }
    }
}

impl Debug for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { owner, tag, n, gone, long } = self;
        write!(
            f,
            "{{owner {owner:?}, tag {tag:?}, n {n:?}, {gone:?}{}}}",
            if *long { ", long" } else { "" }
        )
    }
}

impl Debug for Edit {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { owner, tag, n, gone } = self;
        write!(f, "{{owner {owner:?}, tag {tag:?}, n {n:?}, gone {gone:?}}}")
    }
}

impl Debug for Write {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { table, item, deed, belief } = self;
        write!(f, "{}[{item}] {deed:?} if {belief:?}", TABLES[*table])
    }
}

impl Debug for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { device, view, limit, filled, since, deliver } = self;
        let filled = if *filled { " filled" } else { "" };
        let later = if *deliver { "" } else { ", applied later" };
        write!(f, "device {device} view {view} from {since:?}, limit {limit}{filled}{later}")
    }
}

impl Debug for View {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { table, part, filter, leavers_in_base, tombstones } = self;
        write!(f, "{} {part:?}", TABLES[*table])?;
        if !filter.is_empty() {
            write!(f, " where {filter:?}")?;
        }
        let leavers = if *leavers_in_base { ", leavers in base" } else { "" };
        write!(f, "{leavers}{}", if *tombstones { "" } else { ", no tombstones in base" })
    }
}

impl Debug for OptionSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { durability, bucket_width, small_buffers, small_pages, recent_bytes } = self;
        write!(f, "{durability:?}, buckets of {bucket_width:?}, ")?;
        write!(f, "small buffers {small_buffers}, small pages {small_pages}, ")?;
        write!(f, "{recent_bytes} recent bytes")
    }
}

impl Debug for TableSetup {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { indexes, lookup, expires, ttls, conflicts } = self;
        let ms = |ttl: Option<highwater::Millis>| ttl.map(|ttl| ttl.0);
        let ttls = (ms(ttls.delta), ms(ttls.tombstone), ms(ttls.history));
        let ordered = if *lookup { " and an ordered one" } else { "" };
        let declared = indexes.declared();
        let over = if *expires { ", items expire" } else { "" };
        write!(f, "{declared:?}{ordered}, TTLs {ttls:?}, {conflicts:?}{over}")
    }
}
