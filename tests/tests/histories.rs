//! Short histories that once ended badly, or would without one of the protocol's rules.

use highwater::{ConflictStrategy, Durability, Millis, Projection, Ttls};
use highwater_tests::model::{
    Belief, Body, Closing, Damage, Deed, Field, Gone, Indexes, Interference, Jump, Keeping,
    OptionSet, Part, Question, Setup, Sorts, Step, StepSince, TableSetup, Transition, View, World,
    Write,
};

/// Scopes of the first table by owner, and all of it.
const OWNED: Part = Part::Owner(0);
const ELSEWHERE: Part = Part::Owner(1);
const ALL: Part = Part::Whole;

/// Every device has these views of the first table; the log is kept for 300 ms, deletes for 1500.
fn play(views: &[Part], history: &[Transition]) {
    let table = TableSetup {
        indexes: Indexes { owner: Some(Projection::All), ..Indexes::default() },
        lookup: true,
        expires: false,
        ttls: Ttls {
            delta: Some(Millis(300)),
            tombstone: Some(Millis(1_500)),
            history: Some(Millis(0)),
        },
        conflicts: ConflictStrategy::OptimisticConcurrency,
    };
    let view = |part: &Part| View {
        table: 0,
        part: *part,
        filter: Vec::new(),
        leavers_in_base: false,
        tombstones: true,
    };
    let options = OptionSet {
        durability: Durability::Sync,
        bucket_width: Millis(10),
        small_buffers: false,
        small_pages: false,
        recent_bytes: 0,
    };
    let devices = vec![views.iter().map(view).collect()];
    let together = vec![view(&ALL), View { table: 1, ..view(&ALL) }];
    let tables = [table; 2];
    let mut world = World::new(&Setup { options, tables, devices, together, quiet: None });
    for transition in history {
        world.play(transition);
    }
    world.settle();
}

fn write(item: u8, deed: Deed) -> Vec<Write> {
    vec![Write { table: 0, item, deed, belief: Belief::Any }]
}

fn owned_by(item: u8, owner: u8) -> Vec<Write> {
    let body = Body {
        owner: Field::Is(owner),
        tag: Field::Missing,
        n: Field::Is(0),
        gone: Gone::Never,
        long: false,
    };
    write(item, Deed::Put(body))
}

fn put(item: u8, owner: u8) -> Transition {
    Transition::Commit(owned_by(item, owner).into())
}

fn delete(item: u8) -> Transition {
    Transition::Commit(write(item, Deed::Delete).into())
}

fn step(view: usize, limit: u32) -> Step {
    let since = StepSince::LastSync;
    Step { device: 0, view, limit, filled: false, since, deliver: true }
}

/// A whole run.
fn sync(view: usize) -> Transition {
    Transition::Finish(step(view, 7))
}

/// A page that is applied by [`deliver`].
fn fetch(view: usize) -> Transition {
    Transition::Sync(Step { deliver: false, ..step(view, 7) })
}

fn deliver(view: usize) -> Transition {
    Transition::Deliver { device: 0, view }
}

fn pass(ms: u64) -> Transition {
    Transition::Advance(ms)
}

fn reopen(closing: Closing, jump: Option<i64>) -> Transition {
    Transition::Reopen { closing, jump: jump.map(Jump) }
}

/// A deleted item that is created anew elsewhere leaves the scope that it was deleted from.
#[test]
fn a_deleted_item_comes_back_elsewhere() {
    play(&[OWNED], &[put(0, 0), sync(0), delete(0), put(0, 1), pass(5), sync(0)]);
}

/// It came back to the scope that it had left, and left again.
#[test]
fn an_item_leaves_and_comes_back() {
    let moves = [put(0, 0), sync(0), put(0, 1), put(0, 0), pass(1), sync(0), put(0, 1), sync(0)];
    play(&[OWNED, ELSEWHERE], &moves);
}

/// One view has brought the item's new place before the other one tells that it left the old.
#[test]
fn a_move_between_two_scopes_of_a_device() {
    play(&[OWNED, ELSEWHERE], &[put(0, 0), sync(0), sync(1), put(0, 1), sync(1), sync(0)]);
}

/// A page that arrives late brings back nothing that another view has replaced meanwhile.
#[test]
fn a_page_arrives_late() {
    play(&[OWNED, ALL], &[put(0, 0), fetch(0), put(0, 1), pass(1), sync(1), deliver(0)]);
}

/// The same across a loss of commits: the late page is from the line that was lost.
#[test]
fn a_page_arrives_from_a_lost_incarnation() {
    let lost = reopen(Closing::Recover(Damage::None), None);
    let history = [put(0, 0), sync(1), fetch(0), put(0, 1), lost, sync(1), deliver(0)];
    play(&[OWNED, ALL], &history);
    let lost = reopen(Closing::Recover(Damage::None), None);
    play(&[OWNED, ALL], &[put(0, 0), fetch(0), put(0, 1), lost, sync(1), deliver(0)]);
}

