//! Bulk import: one promise a test.

#[path = "bulk_import/closing.rs"]
mod closing;
#[path = "bulk_import/copied.rs"]
mod copied;
#[path = "bulk_import/crash.rs"]
mod crash;
#[path = "bulk_import/damage.rs"]
mod damage;
#[path = "bulk_import/followers.rs"]
mod followers;
#[path = "bulk_import/input.rs"]
mod input;
#[path = "bulk_import/replace.rs"]
mod replace;
#[path = "bulk_import/support.rs"]
mod support;
