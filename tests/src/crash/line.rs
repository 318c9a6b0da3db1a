//! What a child says, a line each: whatever reached the pipe before it was killed is whole.

use super::task::Task;
use highwater::{
    Digest, Document, Incarnation, ItemKey, KeyValue, Millis, Mode, State, SyncItem, SyncPage,
    Timestamp,
};
use serde_json::{Value, json};

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// The store is open.
    Open,
    /// A writer asks for these: key, and the number that its document is to hold, or none to delete it.
    Ask(u64, Vec<(String, Option<u64>)>),
    /// The writer was answered: each item's version, whether it was written, and when it changed last.
    Answer(u64, Vec<(u64, bool, u64)>),
    /// A writer asks to write the shared item where it has this version (0: none), with this number.
    Race(u64, u64, u64),
    /// The writer was answered: the version it wrote and when, or none because another was faster.
    Raced(u64, Option<(u64, u64)>),
    /// A device has a page; whether it is the first of its run.
    Page(u64, bool, Box<SyncPage>),
    /// The keeper begins something.
    Begin(Task),
    /// The keeper has ended it.
    End(Task),
    /// So many floors rose when the keeper let go what has expired.
    Raised(u64),
    /// The disk has failed the store, which has to be opened again; what was to be done then.
    Failed(String),
    /// Something was refused that should not have been.
    Wrong(String),
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn page_as(page: &SyncPage) -> Value {
    let items: Vec<_> = page
        .items
        .iter()
        .map(|item| {
            let state = match item.state {
                State::Live => 0,
                State::Deleted => 1,
                State::Left => 2,
            };
            let KeyValue::String(key) = &item.key.partition else { return Value::Null };
            json!([
                key.as_str(),
                item.version,
                item.changed_at.0,
                state,
                format!("{:?}", item.document)
            ])
        })
        .collect();
    json!({
        "items": items,
        "next": page.next_token,
        "started": page.started_at.0,
        "reset": page.reset,
        "incarnation": page.incarnation.0,
        "digest": page.digest.map(|digest| (digest.items, digest.sum.to_string())),
    })
}

fn page_of(value: &Value) -> Option<SyncPage> {
    let item = |item: &Value| {
        Some(SyncItem {
            key: ItemKey::from(text(&item[0])),
            version: number(&item[1]),
            changed_at: Timestamp(number(&item[2])),
            state: match number(&item[3]) {
                0 => State::Live,
                1 => State::Deleted,
                _ => State::Left,
            },
            document: Document::from_json(item[4].as_str()?).ok()?,
        })
    };
    let bytes: Vec<u8> =
        list(&value["incarnation"]).filter_map(|byte| number(byte).try_into().ok()).collect();
    let digest = &value["digest"];
    Some(SyncPage {
        items: list(&value["items"]).map(item).collect::<Option<_>>()?,
        next_token: value["next"].as_str().map(str::to_owned),
        scanned_count: 0,
        started_at: Millis(number(&value["started"])),
        reset: value["reset"].as_bool()?,
        cursor: None,
        incarnation: Incarnation(bytes.try_into().ok()?),
        mode: Mode::Delta,
        digest: digest[1]
            .as_str()
            .and_then(|sum| Some(Digest { items: number(&digest[0]), sum: sum.parse().ok()? })),
    })
}

impl Line {
    /// The line's text.
    pub fn write(&self) -> String {
        let value = match self {
            Self::Open => json!(["open"]),
            Self::Ask(writer, asked) => json!(["ask", writer, asked]),
            Self::Answer(writer, told) => json!(["answer", writer, told]),
            Self::Race(writer, version, n) => json!(["race", writer, version, n]),
            Self::Raced(writer, won) => json!(["raced", writer, won]),
            Self::Page(device, first, page) => json!(["page", device, first, page_as(page)]),
            Self::Begin(what) => json!(["begin", what.write()]),
            Self::End(what) => json!(["end", what.write()]),
            Self::Raised(floors) => json!(["raised", floors]),
            Self::Failed(what) => json!(["failed", what]),
            Self::Wrong(what) => json!(["wrong", what]),
        };
        format!("{value}\n")
    }

    /// Reads a line; `None` for one that was cut off.
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let who = number(&value[1]);
        Some(match value[0].as_str()? {
            "open" => Self::Open,
            "ask" => {
                let asked = list(&value[2]).map(|ask| (text(&ask[0]), ask[1].as_u64()));
                Self::Ask(who, asked.collect())
            }
            "answer" => {
                let told = list(&value[2])
                    .map(|t| (number(&t[0]), t[1].as_bool().unwrap_or_default(), number(&t[2])));
                Self::Answer(who, told.collect())
            }
            "race" => Self::Race(who, number(&value[2]), number(&value[3])),
            "raced" => {
                let won = value[2].as_array().map(|_| (number(&value[2][0]), number(&value[2][1])));
                Self::Raced(who, won)
            }
            "page" => Self::Page(who, value[2].as_bool()?, Box::new(page_of(&value[3])?)),
            "begin" => Self::Begin(Task::read(&value[1])?),
            "end" => Self::End(Task::read(&value[1])?),
            "raised" => Self::Raised(who),
            "failed" => Self::Failed(text(&value[1])),
            "wrong" => Self::Wrong(text(&value[1])),
            _ => return None,
        })
    }
}
