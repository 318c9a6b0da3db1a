//! The kit for backends finds what a backend does wrong, passes one that does nothing wrong, and draws
//! histories that come to everything the protocol knows.

use highwater::testing::strategies::{Histories, documents, mutations, views};
use highwater::testing::{Backend, Breach, History, Model, Operation, Site, memory_store};
use highwater::{
    Clash, ConflictStrategy, Digest, Document, Error, ErrorKind, KeyKind, Millis, Mode, Mutation,
    Outcome, Projection, Resolution, Result, Since, State, StoreBuilder, SyncPage, SyncRequest,
    TableSpec, TableSpecExt, TokenProblem, Ttls,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::sync::Arc;

fn ttls() -> Ttls {
    Ttls { delta: Some(Millis(1_000)), tombstone: Some(Millis(4_000)), history: Some(Millis(0)) }
}

/// Tables with every kind of key and of index, both projections, both strategies, and items that expire.
fn tables() -> [TableSpec; 3] {
    [
        TableSpec::new("notes", "id")
            .index("byOwner", "owner", Projection::All)
            .index("byTag", "tag", Projection::KeysOnly)
            .ttls(ttls()),
        TableSpec::new("pages", "book")
            .partition_kind(KeyKind::Binary)
            .sort("page", KeyKind::Number)
            .index("byBook", "book", Projection::All)
            .index("byOwner", "owner", Projection::KeysOnly)
            .lookup("ranked", "owner", Some("rank"))
            .conflicts(ConflictStrategy::Automerge)
            .ttls(ttls()),
        TableSpec::new("kept", "n").partition_kind(KeyKind::Number).expires_by("until"),
    ]
}

/// Plays so many histories, the same each time, each against a new backend.
fn play<B: Backend>(
    histories: &Histories,
    cases: u32,
    backend: impl Fn() -> B,
) -> std::result::Result<(), TestError<History>> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng).run(&histories.strategy(), |history| {
        history.play(&mut backend())?;
        Ok(())
    })
}

/// Histories of the first table alone: what is wrong with a backend is found in fewer of them.
fn of_notes() -> Histories {
    Histories::of(&tables()[..1])
}

/// What the kit says of a backend that does something wrong, in the shortest history that it finds.
fn breach<B: Backend>(backend: impl Fn() -> B) -> (Breach, History) {
    match play(&of_notes(), 300, &backend) {
        Err(TestError::Fail(_, history)) => {
            (history.play(&mut backend()).expect_err("it failed before").breach, history)
        }
        other => panic!("nothing was found: {other:?}"),
    }
}

/// A backend that is right but for what `spoil` does to each page.
fn spoiling(
    spoil: impl Fn(&SyncRequest, &mut SyncPage) + Copy,
) -> impl Fn(&Site, &SyncRequest) -> Result<SyncPage> + Copy {
    move |site: &Site, request: &SyncRequest| {
        let mut page = site.store.sync(request)?;
        spoil(request, &mut page);
        Ok(page)
    }
}

fn differs(spoil: impl Fn(&SyncRequest, &mut SyncPage) + Copy) -> History {
    let (breach, history) = breach(|| spoiling(spoil));
    assert!(matches!(breach, Breach::Differs(_)), "{breach}");
    history
}

#[test]
fn the_engine_is_right_after_every_history() {
    let histories = Histories::of(&tables());
    play(&histories, 150, Model::default).expect("every device is right");
}

#[test]
fn a_backend_that_does_not_tell_what_left_is_found() {
    let history = differs(|_, page| {
        page.items.retain(|item| item.state != State::Left);
    });
    assert!(history.operations.len() <= 5, "{history:?}");
}

#[test]
fn a_backend_that_does_not_tell_what_was_deleted_is_found() {
    differs(|_, page| {
        page.items.retain(|item| item.state != State::Deleted);
    });
}

#[test]
fn a_backend_that_keeps_a_reset_to_itself_is_found() {
    // What one of two views holds too much is no difference yet, and its digest tells it.
    let (breach, _) = breach(|| spoiling(|_, page| page.reset = false));
    assert!(matches!(breach, Breach::Differs(_) | Breach::Digest { .. }), "{breach}");
}

#[test]
fn a_backend_that_says_that_it_began_later_is_found() {
    differs(|_, page| page.started_at = page.started_at.after(Millis(2)));
}

#[test]
fn a_backend_that_gives_no_second_page_is_found() {
    differs(|_, page| page.next_token = None);
}

#[test]
fn a_backend_that_answers_another_scope_is_found() {
    let wide = |site: &Site, request: &SyncRequest| {
        site.store.sync(&SyncRequest { scope: Default::default(), ..request.clone() })
    };
    let (breach, _) = breach(|| wide);
    assert!(matches!(breach, Breach::Differs(_)), "{breach}");
}

