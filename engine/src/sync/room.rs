//! Where a page's documents lie: in few pieces of memory instead of one for each.

use bytes::{Bytes, BytesMut};

/// Bytes of the first piece. Each further one is twice as large as the one before.
const FIRST: usize = 1 << 10;
/// Bytes of a piece at most: what one document that is kept for long can hold on to.
const MOST: usize = 16 << 10;

/// Memory for the documents of a page.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// What is left of the newest piece.
    piece: BytesMut,
    /// How large it was.
    size: usize,
}

impl Room {
    /// Copies a document into the page.
    #[inline]
    pub(super) fn keep(&mut self, document: &[u8]) -> Bytes {
        if self.piece.capacity() < document.len() {
            // It would leave much of a piece unused, and is made seldom.
            if document.len() > MOST / 4 {
                return Bytes::copy_from_slice(document);
            }
            self.more(document.len());
        }
        self.piece.extend_from_slice(document);
        self.piece.split().freeze()
    }

    #[cold]
    fn more(&mut self, least: usize) {
        self.size = (2 * self.size).clamp(FIRST, MOST).max(least);
        self.piece = BytesMut::with_capacity(self.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents of `length` bytes, and how many stretches of memory they lie in.
    fn stretches(count: usize, length: usize) -> usize {
        let mut room = Room::default();
        let texts: Vec<Vec<u8>> = (0..count).map(|n| vec![n.to_le_bytes()[0]; length]).collect();
        let kept: Vec<Bytes> = texts.iter().map(|text| room.keep(text)).collect();
        assert_eq!(kept, texts);
        let follows = |pair: &&[Bytes]| pair[0].as_ptr_range().end == pair[1].as_ptr();
        count - kept.windows(2).filter(follows).count()
    }

    #[test]
    fn small_documents_lie_side_by_side_in_pieces_that_grow_to_a_bound() {
        // 1, 2, 4 and 8 KiB hold 60 of 256 bytes; the others take pieces of 16 KiB, of 64 each.
        assert_eq!(stretches(4, 256), 1);
        assert!((4..=5).contains(&stretches(60, 256)));
        assert!((14..=19).contains(&stretches(60 + 64 * 14, 256)));
    }

    #[test]
    fn a_large_document_has_its_own_memory() {
        let mut room = Room::default();
        room.keep(&[1; 100]);
        let left = room.piece.capacity();
        assert_eq!(room.keep(&[2; MOST]), vec![2; MOST]);
        assert_eq!(room.piece.capacity(), left);
    }
}
