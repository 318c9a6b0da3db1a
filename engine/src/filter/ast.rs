//! The tree that both notations become.
//!
//! Build conditions through [`super::checked`]; the tree itself holds whatever it is given.

use super::attribute_type::AttributeType;
use super::literal::Literal;

/// A condition: true or false for every item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// All of them; none at all is true.
    And(Vec<Expr>),
    /// Any of them; none at all is false.
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        op: Comparator,
        left: Operand,
        right: Operand,
    },
    Between {
        value: Operand,
        low: Operand,
        high: Operand,
    },
    In {
        value: Operand,
        list: Vec<Operand>,
    },
    /// `attribute_exists`; `attribute_not_exists` is its `Not`.
    Exists(Path),
    HasType(Operand, AttributeType),
    BeginsWith {
        text: Operand,
        prefix: Operand,
    },
    Contains {
        container: Operand,
        element: Operand,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operand {
    Path(Path),
    Literal(Literal),
    /// The size of what lies at a path.
    Size(Path),
}

/// The way to a value: a top-level attribute, then steps into maps and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) root: String,
    pub(super) steps: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Field(String),
    Index(usize),
}

impl Expr {
    /// All of `conditions`. Nested ones are taken in, so that grouping leaves no trace in the tree.
    pub(super) fn and(conditions: Vec<Expr>) -> Self {
        let mut flat = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match condition {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        only(flat).unwrap_or_else(Self::And)
    }

    /// Any of `conditions`, flattened as [`Expr::and`] does.
    pub(super) fn or(conditions: Vec<Expr>) -> Self {
        let mut flat = Vec::with_capacity(conditions.len());
        for condition in conditions {
            match condition {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        only(flat).unwrap_or_else(Self::Or)
    }

    pub(super) fn not(condition: Expr) -> Self {
        Self::Not(Box::new(condition))
    }
}

/// The only element, or the list as it was.
fn only(mut list: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    match list.pop() {
        Some(single) if list.is_empty() => Ok(single),
        Some(last) => {
            list.push(last);
            Err(list)
        }
        None => Err(list),
    }
}

impl Comparator {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

impl Path {
    /// A top-level attribute.
    pub(super) fn top(name: &str) -> Self {
        Self { root: name.to_owned(), steps: Vec::new() }
    }
}
