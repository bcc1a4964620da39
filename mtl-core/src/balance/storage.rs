//! Memory that a strategy keeps from step to step.

use super::BalanceError;

/// Memory for a strategy's state whose size depends on the model: a `Vec` that grows when training begins, or,
/// without an allocator, an array or a slice that is large enough.
pub trait Storage: Send {
    /// The first `length` numbers; those that were never written are 0.
    ///
    /// # Errors
    ///
    /// [`BalanceError::StorageTooSmall`] where the memory cannot grow.
    fn reserve(&mut self, length: usize) -> Result<&mut [f64], BalanceError>;

    /// All of it.
    fn all(&mut self) -> &mut [f64];
}

fn first(memory: &mut [f64], length: usize) -> Result<&mut [f64], BalanceError> {
    let available = memory.len();
    memory.get_mut(..length).ok_or(BalanceError::StorageTooSmall { needed: length, available })
}

impl<const LENGTH: usize> Storage for [f64; LENGTH] {
    fn reserve(&mut self, length: usize) -> Result<&mut [f64], BalanceError> {
        first(self, length)
    }
    fn all(&mut self) -> &mut [f64] {
        self
    }
}

impl Storage for &mut [f64] {
    fn reserve(&mut self, length: usize) -> Result<&mut [f64], BalanceError> {
        first(self, length)
    }
    fn all(&mut self) -> &mut [f64] {
        self
    }
}

#[cfg(feature = "std")]
impl Storage for std::vec::Vec<f64> {
    fn reserve(&mut self, length: usize) -> Result<&mut [f64], BalanceError> {
        if self.len() < length {
            self.resize(length, 0.0);
        }
        first(self, length)
    }
    fn all(&mut self) -> &mut [f64] {
        self
    }
}
