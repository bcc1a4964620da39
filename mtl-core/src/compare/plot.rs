//! A comparison as a plot.

use core::fmt::Write;
use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use super::statistics::Estimate;
use super::tasks::{Effect, HeadComparison, TaskComparison, effect};

const WIDTH: f64 = 640.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 30.0;
const ROW: f64 = 34.0;
const TOP: f64 = 56.0;

impl TaskComparison {
    /// A plot of each head's relative improvement by sharing, and of `Δ_m`: points with their 95 % intervals, as an SVG image.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut rows: Vec<(&str, Estimate)> = self.heads.iter().map(|head: &HeadComparison| (head.head, head.improvement())).collect();
        rows.push(("all heads (Δ_m)", self.delta_m()));
        let reach = |estimate: &Estimate| {
            let width = if estimate.half_width.is_nan() { 0.0 } else { estimate.half_width };
            if estimate.mean.is_finite() { 100.0 * (estimate.mean.abs() + width) } else { 0.0 }
        };
        let step = tick(rows.iter().map(|(_, estimate)| reach(estimate)).fold(0.0, f64::max));
        let scale = 3.0 * step;
        let x = |percent: f64| LEFT + (percent.clamp(-scale, scale) / scale + 1.0) / 2.0 * (WIDTH - LEFT - RIGHT);
        let bottom = TOP + ROW * rows.len() as f64;

        let mut svg = String::new();
        let height = bottom + 44.0;
        let mut line = |text: core::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = writeln!(svg, "{text}");
        };
        line(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">"
        ));
        line(format_args!("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"));
        line(format_args!("<text x=\"{}\" y=\"24\" font-size=\"15\">Relative improvement by sharing, {} seeds</text>", 16, self.seeds.len()));
        for tick in -3_i32..=3 {
            let percent = f64::from(tick) * step;
            let (text, colour) = if tick == 0 { ("0".to_owned(), "#444") } else { (std::format!("{percent:+}"), "#ddd") };
            let place = x(percent);
            line(format_args!("<line x1=\"{place:.1}\" y1=\"{}\" x2=\"{place:.1}\" y2=\"{bottom:.1}\" stroke=\"{colour}\"/>", TOP - 12.0));
            line(format_args!("<text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444\">{text} %</text>", bottom + 20.0));
        }
        for (number, (name, estimate)) in rows.iter().enumerate() {
            let y = TOP + ROW * (number as f64 + 0.5) - 8.0;
            line(format_args!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 14.0, y + 4.0));
            let colour = match effect(*estimate) {
                Effect::Gains => "#1b7837",
                Effect::Loses => "#b2182b",
                Effect::Unclear => "#555",
            };
            let (low, high) = (x(100.0 * estimate.low()), x(100.0 * estimate.high()));
            if low.is_finite() && high.is_finite() {
                line(format_args!("<line x1=\"{low:.1}\" y1=\"{y:.1}\" x2=\"{high:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" stroke-width=\"3\"/>"));
            }
            if estimate.mean.is_finite() {
                line(format_args!("<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>", x(100.0 * estimate.mean)));
            }
        }
        line(format_args!("</svg>"));
        svg
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
