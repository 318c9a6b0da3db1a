//! DynamoDB's condition and filter expressions, from tokens to the tree.
//!
//! ```text
//! any        := all { OR all }                 the least binding
//! all        := not { AND not }
//! not        := NOT not | comparison
//! comparison := primary [ comparator operand | BETWEEN operand AND operand | IN operands ]
//! primary    := '(' any ')' | single
//! operand    := '(' operand ')' | single
//! operands   := '(' operand { ',' operand } ')'
//! single     := function operands | :value | path
//! path       := name { '.' name | '[' index ']' }          name := attribute | #name
//! ```
//!
//! A parenthesis before a comparator and one around a condition begin alike, so the rules give a
//! [`Node`] of either kind, and who needs the one kind says so.
//!
//! Source: the DynamoDB developer guide, "Condition and filter expressions, operators, and
//! functions".

use super::ast::{Expr, Operand, Path, Segment};
use super::checked;
use super::cursor::Cursor;
use super::error::{FilterError, Place};
use super::functions;
use super::lexer::{self, Keyword, Lexeme, Token};
use super::limits::{Budget, MAX_EXPRESSION_BYTES};
use super::placeholders::Placeholders;
use highwater_format::Value;
use std::collections::BTreeMap;

pub(super) fn parse(
    expression: &str,
    names: &BTreeMap<String, String>,
    values: &BTreeMap<String, Value>,
) -> Result<Expr, FilterError> {
    if expression.len() > MAX_EXPRESSION_BYTES {
        return Err(FilterError::TooLong { length: expression.len(), limit: MAX_EXPRESSION_BYTES });
    }
    let mut parser = Parser {
        cursor: Cursor::new(lexer::tokens(expression)?),
        budget: Budget::default(),
        placeholders: Placeholders::new(names, values),
    };
    parser.whole().map(|condition| *condition).map_err(|error| *error)
}

const OPERAND: &str = "an attribute, a `:value` or size(...)";

/// The rules call each other for each level of nesting, so what they hand on is kept small: the
/// stack must hold 64 levels of it.
pub(super) type Parsed<T> = Result<T, Box<FilterError>>;

/// What a rule has read.
pub(super) enum Node {
    Condition(Box<Expr>),
    Operand(Operand),
}

pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) budget: Budget,
    placeholders: Placeholders<'a>,
}

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Box<Expr>> {
        let node = self.any()?;
        let condition = self.condition(node)?;
        self.cursor.insist(Token::End, "AND, OR or the end")?;
        self.placeholders.all_used()?;
        Ok(condition)
    }

    fn any(&mut self) -> Parsed<Node> {
        let first = self.all()?;
        if self.cursor.peek().token != Token::Keyword(Keyword::Or) {
            return Ok(first);
        }
        let mut branches = vec![*self.condition(first)?];
        while self.operator(Keyword::Or)? {
            let branch = self.all()?;
            branches.push(*self.condition(branch)?);
        }
        Ok(Node::Condition(Box::new(Expr::or(branches))))
    }

    fn all(&mut self) -> Parsed<Node> {
        let first = self.not()?;
        if self.cursor.peek().token != Token::Keyword(Keyword::And) {
            return Ok(first);
        }
        let mut parts = vec![*self.condition(first)?];
        while self.operator(Keyword::And)? {
            let part = self.not()?;
            parts.push(*self.condition(part)?);
        }
        Ok(Node::Condition(Box::new(Expr::and(parts))))
    }

    fn not(&mut self) -> Parsed<Node> {
        let at = self.cursor.peek().at;
        if !self.operator(Keyword::Not)? {
            return self.comparison();
        }
        self.budget.enter(|| Place::Byte(at))?;
        let node = self.not()?;
        let inner = self.condition(node)?;
        self.budget.leave();
        Ok(Node::Condition(Box::new(Expr::Not(inner))))
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let left = match self.primary()? {
            Node::Operand(operand) => operand,
            condition @ Node::Condition(_) => return Ok(condition),
        };
        match self.cursor.peek().token {
            Token::Comparator(_) | Token::Keyword(Keyword::Between | Keyword::In) => {
                self.compared(left).map(Node::Condition)
            }
            _ => Ok(Node::Operand(left)),
        }
    }

    /// The rest of a comparison, after its first operand.
    fn compared(&mut self, left: Operand) -> Parsed<Box<Expr>> {
        let Lexeme { token, at, .. } = self.cursor.peek();
        let at = Place::Byte(at);
        self.cursor.advance();
        let condition = match token {
            Token::Comparator(op) => checked::compare(op, left, self.operand()?, &at)?,
            Token::Keyword(Keyword::Between) => {
                let low = self.operand()?;
                let and = Token::Keyword(Keyword::And);
                self.cursor.insist(and, "AND between the bounds of BETWEEN")?;
                checked::between(left, low, self.operand()?, &at)?
            }
            _ => checked::one_of(left, self.operands()?, &at)?,
        };
        self.budget.operator(|| at)?;
        Ok(Box::new(condition))
    }

    fn primary(&mut self) -> Parsed<Node> {
        let at = self.cursor.peek().at;
        if !self.cursor.take(Token::Symbol('(')) {
            return self.single("a condition or an operand");
        }
        self.budget.enter(|| Place::Byte(at))?;
        let inner = self.any()?;
        self.cursor.insist(Token::Symbol(')'), "an operator or `)`")?;
        self.budget.leave();
        Ok(inner)
    }

    /// An operand in any number of parentheses.
    fn operand(&mut self) -> Parsed<Operand> {
        let at = self.cursor.peek().at;
        if self.cursor.take(Token::Symbol('(')) {
            self.budget.enter(|| Place::Byte(at))?;
            let inner = self.operand()?;
            self.cursor.insist(Token::Symbol(')'), "`)`")?;
            self.budget.leave();
            return Ok(inner);
        }
        match self.single(OPERAND)? {
            Node::Operand(operand) => Ok(operand),
            Node::Condition(_) => Err(Box::new(FilterError::Expected {
                at: Place::Byte(at),
                expected: OPERAND,
                found: "a condition".to_owned(),
            })),
        }
    }

    fn single(&mut self, expected: &'static str) -> Parsed<Node> {
        let Lexeme { token, at, text } = self.cursor.peek();
        match token {
            Token::Value(_) => {
                self.cursor.advance();
                let literal = self.placeholders.value(text, at)?;
                Ok(Node::Operand(Operand::Literal(literal)))
            }
            Token::Word(name) if self.cursor.peek_after().token == Token::Symbol('(') => {
                self.cursor.advance();
                functions::call(self, name, at)
            }
            Token::Word(_) | Token::Name(_) => Ok(Node::Operand(Operand::Path(self.path()?))),
            _ => Err(self.cursor.expected(expected).into()),
        }
    }

    /// Operands between commas, in parentheses.
    pub(super) fn operands(&mut self) -> Parsed<Vec<Operand>> {
        self.cursor.insist(Token::Symbol('('), "`(`")?;
        let mut list = vec![self.operand()?];
        while self.cursor.take(Token::Symbol(',')) {
            list.push(self.operand()?);
        }
        self.cursor.insist(Token::Symbol(')'), "`,` or `)`")?;
        Ok(list)
    }

    fn path(&mut self) -> Parsed<Path> {
        let root = self.name()?;
        let mut steps = Vec::new();
        loop {
            if self.cursor.take(Token::Symbol('.')) {
                steps.push(Segment::Field(self.name()?));
            } else if self.cursor.take(Token::Symbol('[')) {
                let index = match self.cursor.peek().token {
                    Token::Digits(digits) => digits.parse().ok(),
                    _ => None,
                };
                let none = || self.cursor.expected("the index of a list element");
                steps.push(Segment::Index(index.ok_or_else(none)?));
                self.cursor.advance();
                self.cursor.insist(Token::Symbol(']'), "`]`")?;
            } else {
                return Ok(Path { root, steps });
            }
        }
    }

    fn name(&mut self) -> Parsed<String> {
        let Lexeme { token, at, text } = self.cursor.peek();
        let expected = match token {
            Token::Word(word) => {
                self.cursor.advance();
                return Ok(word.to_owned());
            }
            Token::Name(_) => {
                self.cursor.advance();
                return Ok(self.placeholders.name(text, at)?);
            }
            Token::Keyword(_) => "an attribute (one named as a keyword needs a `#name`)",
            _ => "an attribute",
        };
        Err(self.cursor.expected(expected).into())
    }

    /// Insists on a condition, when the token after it is the next one.
    fn condition(&self, node: Node) -> Parsed<Box<Expr>> {
        match node {
            Node::Condition(condition) => Ok(condition),
            Node::Operand(_) => Err(self.cursor.expected("= <> < <= > >= BETWEEN or IN").into()),
        }
    }

    /// Takes `keyword` if it is next, counting it as an operator.
    fn operator(&mut self, keyword: Keyword) -> Parsed<bool> {
        let at = self.cursor.peek().at;
        let found = self.cursor.take(Token::Keyword(keyword));
        if found {
            self.budget.operator(|| Place::Byte(at))?;
        }
        Ok(found)
    }
}
