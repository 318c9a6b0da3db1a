//! Several tables in one sync: one commit order, one token, one `startedAt`.

#[path = "tables/bounds.rs"]
mod bounds;
#[path = "tables/device.rs"]
mod device;
#[path = "tables/order.rs"]
mod order;
#[path = "tables/support.rs"]
mod support;
#[path = "tables/tokens.rs"]
mod tokens;
