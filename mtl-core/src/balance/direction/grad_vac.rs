use core::fmt::Debug;

use super::pc_grad::random_order;
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, State, StateUnknown, Storage, VisitState, check_length};
use crate::kernel::scalar::Scalar;
use crate::random::{Purpose, Random};
use crate::setting::{InvalidSetting, require};

/// Gradient vaccine (GradVac): as [`PcGrad`](super::PcGrad), but towards the cosine that two tasks usually have; the sum over the tasks.
///
/// For each task i and every `j ≠ i` in random order, with φ the cosine between `gᵢ'` and the original `gⱼ` and φ̂ᵢⱼ their target: where φ < φ̂,
/// `gᵢ' ← gᵢ' + gⱼ ‖gᵢ'‖ (φ̂√(1−φ²) − φ√(1−φ̂²)) / (‖gⱼ‖√(1−φ̂²))`, after which their cosine is φ̂; then `φ̂ ← (1−β) φ̂ + β φ`.
/// The targets begin at 0, so that the first step is PCGrad's. A pair with a task that is absent keeps its target; as does one in which a gradient is 0.
///
/// The targets are T² numbers, which `M` holds: a `Vec`, or an array or slice without an allocator.
///
/// Wang, Tsvetkov, Firat, Cao: Gradient Vaccine: Investigating and Improving Multi-task Optimization in Massively Multilingual Models, ICLR 2021.
#[derive(Clone, Debug)]
pub struct GradVac<M> {
    random: Random,
    beta: f64,
    targets: M,
}

#[cfg(feature = "std")]
impl GradVac<std::vec::Vec<f64>> {
    /// With a seed for the order of the corrections, and β = 0.5.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_storage(seed, std::vec::Vec::new())
    }
}

impl<M: Storage> GradVac<M> {
    /// As `new`, with memory for the T² targets, all 0.
    #[must_use]
    pub fn with_storage(seed: u64, targets: M) -> Self {
        Self { random: Random::new(seed, Purpose::Balance), beta: 0.5, targets }
    }

    /// How fast the targets follow, β.
    ///
    /// It must be in [0, 1].
    #[must_use]
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`], [`BalanceError::Setting`], [`BalanceError::StorageTooSmall`].
    pub fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("weights of the gradients", gram.size(), weights.len())?;
        // A target of 1 cannot be reached along gⱼ.
        const LARGEST_TARGET: f64 = 1.0 - 1e-8;
        let (size, tasks) = (gram.size(), gram.all_tasks());
        let targets = self.targets.reserve(tasks * tasks)?;
        weights.fill(0.0);
        with_scratch(2 * size, &mut |scratch| {
            let (coefficients, products) = scratch.split_at_mut(size);
            for i in 0..size {
                coefficients.fill(0.0);
                coefficients[i] = 1.0;
                // gᵢ'·gⱼ for every j.
                products.copy_from_slice(&gram.values()[i * size..(i + 1) * size]);
                let (order, others) = random_order(&mut self.random, size, i);
                for &j in &order[..others] {
                    let squared: f64 = coefficients.iter().zip(&*products).map(|(coefficient, product)| coefficient * product).sum();
                    let own_norm = libm::sqrt(squared.max(0.0));
                    let other_norm = libm::sqrt(gram.value(j, j));
                    if own_norm == 0.0 || other_norm == 0.0 {
                        continue;
                    }
                    let cosine = (products[j] / own_norm / other_norm).clamp(-1.0, 1.0);
                    let target = &mut targets[gram.task(i) * tasks + gram.task(j)];
                    if cosine < *target {
                        let aim = target.min(LARGEST_TARGET);
                        let (sine, aim_sine) = (libm::sqrt(1.0 - cosine * cosine), libm::sqrt(1.0 - aim * aim));
                        let correction = own_norm * (aim * sine - cosine * aim_sine) / (other_norm * aim_sine);
                        coefficients[j] += correction;
                        for (product, &value) in products.iter_mut().zip(&gram.values()[j * size..(j + 1) * size]) {
                            *product += correction * value;
                        }
                    }
                    *target = (1.0 - self.beta) * *target + self.beta * cosine;
                }
                for (weight, &coefficient) in weights.iter_mut().zip(&*coefficients) {
                    *weight += coefficient;
                }
            }
        });
        Ok(())
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require("GradVac::beta", self.beta, (0.0..=1.0).contains(&self.beta), "be at least 0 and at most 1")
    }
}

impl<T: Scalar, M: Storage + Debug> Direction<T> for GradVac<M> {
    fn check(&self) -> Result<(), InvalidSetting> {
        self.check()
    }

    fn prepare(&mut self, tasks: usize, _: usize) -> Result<(), BalanceError> {
        self.targets.reserve(tasks * tasks).map(|_| ())
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("random", State::Words(core::slice::from_mut(self.random.state())));
        visit("targets", State::Numbers(self.targets.all()));
        Ok(())
    }
}
