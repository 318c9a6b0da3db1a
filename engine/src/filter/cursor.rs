//! A position among the tokens of an expression.

use super::error::{FilterError, Place};
use super::lexer::{Lexeme, Token};

pub(super) struct Cursor<'a> {
    tokens: Vec<Lexeme<'a>>,
    next: usize,
}

impl<'a> Cursor<'a> {
    /// Before the first of `tokens`, the last of which is [`Token::End`].
    pub(super) fn new(tokens: Vec<Lexeme<'a>>) -> Self {
        Self { tokens, next: 0 }
    }

    pub(super) fn peek(&self) -> Lexeme<'a> {
        self.lexeme(self.next)
    }

    /// The token after the next one.
    pub(super) fn peek_after(&self) -> Lexeme<'a> {
        self.lexeme(self.next.saturating_add(1))
    }

    pub(super) fn advance(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// Takes the next token if it is `token`, and says whether it was.
    pub(super) fn take(&mut self, token: Token<'_>) -> bool {
        let found = self.peek().token == token;
        if found {
            self.advance();
        }
        found
    }

    /// Takes the next token, which must be `token`.
    pub(super) fn insist(
        &mut self,
        token: Token<'_>,
        expected: &'static str,
    ) -> Result<(), FilterError> {
        if self.take(token) { Ok(()) } else { Err(self.expected(expected)) }
    }

    /// The error that the next token is not what is expected.
    pub(super) fn expected(&self, expected: &'static str) -> FilterError {
        let next = self.peek();
        FilterError::Expected { at: Place::Byte(next.at), expected, found: next.shown() }
    }

    /// The token at `index`; the last one, which is the end, also stands for all after it.
    fn lexeme(&self, index: usize) -> Lexeme<'a> {
        let end = Lexeme { token: Token::End, at: 0, text: "" };
        self.tokens.get(index).or(self.tokens.last()).copied().unwrap_or(end)
    }
}