#[test]
fn a_backend_whose_pages_never_end_is_found() {
    let round = |site: &Site, request: &SyncRequest| {
        let first = SyncRequest { next_token: None, ..request.clone() };
        let mut page = site.store.sync(&first)?;
        page.next_token = Some("again".to_owned());
        Ok(page)
    };
    let (breach, _) = breach(|| round);
    assert!(matches!(breach, Breach::Endless { .. }), "{breach}");
}

#[test]
fn a_backend_that_tells_a_wrong_digest_is_found() {
    let another = Digest::default();
    let (found, _) = breach(|| spoiling(|_, page| page.digest = page.digest.map(|_| another)));
    assert!(matches!(found, Breach::Digest { told, held, .. } if told == another && held != told));
}

/// The next sync tells the right digest, and the wrong one is remembered.
#[test]
fn a_digest_that_is_wrong_once_is_found() {
    struct Once(bool);
    impl Backend for Once {
        fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
            let mut page = site.store.sync(request)?;
            if page.digest.is_some_and(|digest| digest != Digest::default()) && !self.0 {
                self.0 = true;
                page.digest = Some(Digest::default());
            }
            Ok(page)
        }
    }
    let spec = TableSpec::new("notes", "id");
    let note = Document::from_json(r#"{"id":"n1"}"#).expect("a document");
    let history = History {
        tables: vec![spec],
        devices: vec![vec![SyncRequest::new("notes")]],
        operations: vec![
            Operation::Commit(vec![Mutation::put("notes", note)]),
            // One page at a time is held against nothing yet.
            Operation::Page { device: 0, view: 0, cursor: false },
            Operation::Sync { device: 0, view: 0, cursor: false },
        ],
    };
    let broken = history.play(&mut Once(false)).expect_err("it was told a wrong digest");
    assert!(matches!(broken.breach, Breach::Digest { device: 0, view: 0, .. }), "{broken}");
    assert_eq!(broken.operation, Some(2));
    let text = broken.to_string();
    assert!(text.starts_with("operation 2: view 0 of device 0 was told the digest 0000"), "{text}");
}

/// A backend that takes back what it has acknowledged.
struct Forgetful;

impl Backend for Forgetful {
    fn commit(&mut self, site: &Site, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        let busy = Error::Busy;
        if mutations.len() > 2 { Err(busy) } else { site.store.apply_batch(mutations) }
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        site.store.sync(request)
    }
}

#[test]
fn a_backend_that_fails_is_found_and_the_operation_named() {
    let (breach, history) = breach(|| Forgetful);
    assert!(matches!(breach, Breach::Failed { doing: "committing", .. }), "{breach}");
    let broken = history.play(&mut Forgetful).expect_err("it fails");
    assert_eq!(broken.operation, Some(history.operations.len() - 1));
    let text = broken.to_string();
    assert!(text.contains(&format!("operation {}", history.operations.len() - 1)), "{text}");
}

/// Refuses every cursor, and now and then a token.
#[derive(Default)]
struct Moody {
    tokens: usize,
}

impl Backend for Moody {
    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        self.tokens += usize::from(request.next_token.is_some());
        let cursor = request.next_token.is_none() && matches!(request.since, Since::Cursor(_));
        if cursor || self.tokens % 20 == 3 {
            self.tokens += 1;
            let problem = TokenProblem::OtherIncarnation;
            return Err(Error::Token { field: "nextToken", problem });
        }
        site.store.sync(request)
    }
}

#[test]
fn a_backend_may_tell_devices_to_begin_anew() {
    play(&Histories::of(&tables()), 100, Moody::default).expect("devices do");
}

