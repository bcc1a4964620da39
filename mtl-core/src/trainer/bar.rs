//! The bar that a training draws on the terminal.

use core::fmt::Display;
use std::eprintln;
use std::time::Instant;
use std::vec::Vec;

use super::run::Run;
use crate::evaluate::Evaluate;
use crate::optimizer::Optimizer;
use crate::progress::INTERVAL;
use crate::report::{Cell, Report};

/// The bar of a training, or nothing where there is no terminal, or none is wanted.
pub(super) struct Bar {
    drawn: Option<drawn::Drawn>,
    /// When it is drawn next; none where it is not drawn.
    next: Option<Instant>,
}

impl Bar {
    /// A bar that is drawn if it is wanted and there is a terminal.
    pub(super) fn new(wanted: bool) -> Self {
        if wanted && std::io::IsTerminal::is_terminal(&std::io::stderr()) && !crate::progress::is_hidden() {
            return Self::on(indicatif::ProgressDrawTarget::stderr());
        }
        Self::none()
    }

    fn on(target: indicatif::ProgressDrawTarget) -> Self {
        Self { drawn: Some(drawn::Drawn::new(target)), next: Some(Instant::now() + INTERVAL) }
    }

    pub(super) const fn none() -> Self {
        Self { drawn: None, next: None }
    }

    /// Whether it is time to draw it.
    #[inline]
    pub(super) fn is_due(&mut self) -> bool {
        let Some(next) = &mut self.next else { return false };
        let now = Instant::now();
        let is_due = now >= *next;
        if is_due {
            *next = now + INTERVAL;
        }
        is_due
    }

    pub(super) fn draw(&self, state: &State<'_>) {
        if let Some(drawn) = &self.drawn {
            drawn.draw(state);
        }
    }

    /// Says that training has not begun yet.
    pub(super) fn prepare(&self) {
        if let Some(drawn) = &self.drawn {
            drawn.prepare();
        }
    }

    /// Does something with the bar out of the way: callbacks print what they like.
    pub(super) fn aside<R>(&self, work: impl FnOnce() -> R) -> R {
        if let Some(drawn) = &self.drawn {
            return drawn.aside(work);
        }
        work()
    }

    /// A line on standard error, above the bar.
    pub(super) fn print(&self, line: &impl Display) {
        self.aside(|| eprintln!("{line}"));
    }
}

/// How fast a training is.
pub(super) struct Pace {
    begun: Instant,
    /// The steps that were over when it began.
    before: Option<u64>,
    epoch_begun: Instant,
    /// The samples of the epoch that were over when it began.
    done: usize,
}

impl Pace {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { begun: now, before: None, epoch_begun: now, done: 0 }
    }

    pub(super) fn begin_epoch(&mut self, done: usize) {
        (self.epoch_begun, self.done) = (Instant::now(), done);
    }

    /// Samples a second in this epoch, of which so many are over.
    fn rate(&self, done: usize) -> f64 {
        (done - self.done) as f64 / self.epoch_begun.elapsed().as_secs_f64()
    }

    /// The seconds until all steps are over, at the pace so far.
    fn left(&mut self, step: u64, all: u64) -> f64 {
        // Asked after a step for the first time.
        let before = *self.before.get_or_insert(step.saturating_sub(1));
        self.begun.elapsed().as_secs_f64() / (step - before) as f64 * all.saturating_sub(step) as f64
    }
}

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Draws the bar, after `done` samples of an epoch with these mean losses.
    pub(super) fn show(&mut self, epoch: usize, done: usize, losses: &[f64]) {
        let step = self.session.training.optimizer.step;
        let validated = self.session.history.last().and_then(|epoch| epoch.validation.as_ref()).map(Report::heads);
        let metric = |head: usize| {
            let metrics = &validated.as_ref()?.get(head)?.metrics;
            metrics.iter().find_map(|(name, cell)| if let Cell::Number(value) = cell { Some((*name, *value)) } else { None })
        };
        let heads: Vec<HeadState> = M::HEADS.iter().zip(losses).enumerate().map(|(place, (head, &loss))| (head.name, loss, metric(place))).collect();
        let state = State {
            epoch,
            epochs: self.epochs,
            step: done.div_ceil(self.batch_size) as u64,
            steps: self.steps_per_epoch,
            learning_rate: self.learning_rate(epoch, step).unwrap_or(f64::NAN),
            rate: self.pace.rate(done),
            left: self.pace.left(step, self.all_steps()),
            heads: &heads,
        };
        self.bar.draw(&state);
    }
}

/// What a bar shows.
pub(super) struct State<'s> {
    pub(super) epoch: usize,
    pub(super) epochs: usize,
    /// The steps of this epoch that are over, and all of them.
    pub(super) step: u64,
    pub(super) steps: u64,
    pub(super) learning_rate: f64,
    /// Samples a second, in the mean of this epoch.
    pub(super) rate: f64,
    /// The seconds that are left of the whole training.
    pub(super) left: f64,
    pub(super) heads: &'s [HeadState],
}

