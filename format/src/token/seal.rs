//! Sealing: XChaCha20-Poly1305 under one key of a ring.
//!
//! ```text
//! token := base64url without padding of
//!          version:1, kind:1, key id:4 big-endian, nonce:24, ciphertext and tag
//! ```
//!
//! Version, kind and key id are authenticated with the content. A nonce is 192 random bits, so any
//! number of tokens may be sealed under one key.

use crate::FORMAT_VERSION;
use crate::error::FormatError;
use crate::meta::{KeyRing, RingKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

const NONCE: usize = 24;
const HEADER: usize = 6;

/// What a token is for; one cannot pass for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TokenKind {
    /// Continues a paginated sync.
    Page = 1,
    /// Begins the next sync.
    Cursor = 2,
    /// Continues a paginated query.
    Query = 3,
    /// Continues a paginated sync of several tables.
    TablesPage = 4,
    /// Begins the next sync of several tables.
    TablesCursor = 5,
}

fn header(kind: TokenKind, key: u32) -> [u8; HEADER] {
    let [a, b, c, d] = key.to_be_bytes();
    [FORMAT_VERSION, kind as u8, a, b, c, d]
}

/// Seals `content` with `key`. The caller provides the nonce, fresh random bytes for each token.
///
/// # Errors
/// [`FormatError::Token`] only if the content is too long to encrypt (256 GiB).
pub fn seal_token(
    key: &RingKey,
    nonce: [u8; NONCE],
    kind: TokenKind,
    content: &[u8],
) -> Result<String, FormatError> {
    let header = header(kind, key.id);
    let cipher = XChaCha20Poly1305::new(&key.secret.into());
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: content, aad: &header })
        .map_err(|_| FormatError::Token { reason: "content too long to seal" })?;
    Ok(URL_SAFE_NO_PAD.encode([&header, nonce.as_slice(), &sealed].concat()))
}

/// Opens a token of `kind` with the key it names.
///
/// # Errors
/// [`FormatError::Token`] with the reason: not base64, truncated, another kind, an unknown key, or
/// changed since it was sealed. [`FormatError::Version`] for a token of another format.
pub fn open_token(ring: &KeyRing, kind: TokenKind, text: &str) -> Result<Vec<u8>, FormatError> {
    let fail = |reason| FormatError::Token { reason };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| fail("it is not base64url text"))?;
    let (head, rest) = bytes.split_first_chunk::<HEADER>().ok_or(fail("it is cut short"))?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(fail("it is cut short"))?;
    let [version, found, id @ ..] = *head;
    if version != FORMAT_VERSION {
        return Err(FormatError::Version { found: version, supported: FORMAT_VERSION });
    }
    if found != kind as u8 {
        return Err(fail(match kind {
            TokenKind::Page => "it is not a nextToken",
            TokenKind::Cursor => "it is not a cursor",
            TokenKind::TablesPage => "it is not a nextToken of several tables",
            TokenKind::TablesCursor => "it is not a cursor of several tables",
            TokenKind::Query => "it is not the nextToken of a query",
        }));
    }
    let id = u32::from_be_bytes(id);
    let key = ring.0.iter().find(|key| key.id == id);
    let key = key.ok_or(fail("it was sealed with a key that this store does not have"))?;
    XChaCha20Poly1305::new(&key.secret.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: head })
        .map_err(|_| fail("it was changed after it was sealed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Millis;
    use proptest::prelude::*;

    fn ring() -> KeyRing {
        KeyRing(
            [(1, 7), (2, 9)]
                .map(|(id, byte)| RingKey { id, secret: [byte; 32], created: Millis(0) })
                .to_vec(),
        )
    }

    proptest! {
        #[test]
        fn only_the_very_token_opens(
            content in any::<Vec<u8>>(),
            at in any::<proptest::sample::Index>(),
            bit in 0_u8..8,
        ) {
            let ring = ring();
            let text = seal_token(&ring.0[1], [3; 24], TokenKind::Page, &content)?;
            prop_assert_eq!(open_token(&ring, TokenKind::Page, &text)?, content);
            prop_assert!(open_token(&ring, TokenKind::Cursor, &text).is_err());
            let older = KeyRing(ring.0[..1].to_vec());
            prop_assert!(open_token(&older, TokenKind::Page, &text).is_err());
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let place = at.index(bytes.len());
            prop_assert!(open_token(&ring, TokenKind::Page, &URL_SAFE_NO_PAD.encode(&bytes[..place])).is_err());
            bytes[place] ^= 1 << bit;
            prop_assert!(open_token(&ring, TokenKind::Page, &URL_SAFE_NO_PAD.encode(&bytes)).is_err());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,80}") {
            prop_assert!(open_token(&ring(), TokenKind::Page, &text).is_err());
        }
    }
}
