//! Conflict strategies: every cell of the table that `ConflictStrategy` shows, the three-way merge, custom
//! resolvers, and how they are declared.

#[path = "strategies/cells.rs"]
mod cells;
#[path = "strategies/declaration.rs"]
mod declaration;
#[path = "strategies/resolver.rs"]
mod resolver;
#[path = "strategies/support.rs"]
mod support;
#[path = "strategies/three_way.rs"]
mod three_way;
