//! Every receipt, and from it to the items that it tells of and back.

use super::Check;
use crate::error::{Result, hex};
use highwater_format::keys::ReceiptKey;
use highwater_format::{Answer, Document, Family, ItemKey, Millis, Receipt, keys};

impl Check<'_> {
    pub(super) fn receipts(&mut self) -> Result<()> {
        self.each(Family::Receipts, |check, key, payload| {
            let place = format!("receipts key {}", hex(key));
            match keys::decode_receipt(key)? {
                ReceiptKey::Receipt(id) => {
                    check.report.receipts += 1;
                    let receipt = Receipt::decode(payload)?;
                    for answer in &receipt.answers {
                        check.answer(id, receipt.aged, answer, &place)?;
                    }
                    Ok(())
                }
                ReceiptKey::OfItem(table, rest) => {
                    let aged = Receipt::decode_of_item(payload)?;
                    // One that a dropped table left behind: it expires.
                    let Some(table) = check.table(table) else { return Ok(()) };
                    let sorted = table.record.spec.sort.is_some();
                    let (item, id) = ItemKey::split_prefix(rest, sorted)?;
                    let tells = |answer: &Answer| answer.table == table.id() && answer.item == item;
                    let receipt = keys::receipt(id);
                    let Ok(receipt) = check.view.get(Family::Receipts, &receipt, Receipt::decode)
                    else {
                        return Ok(());
                    };
                    let fits = receipt.is_some_and(|receipt| {
                        receipt.aged == aged && receipt.answers.iter().any(tells)
                    });
                    if !fits && aged >= check.receipts_floor {
                        check.report.problem(place, "it does not lead to a receipt of its item");
                    }
                    Ok(())
                }
            }
        })
    }

    fn answer(&mut self, id: &[u8], aged: Millis, answer: &Answer, place: &str) -> Result<()> {
        ItemKey::decode(&answer.item)?;
        if let Some(record) = &answer.record {
            Document::from_bytes(record.document.as_bytes().to_vec())?;
        }
        let of_item = keys::receipt_of_item(answer.table, &answer.item, id);
        let Ok(found) = self.view.get(Family::Receipts, &of_item, Receipt::decode_of_item) else {
            return Ok(());
        };
        let absent = aged < self.receipts_floor || self.table(answer.table).is_none();
        if found != Some(aged) && !absent {
            self.report.problem(place, "an item that it tells of does not lead to it");
        }
        Ok(())
    }
}
