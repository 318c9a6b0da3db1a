//! The document: its fields, their types, and the request they make.
//!
//! Source: the AppSync developer guide, "Sync" (resolver mapping template reference for DynamoDB).

use crate::failure::Failure;
use crate::input::index_spec;
use crate::show::kind_name;
use highwater::{
    Filter, IndexSpec, KeyKind, KeyValue, Millis, Number, ScopeRequest, Since, SyncRequest,
    TableSpec,
};
use highwater_format::{Value, parse_json};
use std::collections::BTreeMap;

const VERSION: &str = "2018-05-29";
const OPERATION: &str = "Sync";
const FIELDS: [&str; 8] = [
    "version",
    "operation",
    "basePartitionKey",
    "deltaIndexName",
    "limit",
    "nextToken",
    "lastSync",
    "filter",
];

/// A document whose fields have the right types.
#[derive(Debug)]
pub(super) struct SyncDocument {
    base_partition_key: Option<Value>,
    delta_index_name: Option<String>,
    limit: Option<u32>,
    next_token: Option<String>,
    last_sync: Option<Millis>,
    filter: Option<Filter>,
}

impl SyncDocument {
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let document = parse_json(text).map_err(|e| Failure::from(e).at("the request document"))?;
        let Value::Map(fields) = document else {
            let found = document.type_name();
            return Err(Failure::refused(format!(
                "a request document is an object, not a {found}"
            )));
        };
        let mut fields = Fields::new(fields)?;
        fields.insist("version", VERSION)?;
        fields.insist("operation", OPERATION)?;
        Ok(Self {
            base_partition_key: fields.take("basePartitionKey"),
            delta_index_name: fields.text("deltaIndexName")?,
            limit: fields.limit()?,
            next_token: fields.text("nextToken")?,
            last_sync: fields.last_sync()?,
            filter: fields.filter()?,
        })
    }

    /// The request that the document is, of a table of this declaration.
    pub(super) fn request(&self, spec: &TableSpec) -> Result<SyncRequest, Failure> {
        let mut request = SyncRequest::new(&spec.name);
        request.scope = self.scope(spec)?;
        request.since = self.last_sync.map_or(Since::Never, Since::LastSync);
        request.limit = self.limit.unwrap_or(request.limit);
        request.next_token.clone_from(&self.next_token);
        request.filter.clone_from(&self.filter);
        Ok(request)
    }

    fn scope(&self, spec: &TableSpec) -> Result<ScopeRequest, Failure> {
        let index = self.delta_index_name.as_deref();
        let index = index.map(|name| index_spec(spec, name)).transpose()?;
        let Some(value) = &self.base_partition_key else {
            // The log is global: through any index the whole table is the whole table.
            return Ok(ScopeRequest::Table);
        };
        Ok(match index {
            None => ScopeRequest::Partition(scope_value(value, Some(spec.partition.kind))?),
            Some(index) => {
                let name = index.name.clone();
                ScopeRequest::Index { name, value: scope_value(value, declared(index, spec))? }
            }
        })
    }
}

/// The kind that every value in the index has, if its attribute is one of the key's.
fn declared(index: &IndexSpec, spec: &TableSpec) -> Option<KeyKind> {
    let mut keys = std::iter::once(&spec.partition).chain(&spec.sort);
    keys.find(|key| key.name == index.attribute).map(|key| key.kind)
}

/// The value of a scope: of the declared kind, or of the kind that JSON gives it.
fn scope_value(value: &Value, kind: Option<KeyKind>) -> Result<KeyValue, Failure> {
    match (value, kind) {
        (Value::String(text), None | Some(KeyKind::String)) => Ok(KeyValue::from(text.as_str())),
        (Value::Number(number), None | Some(KeyKind::Number)) => Ok(KeyValue::Number(*number)),
        (Value::String(text), Some(KeyKind::Binary)) => {
            crate::input::key_value(text, KeyKind::Binary)
                .map_err(|reason| Failure::refused(format!("`basePartitionKey`: {reason}")))
        }
        (other, kind) => {
            let expected = match kind {
                None => "a string or a number",
                Some(KeyKind::Binary) => "binary, as base64 in a string",
                Some(kind) => &format!("a {}", kind_name(kind)),
            };
            Err(wrong("basePartitionKey", expected, other))
        }
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> Failure {
    let found = match found {
        Value::Number(number) => format!("{number}"),
        Value::String(text) => format!("the string {text:?}"),
        other => format!("a {}", other.type_name()),
    };
    Failure::refused(format!("`{name}` must be {expected}, found {found}"))
}

/// The fields that have not been taken yet. Null is the same as absent.
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn new(fields: BTreeMap<String, Value>) -> Result<Self, Failure> {
        match fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            None => Ok(Self(fields)),
            Some(unknown) => {
                let message =
                    format!("a Sync request has no field `{}`", crate::show::safe(unknown));
                Err(Failure::refused(message).hint(format!("it has: {}", FIELDS.join(", "))))
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| *value != Value::Null)
    }

    /// A field that must be there and can only be one thing.
    fn insist(&mut self, name: &str, only: &str) -> Result<(), Failure> {
        match self.take(name) {
            Some(Value::String(text)) if text == only => Ok(()),
            Some(other) => Err(wrong(name, &format!("\"{only}\""), &other)),
            None => Err(Failure::refused(format!("`{name}` is missing; it must be \"{only}\""))),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Failure> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "a string", &other)),
        }
    }

    fn limit(&mut self) -> Result<Option<u32>, Failure> {
        let Some(value) = self.take("limit") else { return Ok(None) };
        let limit = whole(&value).and_then(|n| u32::try_from(n).ok());
        let limit = limit.filter(|n| (1..=1000).contains(n));
        limit.map(Some).ok_or_else(|| wrong("limit", "a whole number from 1 to 1000", &value))
    }

    fn last_sync(&mut self) -> Result<Option<Millis>, Failure> {
        let Some(value) = self.take("lastSync") else { return Ok(None) };
        let ms = whole(&value).and_then(|n| u64::try_from(n).ok());
        let expected = "milliseconds since the epoch, a whole number";
        ms.map(|ms| Some(Millis(ms))).ok_or_else(|| wrong("lastSync", expected, &value))
    }

    fn filter(&mut self) -> Result<Option<Filter>, Failure> {
        match self.take("filter") {
            None => Ok(None),
            Some(filter @ Value::Map(_)) => Ok(Some(Filter::from_request(&filter)?)),
            Some(other) => Err(wrong("filter", "an object", &other)),
        }
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Number::to_i64(*number),
        _ => None,
    }
}