/// A head, its mean loss in this epoch, and its first metric in the last validation, if it has one.
type HeadState = (&'static str, f64, Option<(&'static str, f64)>);

mod drawn {
    use core::fmt::Write;
    use std::format;
    use std::string::{String, ToString};
    use std::sync::{Arc, Mutex, PoisonError};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

    use super::State;
    use crate::progress::clock;
    use crate::report::number;

    pub(super) struct Drawn {
        bar: ProgressBar,
        texts: Arc<Mutex<Texts>>,
    }

    /// What stands before, behind and below the bar. They are no messages of the bar, each of which would be a drawing of its own.
    #[derive(Default)]
    struct Texts {
        epoch: String,
        status: String,
        heads: String,
    }

    impl Drawn {
        pub(super) fn new(target: ProgressDrawTarget) -> Self {
            let texts = Arc::new(Mutex::new(Texts::default()));
            let key = |read: fn(&Texts) -> &str| {
                let texts = Arc::clone(&texts);
                move |_: &ProgressState, out: &mut dyn Write| {
                    // Writing to a line of the terminal in memory does not fail.
                    let _ = out.write_str(read(&texts.lock().unwrap_or_else(PoisonError::into_inner)));
                }
            };
            let style = ProgressStyle::with_template("{epoch} {bar:16} {status}\n{heads}").unwrap_or_else(|_| ProgressStyle::default_bar());
            let style = style.progress_chars("━╸─").with_key("epoch", key(|texts| &texts.epoch));
            let style = style.with_key("status", key(|texts| &texts.status)).with_key("heads", key(|texts| &texts.heads));
            Self { bar: ProgressBar::with_draw_target(Some(1), target).with_style(style), texts }
        }

        pub(super) fn draw(&self, state: &State<'_>) {
            let width = state.epochs.to_string().len();
            let epoch = format!("epoch {:>width$}/{}", state.epoch, state.epochs);
            self.put(Texts { epoch, status: status(state), heads: heads(state) });
            self.bar.update(|bar| {
                bar.set_len(state.steps);
                bar.set_pos(state.step);
            });
        }

        pub(super) fn prepare(&self) {
            self.put(Texts { epoch: String::from("looking at the data"), ..Texts::default() });
            self.bar.tick();
        }

        fn put(&self, texts: Texts) {
            *self.texts.lock().unwrap_or_else(PoisonError::into_inner) = texts;
        }

        pub(super) fn aside<R>(&self, work: impl FnOnce() -> R) -> R {
            self.bar.suspend(work)
        }
    }

    impl Drop for Drawn {
        fn drop(&mut self) {
            self.bar.finish_and_clear();
        }
    }

    /// `120/500  lr 1.00e-3  48210 rows/s  2:05 left`.
    fn status(state: &State<'_>) -> String {
        let State { step, steps, learning_rate, rate, left, .. } = *state;
        let width = steps.to_string().len();
        format!("{step:>width$}/{steps}  lr {learning_rate:.2e}  {rate:.0} rows/s  {} left", clock(left))
    }

    /// `  digit 0.2514, accuracy 0.9812;  odd 0.1021`: losses in this epoch, metrics of the last validation.
    fn heads(state: &State<'_>) -> String {
        let mut text = String::new();
        for (place, (head, loss, metric)) in state.heads.iter().enumerate() {
            text.push_str(if place == 0 { "  " } else { ";  " });
            text.push_str(&format!("{head} {}", if loss.is_nan() { "-".into() } else { number(*loss) }));
            if let Some((name, value)) = metric {
                text.push_str(&format!(", {name} {}", if value.is_nan() { "-".into() } else { number(*value) }));
            }
        }
        text
    }

    #[cfg(test)]
    mod tests {
        use super::super::{Bar, State};
        use crate::progress::clock;
        use indicatif::{InMemoryTerm, ProgressDrawTarget};
        use std::boxed::Box;

        #[test]
        fn times_read_like_a_clock() {
            for (seconds, text) in [(0.4, "0:00"), (59.9, "0:59"), (605.0, "10:05"), (3601.0, "1:00:01"), (f64::NAN, "0:00")] {
                assert_eq!(clock(seconds), text);
            }
        }

        #[test]
        fn a_bar_shows_where_training_is_and_goes_away() {
            let terminal = InMemoryTerm::new(10, 100);
            let bar = Bar::on(ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255));
            let heads = [("digit", 0.251_38, Some(("accuracy", 0.9812))), ("odd", f64::NAN, None)];
            bar.draw(&State { epoch: 3, epochs: 20, step: 12, steps: 48, learning_rate: 1e-3, rate: 51_230.4, left: 65.0, heads: &heads });
            let expected = "\
epoch  3/20 ━━━━╸─────────── 12/48  lr 1.00e-3  51230 rows/s  1:05 left
  digit 0.2514, accuracy 0.9812;  odd -";
            assert_eq!(terminal.contents(), expected);
            drop(bar);
            assert_eq!(terminal.contents(), "");
        }
    }
}
