//! How far a long command is, for whoever watches.

use crate::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;

/// A line that is drawn over and over on a terminal; nothing anywhere else.
#[derive(Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Progress through an input of `total` bytes, if that is known.
    pub(crate) fn bytes(total: Option<u64>, json: bool) -> Self {
        let template = match total {
            Some(_) => "{msg}  {bar:24}  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left",
            None => "{msg}  {bytes}  {bytes_per_sec}  {elapsed}",
        };
        Self::new(total, template, json)
    }

    /// Progress through `total` items, if about that many are known to come.
    pub(crate) fn items(total: Option<u64>, json: bool) -> Self {
        let template = match total {
            Some(_) => "{pos} items  {bar:24}  {rate}  about {eta} left",
            None => "{pos} items  {rate}  {elapsed}",
        };
        Self::new(total, template, json)
    }

    fn new(total: Option<u64>, template: &str, json: bool) -> Self {
        if json || !output::is_watched() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        // A template that does not parse would cost the looks, not the command.
        let style = ProgressStyle::with_template(template);
        let style = style.map(|style| style.progress_chars("##-").with_key("rate", rate));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(Some(bar))
    }

    /// Moves on to `position`.
    pub(crate) fn reach(&self, position: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(position);
        }
    }

    /// Moves on to `position`, of a `total` that is known better by now.
    pub(crate) fn reach_of(&self, position: u64, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total);
            bar.set_position(position);
        }
    }

    /// Changes the words.
    pub(crate) fn say(&self, words: impl FnOnce() -> String) {
        if let Some(bar) = &self.0 {
            bar.set_message(words());
        }
    }
}

fn rate(state: &ProgressState, out: &mut dyn Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec());
}

impl Drop for Progress {
    /// Makes room for what is said next.
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
