//! What values a tensor takes on the calibration rows, and the interval of them that gets bytes.

use std::vec;
use std::vec::Vec;

use super::scale::{Scale, Scales};

/// Of each channel so many values are kept at most; the extremes are known of all.
const MOST_KEPT: usize = 4096;

/// Of fewer rows than these nothing is concluded but the least and the greatest value.
pub(super) const FEWEST_ROWS: usize = 32;

/// A tensor of a model in eight bits: what has a scale, or one for each channel.
#[derive(Clone, Copy, Debug)]
pub struct RangeInfo {
    /// How the summary calls the value, or the first of the values that share it.
    pub name: &'static str,
    /// How many channels have a scale of their own: row `r` is of channel `r mod channels`.
    pub channels: usize,
    /// What its scales must be.
    pub kind: RangeKind,
    /// Whether the steps that give and take it know low bytes.
    pub may_have_low: bool,
}

/// What the scales of a tensor must be, for the steps that give it and those that take it.
#[derive(Clone, Copy, Debug)]
pub enum RangeKind {
    /// There are no such bytes.
    Unused,
    /// One for all, with 0 among the numbers.
    Common,
    /// One for each channel, with one zero point: a padded convolution takes it, or a `relu` gives it.
    OneZero,
    /// One for each channel: a layer with weights takes it, and they take in steps and zero points.
    Free,
    /// Those of other tensors by their numbers, with so many rows each, one after the other.
    Joined(&'static [(usize, usize)]),
}

/// The values of a tensor that were seen, channel by channel.
#[derive(Clone, Debug)]
pub struct Range {
    channels: Vec<Channel>,
    finite: bool,
    is_given: bool,
}

#[derive(Clone, Debug)]
struct Channel {
    low: f64,
    high: f64,
    sum: f64,
    seen: u64,
    kept: Vec<f32>,
    /// Of so many values one is kept, as a power of two.
    thinning: u32,
}

/// How far an interval may leave out what is rare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Not at all: from the least to the greatest value.
    Nothing,
    /// As far as the squared error of the channel becomes less, of which the error of one value counts as that of so many spreads at most.
    Beyond(f64),
}

impl Clip {
    /// From what keeps all to what keeps the ordinary.
    pub(super) const ALL: [Self; 6] =
        [Self::Nothing, Self::Beyond(300.0), Self::Beyond(100.0), Self::Beyond(30.0), Self::Beyond(10.0), Self::Beyond(4.0)];
}

/// A number without a pattern: of every run of numbers that are a constant apart, too.
fn hash(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Channel {
    fn new() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, sum: 0.0, seen: 0, kept: Vec::new(), thinning: 0 }
    }

    fn observe(&mut self, value: f32) {
        let real = f64::from(value);
        (self.low, self.high, self.sum) = (self.low.min(real), self.high.max(real), self.sum + real);
        // Not every so manieth: the rows of a tensor would be taken unevenly.
        if self.thinning == 0 || hash(self.seen) >> (64 - self.thinning) == 0 {
            self.kept.push(value);
            if self.kept.len() == MOST_KEPT {
                let mut number = 0;
                self.kept.retain(|_| {
                    number += 1;
                    hash(number) >> 63 == 0
                });
                self.thinning += 1;
            }
        }
        self.seen += 1;
    }

    /// The interval, and the mean of what is in it or at its ends.
    fn interval(&self, clip: Clip) -> (f64, f64, f64) {
        if self.seen == 0 {
            return (0.0, 0.0, 0.0);
        }
        let mean = self.sum / self.seen as f64;
        let Clip::Beyond(cap) = clip else { return (self.low, self.high, mean) };
        let mut kept = self.kept.clone();
        kept.sort_by(f32::total_cmp);
        let Some(spread) = spread(&kept) else { return (self.low, self.high, mean) };
        let (low, high) = Clipping { kept: &kept, spread, most: (cap * spread).powi(2) }.best(self.low, self.high);
        let mean = kept.iter().map(|&value| f64::from(value).clamp(low, high)).sum::<f64>() / kept.len() as f64;
        (low, high, mean)
    }
}

