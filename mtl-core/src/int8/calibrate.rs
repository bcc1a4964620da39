//! The choice of scales: how much of what is rare each tensor leaves out, by the errors of the heads.

use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use super::measure::Exact;
use super::moments::{Fit, Moments};
use super::range::{Clip, FEWEST_ROWS, Range, RangeInfo, RangeKind};
use super::report::TensorCost;
use super::scale::Scales;
use super::{Int8Model, predict_into};
use crate::data::Rows;
use crate::flat;
use crate::model::sets::HeadSet;
use crate::pass::{self, TILE, Tile};
use crate::progress::Work;

/// A clip is another one's better only if it takes away so much of the noise: what is kept without need does no harm.
const GAIN: f64 = 0.98;

/// An output whose share of noise is no more than this is near enough: `R²` is 0.995.
const NEAR: f64 = 0.005;

/// Two bytes for a value take twice the work: they must take away much of the noise, all together, ...
const MUCH: f64 = 0.8;

/// ... and each tensor some of it.
const SOME: f64 = 0.95;

/// The model under calibration.
pub(super) struct Search<'s, Q: Int8Model> {
    pub(super) model: Box<Q>,
    pub(super) float: &'s Q::Float,
    pub(super) ranges: &'s [Range],
    pub(super) exact: &'s Exact<'s, Q::Float>,
    /// The rows that layers are fitted to.
    pub(super) fitted: Rows<'s, Q::Float>,
    /// How many rows the ranges have seen.
    pub(super) rows: usize,
    /// What each step is fitted to.
    pub(super) fits: Vec<Option<Fit>>,
    /// How many choices were tried, and where that is shown.
    pub(super) tried: usize,
    pub(super) progress: Work,
}

