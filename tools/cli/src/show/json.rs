//! A JSON object, member by member: documents go in as the text they are, with all 38 digits.

use serde::Serialize;

/// An object under construction.
#[derive(Debug)]
pub(crate) struct Object {
    text: String,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self { text: "{".to_owned() }
    }

    /// Adds a member whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(&to_json(name));
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    /// Adds a member.
    pub(crate) fn field(self, name: &str, value: impl Serialize) -> Self {
        self.raw(name, &to_json(value))
    }

    /// The object's text.
    pub(crate) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// Only maps whose keys are no strings fail, and nothing shown here holds one.
fn to_json(value: impl Serialize) -> String {
    serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_follow_each_other() {
        assert_eq!(Object::new().finish(), "{}");
        let object = Object::new().field("a\"", None::<u8>).raw("b", "[1]").field("c", "x");
        assert_eq!(object.finish(), r#"{"a\"":null,"b":[1],"c":"x"}"#);
    }
}