/// A first run is given up, what it brought is deleted, and nobody remembers that any more.
#[test]
fn an_interrupted_first_run_begins_again() {
    let one = Transition::Sync(step(0, 1));
    let gone = [pass(3_000), Transition::Compact];
    let mut history = vec![put(0, 0), put(1, 0), one, delete(0)];
    history.push(Transition::Abandon { device: 0, view: 0 });
    history.extend(gone);
    play(&[ALL], &history);
}

/// Devices sync while a commit is on its way, written or not.
#[test]
fn a_sync_amid_a_commit() {
    for written in [false, true] {
        let steps = vec![step(0, 7), step(1, 7)];
        let amid = Transition::CommitAmidSyncs { batch: owned_by(0, 0).into(), written, steps };
        play(&[ALL, OWNED], &[put(1, 0), sync(0), pass(5), amid, pass(5), sync(0)]);
    }
}

/// A commit fails; devices sync; the store is opened again and the commit is there, or not.
#[test]
fn a_commit_fails() {
    for written in [false, true] {
        let fails = Transition::CommitFails { batch: owned_by(0, 1).into(), written };
        let opened = reopen(Closing::Clean, None);
        play(&[ALL, OWNED], &[put(0, 0), pass(5), fails, pass(5), sync(0), sync(1), opened]);
    }
}

/// The machine comes back with its wall clock an hour behind.
#[test]
fn the_wall_is_an_hour_back_after_a_crash() {
    let crash = reopen(Closing::Crash, Some(-3_600_000));
    play(&[ALL], &[put(0, 0), pass(2_000), sync(0), crash, put(0, 1), sync(0)]);
}

/// Commits that devices hold are lost.
#[test]
fn a_backup_is_restored() {
    let history = [
        Transition::Backup(Keeping::Files),
        put(0, 0),
        put(1, 1),
        pass(5),
        sync(0),
        sync(1),
        Transition::Restore,
    ];
    play(&[ALL, OWNED], &history);
}

/// The end of a log is lost, and the floors with it, after RocksDB had a moment to compact by them.
#[test]
fn floors_are_lost_with_the_end_of_a_log() {
    for percent in [40, 60, 80, 90, 97] {
        let ttls = Ttls {
            delta: Some(Millis(300)),
            tombstone: Some(Millis(300)),
            history: Some(Millis(700)),
        };
        let keep = Transition::Retune(0, ttls);
        let lost = reopen(Closing::Recover(Damage::Cut(percent)), None);
        let before = [keep, put(0, 0), put(0, 1), reopen(Closing::Crash, None), pass(5_000)];
        let after = [put(1, 0), sync(0), Transition::Expire, put(0, 0), sync(0), lost, sync(0)];
        play(&[OWNED], &[before.as_slice(), &after].concat());
    }
}

/// A table is made again: it knows nothing of the clients of the old one.
#[test]
fn a_table_is_made_again() {
    for part in [ALL, OWNED] {
        play(&[part], &[put(0, 0), pass(5), sync(0), Transition::Remake(0), put(1, 0)]);
    }
}

/// Nobody goes on through an index whose table was forgotten meanwhile, or whose commits were lost.
#[test]
fn a_query_over_what_is_gone() {
    let question = Question { table: 0, owner: Some(0), sorts: Sorts::Any, descending: false };
    let lost = reopen(Closing::Recover(Damage::None), None);
    for gone in [Transition::Truncate(0), Transition::Remake(0), lost] {
        let query = Transition::Query { question, limit: 1 };
        play(&[ALL], &[put(0, 0), put(1, 0), query, gone, Transition::QueryOn(1)]);
    }
}

/// Neither a run nor a walk notices that its table had another name in between.
#[test]
fn a_table_is_renamed() {
    let question = Question { table: 0, owner: Some(0), sorts: Sorts::Any, descending: false };
    let walk = Transition::Query { question, limit: 1 };
    let begun = [put(0, 0), put(1, 0), put(2, 0), pass(5), Transition::Sync(step(0, 1)), walk];
    let rest =
        [Transition::Rename(0), Transition::QueryOn(1), Transition::Sync(step(0, 1)), sync(0)];
    for part in [ALL, OWNED] {
        play(&[part], &[&begun[..], &rest].concat());
    }
}

/// Expiry runs while a page is read: between its plan and its reading, and after its reading.
#[test]
fn expiry_amid_a_page() {
    for read in [false, true] {
        let interference = Interference::Compact(5_000);
        let amid = Transition::SyncAmid { step: step(0, 7), read, interference };
        for part in [ALL, OWNED] {
            let history = [put(0, 0), sync(0), pass(5), delete(0), put(1, 0), amid.clone()];
            play(&[part], &history);
        }
    }
}

/// Devices sync after the log is cut and before anybody has been told.
#[test]
fn a_sync_amid_expiry() {
    let amid = Transition::ExpireAmidSyncs(vec![step(0, 7)]);
    play(&[ALL], &[put(0, 0), sync(0), pass(5), delete(0), put(1, 0), pass(5_000), amid]);
}

/// A commit lands after a page was planned and before it is read.
#[test]
fn a_commit_amid_a_page() {
    let interference = Interference::Commit(owned_by(0, 1), 5);
    let amid = Transition::SyncAmid { step: step(0, 7), read: false, interference };
    play(&[OWNED, ALL], &[put(0, 0), sync(0), pass(5), amid, sync(1)]);
}