impl<Q: Int8Model> Search<'_, Q> {
    /// Sets the model as well as it can be, and returns the scales. Where an output is not near enough with one byte for each value, there are two of
    /// some tensors: of those that cannot go without.
    pub(super) fn run(&mut self) -> Vec<Scales> {
        let none = vec![false; Q::RANGES.len()];
        let (clips, _) = self.clips(&none);
        let one_byte = self.scales(&clips, &none);
        let noise = self.fit(&one_byte);
        let all: Vec<bool> = Q::RANGES.iter().map(|info| info.may_have_low).collect();
        if self.rows < FEWEST_ROWS || self.exact.worst(&self.exact.errors(&*self.model)) <= NEAR || !all.contains(&true) {
            return one_byte;
        }
        let fits = core::mem::replace(&mut self.fits, vec![None; Q::DENSE.len()]);
        let (clips, _) = self.clips(&all);
        let (mut low, mut best) = (all.clone(), self.fit(&self.scales(&clips, &all)));
        if best >= MUCH * noise {
            self.fits = fits;
            self.model.set(self.float, &one_byte, &self.fits);
            return one_byte;
        }
        for number in (0..low.len()).filter(|&number| all[number]) {
            low[number] = false;
            let noise = self.fit(&self.scales(&clips, &low));
            if noise > best / SOME {
                low[number] = true;
            } else {
                best = best.max(noise);
            }
        }
        let scales = self.scales(&clips, &low);
        self.fit(&scales);
        scales
    }

    /// The best clips: first one for all tensors, then tensor by tensor another one where that is better. And the noise that is left.
    fn clips(&mut self, low: &[bool]) -> (Vec<Clip>, f64) {
        let mut clips = vec![Clip::Nothing; Q::RANGES.len()];
        let mut best = f64::INFINITY;
        for clip in Clip::ALL.into_iter().take(if self.rows < FEWEST_ROWS { 1 } else { usize::MAX }) {
            let all = vec![clip; clips.len()];
            let noise = self.noise(&self.scales(&all, low));
            if noise < GAIN * best {
                (best, clips) = (noise, all);
            }
        }
        if self.rows < FEWEST_ROWS {
            return (clips, best);
        }
        for (number, _) in Q::RANGES.iter().enumerate().filter(|(_, info)| has_own(info)) {
            let others = Clip::ALL.into_iter().filter(|&clip| clip != clips[number]).collect::<Vec<_>>();
            let before = self.scales(&clips, low);
            for clip in others {
                let mut changed = clips.clone();
                changed[number] = clip;
                let scales = self.scales(&changed, low);
                // Nothing is left out either way.
                if scales == before {
                    continue;
                }
                let noise = self.noise(&scales);
                if noise < GAIN * best {
                    (best, clips) = (noise, changed);
                }
            }
        }
        (clips, best)
    }

    /// Sets the model, with its `Dense` layers fitted in turn to what comes to them, as far as that takes away noise on rows that they were not fitted
    /// to. Returns the noise that is left.
    fn fit(&mut self, scales: &[Scales]) -> f64 {
        self.fits.fill(None);
        let mut best = self.noise(scales);
        for (number, &inputs) in Q::DENSE.iter().enumerate() {
            let Some(mut moments) = Moments::new(inputs) else { continue };
            self.observe(number, scales, &mut moments);
            self.fits[number] = moments.fit();
            if self.fits[number].is_none() {
                continue;
            }
            let noise = self.noise(scales);
            if noise < best {
                best = noise;
            } else {
                self.fits[number] = None;
                self.model.set(self.float, scales, &self.fits);
            }
        }
        best
    }

    /// What comes to a `Dense` of the model as it is set.
    fn observe(&self, number: usize, scales: &[Scales], moments: &mut Moments) {
        let mut tile = flat::zeroed_box::<Tile<Q::Float, TILE>>();
        let mut values = flat::zeroed_box::<Q::Values>();
        // Without rows there is nothing to tell.
        let _ = pass::evaluate(self.float, &self.fitted, &mut tile, |float, _, first, columns| {
            for column in 0..columns {
                predict_into::<Q, { HeadSet::ALL.0 }, _>(&*self.model, &self.fitted.inputs(first + column), &mut values);
                self.model.observe_moments(number, &values, float, column, scales, moments);
            }
        });
    }

    /// What rounding costs in each tensor: the share of the heads' noise that is added if its steps are twice as wide, as rounding then has four
    /// times the variance. The model is set to `scales` again.
    pub(super) fn costs(&mut self, scales: &[Scales]) -> Vec<TensorCost> {
        let noise = self.noise(scales);
        let mut costs = Vec::new();
        for (number, info) in Q::RANGES.iter().enumerate().filter(|(_, info)| has_own(info)) {
            let mut changed = scales.to_vec();
            changed[number] = scales[number].doubled();
            join::<Q>(&mut changed);
            let added = (self.noise(&changed) - noise) / 3.0;
            costs.push(TensorCost {
                tensor: info.name,
                cost: added.max(0.0),
                has_low: scales[number].has_low(),
                saturated: self.ranges[number].outside(&scales[number]),
            });
        }
        self.model.set(self.float, scales, &self.fits);
        let sum: f64 = costs.iter().map(|cost| cost.cost).sum();
        costs.iter_mut().for_each(|cost| cost.cost /= if sum > 0.0 { sum } else { 1.0 });
        costs.sort_by(|left, right| right.cost.total_cmp(&left.cost));
        costs
    }

    fn noise(&mut self, scales: &[Scales]) -> f64 {
        self.tried += 1;
        self.progress.at(self.tried);
        self.model.set(self.float, scales, &self.fits);
        self.exact.noise(&self.exact.errors(&*self.model))
    }

    fn scales(&self, clips: &[Clip], low: &[bool]) -> Vec<Scales> {
        let tensors = Q::RANGES.iter().zip(self.ranges).zip(clips.iter().zip(low));
        let scales = tensors.map(|((info, range), (&clip, &low))| range.scales(info.kind, clip, self.rows).with_low(low));
        let mut scales = scales.collect::<Vec<_>>();
        join::<Q>(&mut scales);
        scales
    }
}

/// Whether a tensor has scales of its own.
fn has_own(info: &RangeInfo) -> bool {
    matches!(info.kind, RangeKind::Common | RangeKind::OneZero | RangeKind::Free)
}

/// Puts together the scales of tensors that are joined of others, which may be joined themselves.
fn join<Q: Int8Model>(scales: &mut [Scales]) {
    fn of<Q: Int8Model>(number: usize, scales: &[Scales]) -> Scales {
        let RangeKind::Joined(parts) = Q::RANGES[number].kind else { return scales[number].clone() };
        let parts: Vec<_> = parts.iter().map(|&(part, rows)| (of::<Q>(part, scales), rows)).collect();
        Scales::joined(&parts.iter().map(|(part, rows)| (part, *rows)).collect::<Vec<_>>())
    }
    for number in 0..scales.len() {
        if matches!(Q::RANGES[number].kind, RangeKind::Joined(_)) {
            scales[number] = of::<Q>(number, scales);
        }
    }
}
