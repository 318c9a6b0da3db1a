//! Measuring side by side: all subjects take their turns in each round, so that a noisy machine is noisy for
//! all, and each round begins with another one, so that nobody always follows the same.

use crate::results::Value;
use crate::subject::Result;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use std::time::{Duration, Instant};

/// How long one sample of reads runs at least.
const SAMPLE: Duration = Duration::from_millis(8);

/// What is drawn is drawn from this.
pub const SEED: u64 = 42;

/// Quartiles.
///
/// # Panics
/// Never: a value of nothing is not a number.
#[must_use]
pub fn spread(mut samples: Vec<f64>) -> Value {
    samples.sort_by(f64::total_cmp);
    Value { middle: at(&samples, 0.5), low: at(&samples, 0.25), high: at(&samples, 0.75) }
}

/// The value at a share of sorted samples; between two of them, what lies there.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "few samples"
)]
pub fn at(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = last as f64 * share;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// Whose turn it is: rounds of everybody, each beginning with the next.
pub fn turns(subjects: usize, rounds: usize) -> impl Iterator<Item = usize> {
    (0..rounds).flat_map(move |round| (0..subjects).map(move |turn| (round + turn) % subjects))
}

/// Numbers below `below`, the same in each run.
#[must_use]
pub fn drawn(count: usize, below: usize, seed: u64) -> Vec<usize> {
    let mut rng = SmallRng::seed_from_u64(SEED ^ seed);
    (0..count).map(|_| rng.random_range(0..below.max(1))).collect()
}

/// Calls each work in turn, `rounds` times, each turn as often as makes a sample; a work is told how many
/// calls there were before, from which it draws what it asks. Seconds a call.
///
/// # Errors
/// Those of the works.
pub fn side_by_side(
    subjects: usize,
    rounds: usize,
    mut work: impl FnMut(usize, usize) -> Result<()>,
) -> Result<Vec<Value>> {
    let mut done = Vec::new();
    for place in 0..subjects {
        // Warm, and count how many calls a sample takes.
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < SAMPLE || count < 2 {
            work(place, count)?;
            count += 1;
        }
        done.push(count);
    }
    let calls = done.clone();
    let mut samples = vec![Vec::new(); subjects];
    for place in turns(subjects, rounds) {
        let start = Instant::now();
        for call in done[place]..done[place] + calls[place] {
            work(place, call)?;
        }
        #[expect(clippy::cast_precision_loss, reason = "few calls")]
        samples[place].push(start.elapsed().as_secs_f64() / calls[place] as f64);
        done[place] += calls[place];
    }
    Ok(samples.into_iter().map(spread).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_always_follows_the_same() {
        assert_eq!(turns(3, 3).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 0, 2, 0, 1]);
    }

    #[test]
    fn a_quartile_between_two_samples_lies_between_them() {
        let Value { middle, low, high } = spread(vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((low, middle, high), (1.75, 2.5, 3.25));
        assert!(spread(Vec::new()).middle.is_nan());
    }

    #[test]
    fn what_is_drawn_is_the_same_each_time() {
        assert_eq!(drawn(8, 100, 1), drawn(8, 100, 1));
        assert_ne!(drawn(8, 100, 1), drawn(8, 100, 2));
    }
}
