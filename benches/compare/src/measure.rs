//! Measuring side by side: all subjects take their turns in each round, so that a noisy machine is noisy for all.

use crate::subject::Result;
use std::time::{Duration, Instant};

/// How long one sample runs at least.
const SAMPLE: Duration = Duration::from_millis(4);

/// Times of one subject's calls.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// The middle one, in seconds a call.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Adds a time a call.
    pub fn push(&mut self, seconds: f64) {
        self.0.push(seconds);
    }
}

/// Calls each work in turn, `rounds` times, each turn as often as makes a sample.
///
/// # Errors
/// Those of the works.
pub fn side_by_side(
    works: &mut [&mut dyn FnMut() -> Result<()>],
    rounds: usize,
) -> Result<Vec<Samples>> {
    let mut calls = Vec::new();
    for work in &mut *works {
        // Warm, and count how many calls a sample takes.
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < SAMPLE || count < 2 {
            work()?;
            count += 1;
        }
        calls.push(count);
    }
    let mut samples = vec![Samples::default(); works.len()];
    for _ in 0..rounds {
        for ((work, calls), samples) in works.iter_mut().zip(&calls).zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..*calls {
                work()?;
            }
            samples.push(start.elapsed().as_secs_f64() / f64::from(*calls));
        }
    }
    Ok(samples)
}
