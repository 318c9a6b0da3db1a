//! Digests: the store's, a device's and the oracle's.

use super::body::TABLES;
use super::compare::members;
use super::device::Run;
use super::index::Index;
use super::oracle::Known;
use super::view::{Part, View};
use super::world::World;
use highwater::{Digest, ItemKey, Millis};

/// The digest of these items.
fn digest_of<'a>(items: impl Iterator<Item = (&'a ItemKey, &'a Known)>) -> Digest {
    let mut digest = Digest::default();
    for (key, known) in items {
        digest.add(&key.encode(), known.changed_at, known.version);
    }
    digest
}

/// The views of a table that have a digest of their own.
fn summed_up(table: usize, world: &World) -> impl Iterator<Item = View> {
    let is_ready = move |index| world.oracle.tables[table].is_ready(index);
    let owners = (0..3).map(Part::Owner).filter(move |_| is_ready(Index::Owner));
    let tags = (0..3).map(Part::Tag).filter(move |_| is_ready(Index::Tag));
    let parts = std::iter::once(Part::Whole).chain(owners).chain(tags);
    parts.map(move |part| View {
        table,
        part,
        filter: Vec::new(),
        leavers_in_base: false,
        tombstones: true,
    })
}

impl View {
    /// Whether the store sums up just what this view shows.
    pub(super) fn is_summed_up(&self) -> bool {
        self.filter.is_empty() && !matches!(self.part, Part::Partition(_))
    }
}

impl World {
    /// Each digest is the sum over the live items.
    pub(super) fn check_digests(&self) {
        for (place, name) in TABLES.iter().enumerate() {
            for view in summed_up(place, self) {
                let told = self.store().digest(name, &view.request().scope).expect("readable");
                let wanted = digest_of(members(&self.oracle.tables[place], &view));
                assert_eq!(told, Some(wanted), "the digest of {view:?}");
            }
        }
    }

    /// What a finished run tells of its digest is what the device holds. One that syncs other views of the
    /// table, too, may hold newer copies already.
    pub(super) fn check_proof(&mut self, device: usize, view: usize, run: &Run) {
        let state = &self.devices[device];
        let viewing = &state.views[view];
        let lost = run.bound.incarnation != self.incarnation;
        let (Some(told), false, 1) = (run.digest, lost, state.views.len()) else { return };
        assert_eq!(told, state.replica.digest(&viewing.name), "device {device}, {viewing:?}");
        self.reach("a copy that was proved");
    }

    /// Where nothing has changed since page 1, and the log still knows that, a digest must be told.
    pub(super) fn must_be_proved(&self, device: usize, view: usize, run: &Run) -> bool {
        let viewing = &self.devices[device].views[view];
        let floors = self.oracle.tables[viewing.view.table].floors;
        let floor = floors.delta.max(floors.tombstone).millis();
        viewing.view.is_summed_up() && floor <= run.started_at.before(Millis(1))
    }
}
