//! Where a page's documents lie: in few pieces of memory instead of one for each.

use bytes::{Bytes, BytesMut};

/// Bytes of the first piece. Others are twice as large as the one before, up to a bound.
const FIRST: usize = 1 << 10;
/// Bytes of a piece at most: what one document that is kept for long can hold on to.
const MOST: usize = 16 << 10;
/// A larger document would leave much of a piece unused.
const LARGE: usize = MOST / 4;

/// Memory for the documents of a page.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What is left of the newest piece.
    piece: BytesMut,
    /// How large the next one is; 0 before the first document.
    next: usize,
}

impl Room {
    /// Copies a document into the page.
    #[inline]
    pub(super) fn keep(&mut self, document: &[u8]) -> Bytes {
        if self.piece.capacity() < document.len() {
            // Most pages that have any document have one.
            let is_first = self.next == 0;
            self.next = self.next.max(FIRST);
            if is_first || document.len() > LARGE {
                return Bytes::copy_from_slice(document);
            }
            self.more(document.len());
        }
        self.piece.extend_from_slice(document);
        self.piece.split().freeze()
    }

    #[cold]
    fn more(&mut self, least: usize) {
        self.piece = BytesMut::with_capacity(self.next.max(least));
        self.next = (2 * self.next).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_documents_lie_side_by_side_in_pieces_that_grow_to_a_bound() {
        const LENGTH: usize = 256;
        let mut room = Room::default();
        let texts: Vec<Vec<u8>> = (0..=u8::MAX).map(|n| vec![n; LENGTH]).collect();
        let mut pieces = Vec::new();
        let kept: Vec<Bytes> = texts
            .iter()
            .map(|text| {
                let left = room.piece.capacity();
                let kept = room.keep(text);
                // A new piece was made, or none was needed.
                match room.piece.capacity().checked_sub(left) {
                    Some(more) if more > 0 => pieces.push(room.piece.capacity() + LENGTH),
                    _ => {}
                }
                kept
            })
            .collect();
        assert_eq!(kept, texts);
        let kib: Vec<usize> = pieces.into_iter().map(|bytes| bytes >> 10).collect();
        assert_eq!(kib, [1, 2, 4, 8, 16, 16, 16, 16]);
    }

    #[test]
    fn the_first_document_and_large_ones_have_their_own_memory() {
        let mut room = Room::default();
        assert_eq!(room.keep(&[0; 100]), vec![0; 100]);
        assert_eq!(room.piece.capacity(), 0);
        assert_eq!(room.keep(&[1; LARGE]), vec![1; LARGE]);
        assert_eq!(room.keep(&[2; 100]), vec![2; 100]);
        let left = room.piece.capacity();
        assert_eq!(room.keep(&[3; LARGE + 1]), vec![3; LARGE + 1]);
        assert_eq!(room.piece.capacity(), left);
    }
}
