//! Values drawn by proptest's strategies, with a few of a fuzzer's bytes for the dice.
//!
//! A generator that hands the bytes through would not do: every choice among strategies halves what is left of them,
//! and where they end, at zeros, drawing a number may wait for another for ever. So each part of an input is drawn
//! by a generator that its own bytes seed, and a change of one part leaves the others as they are.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What the first 32 of `bytes` draw; `None` for what the strategy turns down.
pub(crate) fn draw<S: Strategy>(strategy: &S, bytes: &[u8]) -> Option<S::Tree> {
    let mut seed = [0; 32];
    seed.iter_mut().zip(bytes).for_each(|(seed, byte)| *seed = *byte);
    let dice = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    strategy.new_tree(&mut TestRunner::new_with_rng(Config::default(), dice)).ok()
}
