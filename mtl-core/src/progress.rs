//! Long work shows itself on the terminal.
//!
//! Training, [`compare`](crate::compare), [`int8::quantize`](crate::int8::quantize) and reading large files show how far they are, by default, where
//! standard error is a terminal, and take what they drew away again. In a pipe, a file and CI nothing is drawn. It takes the feature `progress`,
//! which is a default one.

use core::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "progress")]
use core::time::Duration;

static HIDDEN: AtomicBool = AtomicBool::new(false);

/// Draws nothing from here on, in this whole program: for those that draw on the terminal themselves.
///
/// [`Trainer::quiet`](crate::trainer::Trainer::quiet) and [`Trainer::bar`](crate::trainer::Trainer::bar) are for one training.
pub fn hide() {
    HIDDEN.store(true, Ordering::Relaxed);
}

#[cfg(feature = "progress")]
pub(crate) fn is_hidden() -> bool {
    HIDDEN.load(Ordering::Relaxed)
}

/// How often is drawn.
#[cfg(feature = "progress")]
pub(crate) const INTERVAL: Duration = Duration::from_millis(100);

/// Work of less time than this is not worth a line.
#[cfg(feature = "progress")]
const PATIENCE: Duration = Duration::from_millis(700);

/// Seconds as `0:07`, `12:40`, `3:05:00`.
#[cfg(feature = "progress")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates, and NaN is 0")]
pub(crate) fn clock(seconds: f64) -> std::string::String {
    let seconds = seconds as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { std::format!("{hours}:{minutes:02}:{seconds:02}") } else { std::format!("{minutes}:{seconds:02}") }
}

/// A line for work under way, which goes away with it.
pub(crate) struct Work {
    #[cfg(feature = "progress")]
    shown: shown::Shown,
}

impl Work {
    /// `what` is done in `total` parts, if that is known.
    #[cfg_attr(not(feature = "progress"), expect(unused_variables, reason = "there is nothing to show it on"))]
    pub(crate) fn new(what: &'static str, total: Option<usize>) -> Self {
        Self {
            #[cfg(feature = "progress")]
            shown: shown::Shown::new(what, total),
        }
    }

    /// So many parts are done.
    #[cfg_attr(not(feature = "progress"), expect(unused_variables, reason = "there is nothing to show it on"))]
    #[cfg_attr(not(feature = "progress"), expect(clippy::needless_pass_by_ref_mut, clippy::missing_const_for_fn, reason = "as where it is shown"))]
    pub(crate) fn at(&mut self, done: usize) {
        #[cfg(feature = "progress")]
        self.shown.at(done);
    }
}

#[cfg(feature = "progress")]
mod shown {
    use std::io::{IsTerminal, stderr};
    use std::time::Instant;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::{INTERVAL, PATIENCE, clock, is_hidden};

    pub(super) struct Shown {
        what: &'static str,
        total: Option<usize>,
        begun: Instant,
        /// When it is drawn next; never where there is no terminal.
        next: Option<Instant>,
        bar: Option<ProgressBar>,
    }

    impl Shown {
        pub(super) fn new(what: &'static str, total: Option<usize>) -> Self {
            let begun = Instant::now();
            let next = (stderr().is_terminal() && !is_hidden()).then(|| begun + PATIENCE);
            Self { what, total, begun, next, bar: None }
        }

        pub(super) fn at(&mut self, done: usize) {
            let Some(next) = &mut self.next else { return };
            let now = Instant::now();
            if now < *next {
                return;
            }
            *next = now + INTERVAL;
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::with_draw_target(self.total.map(|total| total as u64), ProgressDrawTarget::stderr());
                let template = if self.total.is_some() { "{prefix} {bar:16} {human_pos}/{human_len}  {msg}" } else { "{prefix} {human_pos}" };
                let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
                bar.with_style(style.progress_chars("━╸─")).with_prefix(self.what)
            });
            if let Some(total) = self.total.filter(|_| done > 0) {
                let left = self.begun.elapsed().as_secs_f64() / done as f64 * total.saturating_sub(done) as f64;
                bar.set_message(std::format!("{} left", clock(left)));
            }
            bar.set_position(done as u64);
        }
    }

    impl Drop for Shown {
        fn drop(&mut self) {
            if let Some(bar) = &self.bar {
                bar.finish_and_clear();
            }
        }
    }
}
