//! In the place of [`bar`](super::bar) without the feature `progress`: nothing is drawn.

use core::fmt::Display;
use std::eprintln;

use super::run::Run;
use crate::evaluate::Evaluate;
use crate::optimizer::Optimizer;

pub(super) struct Bar;

impl Bar {
    pub(super) const fn new(_: bool) -> Self {
        Self
    }

    pub(super) const fn none() -> Self {
        Self
    }

    pub(super) const fn is_due(&self) -> bool {
        false
    }

    pub(super) const fn prepare(&self) {}

    pub(super) fn aside<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }

    pub(super) fn print(&self, line: &impl Display) {
        eprintln!("{line}");
    }
}

pub(super) struct Pace;

impl Pace {
    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) const fn begin_epoch(&self, _: usize) {}
}

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    pub(super) const fn show(&self, _: usize, _: usize, _: &[f64]) {}
}
