//! A filter's digest: what a token seals to know the filter of page 1 again.
//!
//! The tree is written as bytes that do not depend on the notation it came from, each node as a
//! tag, the number or length of what follows and that, and the bytes are hashed. Tokens outlive a
//! process, so the bytes are part of the format: a golden test pins them.

use super::ast::{Comparator, Expr, Operand, Path, Segment};
use sha2::{Digest, Sha256};

/// Set apart from every other use of SHA-256, and numbered in case the bytes ever change.
const PREFIX: &[u8] = b"highwater filter 1\n";

/// The digest of `expr`: never all zeros, which stands for no filter.
pub(super) fn of(expr: &Expr) -> [u8; 32] {
    let mut bytes = PREFIX.to_vec();
    put_expr(&mut bytes, expr);
    let mut digest: [u8; 32] = Sha256::digest(&bytes).into();
    if digest == [0; 32] {
        digest = [1; 32];
    }
    digest
}

fn put_expr(out: &mut Vec<u8>, expr: &Expr) {
    match expr {
        Expr::And(parts) => put_list(out, b'&', parts, put_expr),
        Expr::Or(branches) => put_list(out, b'|', branches, put_expr),
        Expr::Not(inner) => {
            out.push(b'!');
            put_expr(out, inner);
        }
        Expr::Compare { op, left, right } => {
            out.push(match op {
                Comparator::Eq => b'=',
                Comparator::Ne => b'#',
                Comparator::Lt => b'<',
                Comparator::Le => b'{',
                Comparator::Gt => b'>',
                Comparator::Ge => b'}',
            });
            put_operand(out, left);
            put_operand(out, right);
        }
        Expr::Between { value, low, high } => {
            out.push(b'b');
            for operand in [value, low, high] {
                put_operand(out, operand);
            }
        }
        Expr::In { value, list } => {
            put_list(out, b'i', list, put_operand);
            put_operand(out, value);
        }
        Expr::Exists(path) => {
            out.push(b'e');
            put_path(out, path);
        }
        Expr::HasType(operand, wanted) => {
            out.push(b't');
            put_bytes(out, wanted.code().as_bytes());
            put_operand(out, operand);
        }
        Expr::BeginsWith { text, prefix } => {
            out.push(b'p');
            put_operand(out, text);
            put_operand(out, prefix);
        }
        Expr::Contains { container, element } => {
            out.push(b'c');
            put_operand(out, container);
            put_operand(out, element);
        }
    }
}

fn put_operand(out: &mut Vec<u8>, operand: &Operand) {
    match operand {
        Operand::Path(path) => {
            out.push(b'@');
            put_path(out, path);
        }
        Operand::Size(path) => {
            out.push(b's');
            put_path(out, path);
        }
        Operand::Literal(literal) => {
            out.push(b':');
            put_bytes(out, literal.as_bytes());
        }
    }
}

fn put_path(out: &mut Vec<u8>, path: &Path) {
    put_bytes(out, path.root.as_bytes());
    put_list(out, b'/', &path.steps, |out, step| match step {
        Segment::Field(name) => {
            out.push(b'.');
            put_bytes(out, name.as_bytes());
        }
        Segment::Index(index) => {
            out.push(b'[');
            put_count(out, *index);
        }
    });
}

fn put_list<T>(out: &mut Vec<u8>, tag: u8, list: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    out.push(tag);
    put_count(out, list.len());
    list.iter().for_each(|element| put(out, element));
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Eight bytes, whatever the machine's word.
fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u64).to_be_bytes());
}
