//! How a three-way merge settles an attribute: `ATTRIBUTE=RULE`.

use highwater::MergeRule;

/// The value of `--merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) attribute: String,
    pub(crate) rule: MergeRule,
}

impl std::str::FromStr for Merge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (attribute, rule) =
            text.rsplit_once('=').ok_or_else(|| "expected ATTRIBUTE=RULE".to_owned())?;
        let rule = match rule {
            "keep" => MergeRule::KeepStored,
            "take" => MergeRule::TakeNew,
            "union" => MergeRule::Union,
            "append" => MergeRule::Append,
            "add" => MergeRule::Add,
            other => {
                return Err(format!("`{other}` is none of keep, take, union, append, add"));
            }
        };
        Ok(Self { attribute: attribute.to_owned(), rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_a_word() {
        for (word, rule) in [
            ("keep", MergeRule::KeepStored),
            ("take", MergeRule::TakeNew),
            ("union", MergeRule::Union),
            ("append", MergeRule::Append),
            ("add", MergeRule::Add),
        ] {
            let merge: Merge = format!("a=b={word}").parse().unwrap();
            assert_eq!((merge.attribute.as_str(), merge.rule), ("a=b", rule));
        }
        assert!("likes".parse::<Merge>().is_err());
        assert!("likes=sum".parse::<Merge>().unwrap_err().contains("`sum`"));
    }
}
