//! Bytes that are not what was written: every answer is right or an error, `verify` finds what a read can come upon, a
//! damaged log refuses to open, and whoever holds what a recovery gives up is reset.
//!
//! `DAMAGES` sets how many copies of a store are damaged, `SEED` how.

use highwater_tests::damage::Image;
use highwater_tests::many;

/// Trials where `DAMAGES` does not say.
const DAMAGES: u64 = 300;

#[test]
fn a_damaged_file_is_an_error_or_does_not_matter_and_never_a_wrong_answer() {
    let trials = many::setting("DAMAGES", DAMAGES);
    let first = many::setting("SEED", 1).wrapping_mul(1_000_003);
    let image = Image::new(first).expect("a store");
    let dir = tempfile::tempdir().expect("a folder");
    let found = many::run(trials, |n| {
        let copy = dir.path().join(format!("trial-{n}"));
        image.trial(&copy, first.wrapping_add(n)).unwrap_or_else(|what| panic!("{what}"))
    });
    println!("{found:?}");
    many::count(found.trials, "stores with a damaged file");
    for (kind, trials) in &found.kinds {
        many::count(*trials, &format!("of them: {kind}"));
    }
    many::count(found.refused, "of them refused to open");
    many::count(found.recovered, "of these had a damaged log and were recovered");
    many::count(found.resets, "devices that were reset then");
    many::count(found.torn, "of them lost their last commit, which seemed to be half written");
    many::count(found.told, "of them opened and answered with errors where they were damaged");
    assert!(found.trials > trials * 3 / 4 && found.refused > trials / 10, "{found:?}");
    for kind in image.kinds() {
        let trials = found.kinds.get(&kind).copied().unwrap_or_default();
        assert!(trials > 0, "no {kind} of {:?}", found.kinds);
    }
    assert!(found.recovered > 0 && found.given_up > 0 && found.told > 0, "{found:?}");
    assert!(found.verified >= found.told && found.unharmed > 0, "{found:?}");
}
