//! The `highwater` command from outside: its outputs, its exit codes, its pipes and signals.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod export;
#[cfg(test)]
mod help;
#[cfg(test)]
mod import;
#[cfg(test)]
mod import_bulk;
#[cfg(test)]
mod indexes;
#[cfg(test)]
mod items;
#[cfg(test)]
mod request;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod watch;