/// What the pages of many histories have shown.
#[derive(Default)]
struct Seen(BTreeSet<&'static str>);

impl Backend for Seen {
    fn commit(&mut self, site: &Site, mutations: &[Mutation]) -> Result<Vec<Outcome>> {
        let outcomes = site.store.apply_batch(mutations);
        let seen = match &outcomes {
            Ok(outcomes) if outcomes.iter().any(|outcome| outcome.merged) => "a merge",
            Ok(outcomes) if outcomes.iter().any(|outcome| !outcome.written) => "no change",
            Ok(outcomes) if outcomes.len() > 1 => "a batch",
            Ok(_) => "a commit",
            Err(_) => "a conflict",
        };
        self.0.insert(seen);
        outcomes
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        let page = site.store.sync(request);
        self.0.insert(match (&page, &request.next_token) {
            (Err(_), _) => "a refusal",
            (Ok(_), Some(_)) => "a later page",
            (Ok(page), None) => match (page.mode, page.reset, &request.since) {
                (Mode::Delta, ..) => "a delta",
                (Mode::CatchUp, ..) => "a catch-up",
                (Mode::Base, true, Since::Never) => "a first sync",
                (Mode::Base, true, _) => "a reset",
                (Mode::Base, false, _) => "a base sync that resets nothing",
            },
        });
        if let (Ok(page), Since::Cursor(_)) = (&page, &request.since) {
            self.0.insert(if page.reset { "a reset by cursor" } else { "a cursor" });
        }
        for item in page.iter().flat_map(|page| &page.items) {
            self.0.insert(match item.state {
                State::Live => "a live item",
                State::Deleted => "a deleted item",
                State::Left => "an item that left",
            });
        }
        page
    }
}

#[test]
fn histories_come_to_everything_that_the_protocol_knows() {
    let mut runner = TestRunner::deterministic();
    let histories = Histories::of(&tables()[..2]).strategy();
    let mut seen = Seen::default();
    for _ in 0..200 {
        let history = histories.new_tree(&mut runner).expect("a history").current();
        history.play(&mut seen).expect("every device is right");
    }
    let wanted = [
        "a batch",
        "a catch-up",
        "a commit",
        "a conflict",
        "a cursor",
        "a deleted item",
        "a delta",
        "a first sync",
        "a later page",
        "a live item",
        "a merge",
        "a refusal",
        "a reset",
        "a reset by cursor",
        "an item that left",
        "no change",
    ];
    assert_eq!(seen.0.iter().copied().collect::<Vec<_>>(), wanted);
}

/// A device with two views holds what either shows, and the kit asks for no more.
#[test]
fn devices_may_have_views_that_overlap() {
    let owners = ["x", "y"].map(|owner| SyncRequest::new("notes").index("byOwner", owner));
    let views = owners.into_iter().chain([SyncRequest::new("notes").limit(1)]);
    let histories = Histories::of(&tables()).views(views);
    play(&histories, 60, || |site: &Site, request: &SyncRequest| site.store.sync(request))
        .expect("every device is right");
}

proptest! {
    #![proptest_config(Config::with_cases(40))]

    #[test]
    fn every_drawn_document_is_taken_and_comes_back(
        drawn in (0..3_usize).prop_flat_map(|n| (Just(n), documents(&tables()[n]))),
    ) {
        let (table, document): (usize, Document) = drawn;
        let spec = &tables()[table];
        let store = memory_store()?;
        store.create_table(spec.clone())?;
        let item = store.put(&spec.name, document.clone())?.item;
        let item = item.ok_or_else(|| TestCaseError::fail("nothing was written"))?;
        prop_assert_eq!(&item.document, &document);
        prop_assert!(store.get(&spec.name, item.key)?.is_some());
    }

    #[test]
    fn a_drawn_mutation_is_refused_for_what_it_expects_and_for_nothing_else(
        drawn in (0..3_usize).prop_flat_map(|n| prop::collection::vec(mutations(&tables()[n]), 1..20)),
    ) {
        let store = memory_store()?;
        for spec in tables() {
            store.create_table(spec)?;
        }
        for mutation in drawn {
            if let Err(refused) = store.apply(mutation) {
                prop_assert_eq!(refused.kind(), ErrorKind::Conflict, "{}", refused);
            }
        }
    }

    #[test]
    fn every_drawn_view_is_answered(
        view in (0..3_usize).prop_flat_map(|n| views(&tables()[n])),
    ) {
        let store = memory_store()?;
        for spec in tables() {
            store.create_table(spec)?;
        }
        prop_assert!(store.sync(&view)?.reset);
    }
}

/// A service that opens its store with a resolver: what is stored stays, deletes go through.
struct Resolving;

impl Backend for Resolving {
    fn open(&self, store: StoreBuilder) -> StoreBuilder {
        let resolve = |clash: &Clash<'_>| match (&clash.preview, &clash.existing) {
            (Some(_), Some(old)) if !old.deleted => Resolution::Resolve(old.document.clone()),
            (Some(new), _) => Resolution::Resolve(new.clone()),
            (None, _) => Resolution::Remove,
        };
        store.resolver("kept", Arc::new(resolve))
    }

    fn sync(&mut self, site: &Site, request: &SyncRequest) -> Result<SyncPage> {
        site.store.sync(request)
    }
}

#[test]
fn a_backend_opens_the_store_with_what_its_tables_need() {
    let spec = |name: &str| TableSpec::new(name, "id").index("byOwner", "owner", Projection::All);
    let merged = spec("merged").conflicts(ConflictStrategy::ThreeWayMerge);
    let resolved = spec("resolved").conflicts(ConflictStrategy::Custom).resolver("kept");
    let histories = Histories::of(&[resolved, merged]);
    let played = play(&histories, 60, || Resolving);
    assert!(played.is_ok(), "{played:?}");
    let engine = || |site: &Site, request: &SyncRequest| site.store.sync(request);
    match play(&histories, 300, engine) {
        Err(TestError::Fail(reason, _)) => {
            assert!(reason.message().contains("needs the resolver `kept`"), "{reason}");
        }
        other => panic!("a table without its resolver: {other:?}"),
    }
}
