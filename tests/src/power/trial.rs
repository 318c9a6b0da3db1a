//! A store that loses its power again and again.

use super::session::{Trouble, session};
use super::site::{Disk, Site};
use crate::crash::Rng;
use highwater::{Durability, Error};

/// How a store is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// When a commit counts as done.
    pub durability: Durability,
    /// Where the store lies.
    pub disk: Disk,
    /// How often its power is cut.
    pub losses: u64,
    /// The choices, and the moments of the cuts.
    pub seed: u64,
    /// Whether the write-ahead log goes nowhere: then the trial must fail.
    pub lose_logs: bool,
}

/// What came of it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Losses {
    /// Times that the power was cut.
    pub cuts: u64,
    /// Of these, while the store was being opened.
    pub in_opening: u64,
    /// Commits that were answered.
    pub commits: u64,
    /// Commits that were asked for and not answered.
    pub unanswered: u64,
    /// Commits that were answered and are gone, which only a `Buffered` store may do.
    pub lost: u64,
    /// Cuts after which at least one commit was gone.
    pub with_loss: u64,
    /// Devices that were reset after such a cut.
    pub resets: u64,
    /// Retries under a mutation id that were told what was answered before the cut.
    pub retried: u64,
    /// Retries of what a cut had taken, with its receipt.
    pub done_again: u64,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.in_opening += other.in_opening;
        self.commits += other.commits;
        self.unanswered += other.unanswered;
        self.lost += other.lost;
        self.with_loss += other.with_loss;
        self.resets += other.resets;
        self.retried += other.retried;
        self.done_again += other.done_again;
    }
}

/// A power cut made the store fail, or something did that should not have.
fn power_or(site: &Site, place: &str, error: &Error) -> Result<(), String> {
    match site.fs.is_on() {
        true => Err(format!("{place}: {error}")),
        false => Ok(()),
    }
}

impl Trial {
    /// Runs it.
    ///
    /// # Errors
    /// If a promise is broken; it tells the seed.
    pub fn run(&self) -> Result<Losses, String> {
        let mut losses = Losses::default();
        let mut rng = Rng(self.seed);
        let tried = Site::new(&self.disk, self.durability, self.seed)
            .map_err(|error| error.to_string())
            .and_then(|mut site| {
                site.fs.lose_logs(self.lose_logs);
                (0..self.losses).try_for_each(|_| lose_power(&mut site, &mut rng, &mut losses))?;
                // Nobody comes back too late to be looked at.
                site.recover(|_| true).map(drop)
            });
        tried.map(|()| losses).map_err(|what| format!("{what}\n{self:?}"))
    }
}

fn lose_power(site: &mut Site, rng: &mut Rng, losses: &mut Losses) -> Result<(), String> {
    // Often amid the opening or early on, sometimes after many commits.
    let most = [30, 200, 1500][usize::try_from(rng.below(3)).unwrap_or_default()];
    site.fs.cut_after(1 + rng.below(most));
    match site.open() {
        Ok(store) => {
            match session(&store, site, rng, |site| !site.fs.is_on()) {
                Ok(()) => {}
                Err(Trouble::Failed(error)) => power_or(site, "a session", &error)?,
                Err(Trouble::Wrong(what)) => return Err(what),
            }
            let (asked, answered) = site.ledger.asked();
            losses.commits += answered as u64;
            losses.unanswered += (asked - answered) as u64;
        }
        Err(error) => {
            power_or(site, "an opening", &error)?;
            losses.in_opening += 1;
        }
    }
    site.fs.power_on();
    losses.cuts += 1;
    let draw = rng.draw();
    let recovered = site.recover(|device| (draw >> device) & 1 == 0)?;
    losses.lost += recovered.lost;
    losses.retried += recovered.retried;
    losses.done_again += recovered.done_again;
    if recovered.lost > 0 {
        losses.with_loss += 1;
        losses.resets += recovered.resets;
    }
    recovered.store.close().map_err(|error| format!("closing after a loss: {error}"))
}
