//! An expression's text as tokens, each with the byte it starts at.

use super::ast::Comparator;
use super::error::{FilterError, Place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// An attribute's or a function's name.
    Word(&'t str),
    /// One of `AND OR NOT BETWEEN IN`, in any case.
    Keyword(Keyword),
    /// A `#name` placeholder, with its `#`.
    Name(&'t str),
    /// A `:value` placeholder, with its `:`.
    Value(&'t str),
    Digits(&'t str),
    Comparator(Comparator),
    /// One of `( ) [ ] , .`
    Symbol(char),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
    Between,
    In,
}

/// A token where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'t> {
    pub(super) token: Token<'t>,
    pub(super) at: usize,
    /// The token as it was written; nothing for [`Token::End`].
    pub(super) text: &'t str,
}

impl Lexeme<'_> {
    /// The token as a message shows it.
    pub(super) fn shown(&self) -> String {
        match self.token {
            Token::End => "the end".to_owned(),
            _ => format!("`{}`", self.text),
        }
    }
}

/// All tokens of `text`, with [`Token::End`] as the last.
pub(super) fn tokens(text: &str) -> Result<Vec<Lexeme<'_>>, FilterError> {
    let mut lexemes = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            let token = Token::End;
            lexemes.push(Lexeme { token, at, text: "" });
            return Ok(lexemes);
        };
        let (token, length) = token(rest, first).ok_or_else(|| FilterError::Expected {
            at: Place::Byte(at),
            expected: "a name, `#name`, `:value`, comparator, parenthesis, bracket, comma or point",
            // A quotation mark is shown as it is: `a = 'x'` is what people write first.
            found: match first {
                ' '..='~' => format!("`{first}`"),
                other => format!("`{}`", other.escape_unicode()),
            },
        })?;
        let (text, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        lexemes.push(Lexeme { token, at, text });
        rest = tail;
    }
}

/// The token that `rest` starts with, and its length; `None` if no token starts with `first`.
fn token(rest: &str, first: char) -> Option<(Token<'_>, usize)> {
    let comparator = |op: Comparator| (Token::Comparator(op), op.symbol().len());
    Some(match first {
        '(' | ')' | '[' | ']' | ',' | '.' => (Token::Symbol(first), 1),
        '=' => comparator(Comparator::Eq),
        '<' if rest.starts_with("<>") => comparator(Comparator::Ne),
        '<' if rest.starts_with("<=") => comparator(Comparator::Le),
        '<' => comparator(Comparator::Lt),
        '>' if rest.starts_with(">=") => comparator(Comparator::Ge),
        '>' => comparator(Comparator::Gt),
        '#' => placeholder(rest).map(|text| (Token::Name(text), text.len()))?,
        ':' => placeholder(rest).map(|text| (Token::Value(text), text.len()))?,
        '0'..='9' => {
            let digits = run(rest, |b| b.is_ascii_digit());
            (Token::Digits(digits), digits.len())
        }
        'a'..='z' | 'A'..='Z' | '_' => {
            let word = run(rest, is_word);
            (keyword(word).map_or(Token::Word(word), Token::Keyword), word.len())
        }
        _ => return None,
    })
}

/// The bytes from the start of `text` that fit; all of them ASCII.
fn run(text: &str, fits: impl Fn(u8) -> bool) -> &str {
    let length = text.bytes().take_while(|b| fits(*b)).count();
    text.get(..length).unwrap_or_default()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// `#name` or `:value`, if at least one character follows the sign.
fn placeholder(text: &str) -> Option<&str> {
    let name = run(text.get(1..)?, is_word);
    (!name.is_empty()).then(|| text.get(..=name.len()))?
}

fn keyword(word: &str) -> Option<Keyword> {
    [
        ("AND", Keyword::And),
        ("OR", Keyword::Or),
        ("NOT", Keyword::Not),
        ("BETWEEN", Keyword::Between),
        ("IN", Keyword::In),
    ]
    .into_iter()
    .find(|(name, _)| name.eq_ignore_ascii_case(word))
    .map(|(_, keyword)| keyword)
}