/// The standard deviation of what is ordinary, as if it were normally distributed: from the middle eight tenths of what is not the median itself.
/// `None` where that is nothing: values that are all the same but for some have no more to tell than which these are.
pub(super) fn spread(sorted: &[f32]) -> Option<f64> {
    let median = *sorted.get(sorted.len() / 2)?;
    let others: Vec<f64> = sorted.iter().filter(|&&value| value != median).map(|&value| f64::from(value)).collect();
    let at = |share: f64| others.get((share * others.len().saturating_sub(1) as f64).round() as usize).copied();
    let spread = (at(0.9)? - at(0.1)?) / 2.563;
    (spread > 0.0).then_some(spread)
}

/// The search for the interval with the least error.
struct Clipping<'a> {
    kept: &'a [f32],
    spread: f64,
    /// What the squared error of a value counts at most.
    most: f64,
}

impl Clipping<'_> {
    /// Halves each end's distance from the median in small steps, one end after the other.
    fn best(&self, low: f64, high: f64) -> (f64, f64) {
        const STEPS: i32 = 40;
        let median = f64::from(self.kept[self.kept.len() / 2]);
        let end = |whole: f64, step: i32| median + (whole - median) * 0.5_f64.powf(f64::from(step) / 3.0);
        let (mut below, mut above) = (0, 0);
        for _ in 0..2 {
            above = self.least(STEPS, |step| (end(low, below), end(high, step)));
            below = self.least(STEPS, |step| (end(low, step), end(high, above)));
        }
        (end(low, below), end(high, above))
    }

    fn least(&self, steps: i32, interval: impl Fn(i32) -> (f64, f64)) -> i32 {
        let costs = (0..steps).map(|step| (step, self.cost(interval(step))));
        costs.min_by(|(_, left), (_, right)| left.total_cmp(right)).map_or(0, |(step, _)| step)
    }

    /// The sum of squared errors: of rounding within, and of saturation outside.
    fn cost(&self, (low, high): (f64, f64)) -> f64 {
        let beyond = |distance: f64| (distance * distance).min(self.most);
        let values = || self.kept.iter().map(|&value| f64::from(value));
        let below = values().take_while(|&value| value < low).map(|value| beyond(low - value)).sum::<f64>();
        let above = values().rev().take_while(|&value| value > high).map(|value| beyond(value - high)).sum::<f64>();
        // What is within one step of each other is one number: no error is larger than that.
        let rounding = (((high - low) / 255.0).powi(2) / 12.0).min(self.spread.powi(2));
        below + above + rounding * self.kept.len() as f64
    }
}

impl Range {
    /// Of so many channels, of which nothing was seen.
    #[must_use]
    pub fn new(channels: usize) -> Self {
        Self { channels: vec![Channel::new(); channels.max(1)], finite: true, is_given: false }
    }

    /// Takes in some values.
    pub fn observe(&mut self, values: &[f32]) {
        let count = self.channels.len();
        for (row, &value) in values.iter().enumerate() {
            self.finite &= value.is_finite();
            self.channels[row % count].observe(value);
        }
    }

    /// Takes in all values that there can be: none is left out as rare.
    pub fn give(&mut self, values: &[f32]) {
        self.is_given = true;
        self.observe(values);
    }

    /// Whether all values were finite.
    #[must_use]
    pub const fn is_finite(&self) -> bool {
        self.finite
    }

