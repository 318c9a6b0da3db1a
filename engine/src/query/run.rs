//! Filling a page of a query.

use super::page::QueryPage;
use super::range::{self, Range};
use super::request::QueryRequest;
use super::token;
use crate::catalog::{Lookup, Table};
use crate::error::{Error, Result, hex};
use crate::fault::Point;
use crate::filter::{Filter, Subject};
use crate::item::Item;
use crate::storage::{Scan, View};
use crate::store::Inner;
use crate::sync::check_limit;
use highwater_format::meta::IndexPhase;
use highwater_format::{Family, ItemKey, Record, keys};

/// How many pages' worth of bytes one page may examine to find what passes its filter.
const SCAN_PAGES: usize = 8;

impl Inner {
    /// Answers one page.
    pub(crate) fn query(&self, request: &QueryRequest) -> Result<QueryPage> {
        self.catalog.answer(&request.table, |table| self.query_in(table, request))
    }

    fn query_in(&self, table: &Table, request: &QueryRequest) -> Result<QueryPage> {
        let limit = check_limit(request.limit)?;
        let lookup = table.lookup(&request.index)?;
        if lookup.phase == IndexPhase::Building {
            return Err(table.index_building(&request.index));
        }
        let mut range = range::of(lookup, request)?;
        let mut place = token::begin(self, table, lookup, &range, request);
        if let Some(text) = &request.next_token {
            place = token::open(self, text, &place)?;
            let last = keys::lookup(lookup.id, &place.after, &[]);
            range = behind(range, last, request.descending);
        }
        // Index and base must agree.
        let view = self.storage.snapshot();
        let mut scan = open(&view, &range, request.descending)?;
        let mut filling = Filling::new(request, limit, self.options.limits.page_bytes);
        let mut more = false;
        while scan.advance()?.is_some() {
            let (key, _) = scan.entry()?;
            let (entry, item, record) = record_of(&view, table, lookup, key)?;
            if filling.is_full(item, &record) {
                more = true;
                break;
            }
            place.after = entry.to_vec();
            filling.examine(item, record)?;
        }
        let _ = self.faults.hit(Point::PageRead);
        // What was dropped meanwhile was not read, and nobody noticed.
        table.check_not_dropped(Some(lookup.id))?;
        Ok(QueryPage {
            items: filling.items,
            next_token: more.then(|| token::seal(self, &place)).transpose()?,
            scanned_count: filling.scanned,
        })
    }
}

/// What is left of a range behind `last`.
fn behind(range: Range, mut last: Vec<u8>, descending: bool) -> Range {
    if descending {
        return Range { to: last.max(range.from.clone()), from: range.from };
    }
    last.push(0);
    Range { from: last.max(range.from), to: range.to }
}

fn open<'a>(view: &'a View<'_>, range: &Range, descending: bool) -> Result<Scan<'a>> {
    let Range { from, to } = range;
    Ok(match descending {
        true => view.scan_back(Family::Lookup, from, to.clone())?,
        false => view.scan(Family::Lookup, from, to.clone())?,
    })
}

/// The item that an entry names, in the same view, and the entry behind the index's number.
fn record_of<'k>(
    view: &View<'_>,
    table: &Table,
    lookup: &Lookup,
    key: &'k [u8],
) -> Result<(&'k [u8], &'k [u8], Record)> {
    let entry = keys::decode_lookup(key)?.1;
    let item = lookup.item_of(entry)?;
    match view.get(Family::Base, &keys::base(table.id(), item), Record::decode)? {
        Some(record) if !record.deleted => Ok((entry, item, record)),
        _ => Err(Error::Damaged {
            place: format!("lookup key {}", hex(key)),
            reason: "its item is not in base".to_owned(),
        }),
    }
}

/// A page being filled.
struct Filling<'a> {
    filter: Option<&'a Filter>,
    limit: usize,
    page_bytes: usize,
    items: Vec<Item>,
    scanned: usize,
    bytes: usize,
    scanned_bytes: usize,
}

fn weight(item: &[u8], record: &Record) -> usize {
    item.len() + record.document.as_bytes().len()
}

impl<'a> Filling<'a> {
    fn new(request: &'a QueryRequest, limit: usize, page_bytes: usize) -> Self {
        Self {
            filter: request.filter.as_ref(),
            limit,
            page_bytes,
            items: Vec::new(),
            scanned: 0,
            bytes: 0,
            scanned_bytes: 0,
        }
    }

    /// Whether `next` must wait for the next page.
    fn is_full(&self, item: &[u8], next: &Record) -> bool {
        let heavy = self.bytes + weight(item, next) > self.page_bytes && !self.items.is_empty();
        let tired = self.scanned_bytes >= SCAN_PAGES * self.page_bytes;
        self.scanned >= self.limit || heavy || tired
    }

    fn examine(&mut self, item: &[u8], record: Record) -> Result<()> {
        self.scanned += 1;
        self.scanned_bytes += weight(item, &record);
        let subject = Subject {
            document: record.document.as_map(),
            version: record.version,
            changed_at: record.changed_at.millis(),
            deleted: record.deleted,
        };
        if self.filter.map_or(Ok(true), |filter| filter.matches(&subject))? {
            self.bytes += weight(item, &record);
            self.items.push(Item::new(ItemKey::decode(item)?, record));
        }
        Ok(())
    }
}
