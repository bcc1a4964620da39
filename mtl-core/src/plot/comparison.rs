//! What sharing did to each head.

use std::borrow::ToOwned;
use std::format;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::PlotError;
use super::chart::mark_text;
use super::picture::{Anchor, FAINT, GREEN, GRID, INK, LARGE, NORMAL, Picture, SMALL, VERMILLION, width};
use crate::compare::{Effect, Estimate, TaskComparison};

impl TaskComparison {
    /// Draws each head's relative improvement by sharing, and `Δ_m` (feature `plot`): points with their 95 % intervals.
    ///
    /// # Errors
    ///
    /// See [`PlotError`].
    pub fn plot(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.picture().save(path)
    }

    /// The picture of [`plot`](Self::plot).
    #[must_use]
    pub fn picture(&self) -> Picture {
        const ROW: f64 = 34.0;
        const TOP: f64 = 62.0;
        const MARGIN: f64 = 18.0;
        const SIDE: f64 = 440.0;
        let mut rows: Vec<(String, Estimate, Effect)> =
            self.heads.iter().map(|head| (head.head.to_owned(), head.improvement(), head.effect())).collect();
        rows.push(("all heads (Δm)".to_owned(), self.delta_m(), self.delta_m_effect()));
        let reach = |estimate: &Estimate| {
            let width = if estimate.half_width.is_nan() { 0.0 } else { estimate.half_width };
            if estimate.mean.is_finite() { 100.0 * (estimate.mean.abs() + width) } else { 0.0 }
        };
        let step = tick(rows.iter().map(|(_, estimate, _)| reach(estimate)).fold(0.0, f64::max));
        let scale = 3.0 * step;
        let title = format!("Relative improvement by sharing, {} seeds", self.seeds.len());
        let left = MARGIN + 16.0 + rows.iter().map(|(name, ..)| width(name, NORMAL)).fold(0.0, f64::max);
        let x = |percent: f64| left + (percent.clamp(-scale, scale) / scale + 1.0) / 2.0 * SIDE;
        let bottom = TOP + ROW * rows.len() as f64;
        let total = (left + SIDE + MARGIN + 22.0).max(width(&title, LARGE) + 2.0 * MARGIN);
        let mut picture = Picture::new(libm::ceil(total), bottom + 66.0);
        picture.text((MARGIN, 26.0), title, LARGE, INK, Anchor::Left);
        for tick in -3_i32..=3 {
            let percent = f64::from(tick) * step;
            let text = format!("{}{} %", if tick > 0 { "+" } else { "" }, mark_text(percent, step));
            picture.line(Vec::from([(x(percent), TOP - 8.0), (x(percent), bottom)]), if tick == 0 { FAINT } else { GRID }, 1.0);
            picture.text((x(percent), bottom + 14.0), text, SMALL, FAINT, Anchor::Middle);
        }
        for (number, (name, estimate, effect)) in rows.iter().enumerate() {
            let y = TOP + ROW * (number as f64 + 0.5) - 4.0;
            picture.text((left - 12.0, y), name.clone(), NORMAL, INK, Anchor::Right);
            let colour = colour(*effect);
            let (low, high) = (x(100.0 * estimate.low()), x(100.0 * estimate.high()));
            if low.is_finite() && high.is_finite() {
                picture.line(Vec::from([(low, y), (high, y)]), colour, 3.0);
            }
            if estimate.mean.is_finite() {
                picture.dot((x(100.0 * estimate.mean), y), 5.0, colour, 1.0);
            }
        }
        let mut x = MARGIN;
        for (effect, text) in [(Effect::Gains, "gains"), (Effect::Loses, "loses"), (Effect::Unclear, "no clear difference")] {
            picture.dot((x + 5.0, bottom + 44.0), 5.0, colour(effect), 1.0);
            picture.text((x + 16.0, bottom + 44.0), text, SMALL, INK, Anchor::Left);
            x += 36.0 + width(text, SMALL);
        }
        picture
    }
}

const fn colour(effect: Effect) -> (u8, u8, u8) {
    match effect {
        Effect::Gains => GREEN,
        Effect::Loses => VERMILLION,
        Effect::Unclear => FAINT,
    }
}

/// A step of 1, 2 or 5 times a power of ten of which three reach as far as `reach`.
fn tick(reach: f64) -> f64 {
    let least = (reach / 3.0).max(1e-6);
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|&step| step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::tick;

    #[test]
    fn ticks_are_round_and_reach_far_enough() {
        for (reach, step) in [(3.0, 1.0), (3.1, 2.0), (14.0, 5.0), (16.0, 10.0), (0.29, 0.1)] {
            assert!((tick(reach) - step).abs() < 1e-12, "{reach}: {}", tick(reach));
        }
    }
}