    /// The scales of a tensor of which so many rows were seen.
    pub(super) fn scales(&self, kind: RangeKind, clip: Clip, rows: usize) -> Scales {
        let is_enough = rows >= FEWEST_ROWS;
        let clip = if self.is_given || !is_enough { Clip::Nothing } else { clip };
        let intervals: Vec<_> = self.channels.iter().map(|channel| channel.interval(clip)).collect();
        let ranges = || intervals.iter().map(|&(low, high, _)| (low, high)).collect::<Vec<_>>();
        let scales = match kind {
            RangeKind::Unused | RangeKind::Joined(_) => return Scales::from(Scale::with_zero(0.0, 0.0)),
            RangeKind::Common => {
                let (low, high) = ranges().into_iter().fold((0.0, 0.0), |(low, high): (f64, f64), range| (low.min(range.0), high.max(range.1)));
                return Scales::from(Scale::with_zero(low, high));
            }
            RangeKind::OneZero => Scales::with_common_zero(&ranges()),
            RangeKind::Free if is_enough => Scales::of_channels(ranges().into_iter().map(|(low, high)| Scale::between(low, high)).collect()),
            RangeKind::Free => Scales::of_channels(ranges().into_iter().map(|(low, high)| Scale::with_zero(low, high)).collect()),
        };
        let more = |(scale, &(low, high, mean)): (&Scale, &(f64, f64, f64))| {
            let is_still = is_enough && (low, high) != (0.0, 0.0) && high - low < scale.step / 2.0;
            Scale { varies: !is_still, ..scale.with_mean(mean) }
        };
        Scales::of_channels(scales.as_slice().iter().zip(&intervals).map(more).collect())
    }
}

impl Range {
    /// The share of the values kept that lie beyond the bytes by more than a step: they saturate.
    pub(super) fn outside(&self, scales: &Scales) -> f64 {
        let (mut outside, mut all) = (0_usize, 0_usize);
        for (channel, number) in self.channels.iter().zip(0..) {
            let scale = scales.at(number);
            let (low, high) = (scale.real(0) - scale.step, scale.real(255) + scale.step);
            outside += channel.kept.iter().filter(|&&value| !(low..=high).contains(&f64::from(value))).count();
            all += channel.kept.len();
        }
        if all == 0 { 0.0 } else { outside as f64 / all as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clip, Range, RangeKind};
    use std::vec::Vec;

    /// Normally distributed numbers, nearly.
    fn ordinary() -> Vec<f32> {
        (0..3000).map(|number| (0..4).map(|draw| ((number * 7919 + draw * 104_729) % 1000) as f32 / 500.0 - 1.0).sum()).collect()
    }

    fn interval(values: &[f32], clip: Clip) -> (f64, f64) {
        let mut range = Range::new(1);
        range.observe(values);
        let scale = range.scales(RangeKind::Free, clip, values.len()).common();
        (scale.real(0), scale.real(255))
    }

    #[test]
    fn what_is_rare_and_far_is_left_out_and_nothing_else() {
        let mut values = ordinary();
        let whole = interval(&values, Clip::Nothing);
        values[17] = 4000.0;
        assert_eq!(interval(&values, Clip::Nothing).1.round(), 4000.0);
        let clipped = interval(&values, Clip::Beyond(10.0));
        assert!(clipped.1 > 0.8 * whole.1 && clipped.1 < 3.0 * whole.1, "{clipped:?} of {whole:?}");
    }

    #[test]
    fn a_rare_flag_is_kept() {
        let flag: Vec<f32> = (0..3000).map(|row| if row % 600 == 1 { 22.0 } else { -0.04 }).collect();
        let (low, high) = interval(&flag, Clip::Beyond(4.0));
        assert!((low + 0.04).abs() < 1e-6 && (high - 22.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_is_concluded_from_a_few_rows() {
        let mut range = Range::new(2);
        range.observe(&[3.0, -1.0]);
        let scales = range.scales(RangeKind::Free, Clip::Beyond(4.0), 1);
        assert_eq!((scales.at(0).real(0), scales.at(0).real(255)), (0.0, 3.0));
        assert_eq!((scales.at(1).real(0), scales.at(1).real(255)), (-1.0, 0.0));
    }

    #[test]
    fn what_is_not_finite_is_noticed() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut range = Range::new(1);
            range.observe(&[1.0, -2.0]);
            assert!(range.is_finite());
            range.observe(&[value]);
            assert!(!range.is_finite());
        }
    }
}
