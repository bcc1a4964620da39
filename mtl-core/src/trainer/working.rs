//! The model that a training works on.

use core::ops::{Deref, DerefMut};
use std::boxed::Box;

use crate::flat::{self, Aligned};
use crate::model::Model;

/// The model of a training, at an address where it is read fastest: a copy, unless it stands at one already.
pub(super) struct Working<'m, M: Model> {
    model: &'m mut M,
    copy: Option<Box<Aligned<M>>>,
}

impl<'m, M: Model> Working<'m, M> {
    /// `lent`: a copy wherever the model stands, for [`lend`](Self::lend).
    pub(super) fn new(model: &'m mut M, lent: bool) -> Self {
        let aligned = core::ptr::from_ref(model).addr().is_multiple_of(align_of::<Aligned<M>>());
        let copy = (lent || !aligned).then(|| {
            let mut copy = flat::zeroed_box::<Aligned<M>>();
            copy.as_mut_slice().copy_from_slice(model.as_slice());
            copy
        });
        Self { model, copy }
    }

    /// Hands the copy to other threads, until it is given back.
    pub(super) const fn lend(&mut self) -> Option<Box<Aligned<M>>> {
        self.copy.take()
    }

    pub(super) fn give_back(&mut self, copy: Option<Box<Aligned<M>>>) {
        self.copy = copy;
    }
}

impl<M: Model> Deref for Working<'_, M> {
    type Target = M;
    fn deref(&self) -> &M {
        self.copy.as_ref().map_or(&*self.model, |copy| &**copy)
    }
}

impl<M: Model> DerefMut for Working<'_, M> {
    fn deref_mut(&mut self) -> &mut M {
        self.copy.as_mut().map_or(&mut *self.model, |copy| &mut **copy)
    }
}

/// However training ends, the model gets what it has learned.
impl<M: Model> Drop for Working<'_, M> {
    fn drop(&mut self) {
        if let Some(copy) = &self.copy {
            self.model.as_mut_slice().copy_from_slice(copy.as_slice());
        }
    }
}
